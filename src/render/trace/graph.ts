import { printable } from '#render/printable.ts'
import type { Hop, Path, Trace, Verdict } from '#trace/trace.ts'
import { told } from './envoy-words.ts'
import { asideText, placeText, stepText } from './words.ts'

/** A trace as boxes and arrows, for the formats that draw. */
export interface Node {
  readonly id: string
  readonly lines: readonly string[]
  readonly verdict?: Verdict['kind']
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly label: string
  /** The way of a mirrored request. */
  readonly aside?: true
}

export interface Graph {
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
}

export const graphOf = (trace: Trace): Graph => {
  const nodes: Node[] = [{ id: 'n0', lines: [printable(placeText(trace.from))] }]
  const edges: Edge[] = []
  const add = (node: Omit<Node, 'id'>, from: string, label: string, aside: boolean): string => {
    const id = `n${nodes.length}`
    nodes.push({ id, ...node })
    edges.push({ from, to: id, label: printable(label), ...(aside && { aside }) })
    return id
  }
  const walk = ({ hops, end }: Path, start: string, label: string, aside = false): void => {
    let at = start
    let next = label
    for (const hop of hops) {
      at = add({ lines: hopLines(hop) }, at, next, aside)
      next = ''
      for (const copy of hop.aside ?? []) walk(copy, at, asideText(copy), true)
    }
    if (end.kind === 'fork') {
      for (const branch of end.branches) walk(branch, at, branchLabel(branch.probability, branch.chose), aside)
      return
    }
    add({ lines: [verdictLabel(end)], verdict: end.kind }, at, next, aside)
  }
  walk(trace, 'n0', `${trace.request.method} ${trace.request.host}:${trace.request.port}`)
  return { nodes, edges }
}

const hopLines = ({ stage, place, steps }: Hop): readonly string[] => [
  printable(`${stage}: ${placeText(place)}`),
  ...told(steps).map(step => printable(stepText(step))),
]

const branchLabel = (probability: number | undefined, chose: string): string =>
  probability === undefined ? chose : `${Math.round(probability * 100)} % ${chose}`

const verdictLabel = (verdict: Verdict): string =>
  printable(verdict.kind === 'rejected' ? `rejected: ${verdict.code}` : verdict.kind)
