import type { Renderer } from '#render/look.ts'
import type { Trace, Verdict } from '#trace/trace.ts'
import { graphOf } from './graph.ts'

const colours: Readonly<Record<Verdict['kind'], string>> = {
  delivered: '#1a7f37',
  rejected: '#cf222e',
  undetermined: '#9a6700',
}

/** A Graphviz digraph. */
export const traceDot: Renderer<Trace> = function* (trace) {
  const { nodes, edges } = graphOf(trace)
  yield 'digraph trace {'
  yield '  node [shape=box]'
  for (const { id, lines, verdict } of nodes)
    yield `  ${id} [label=${quoted(lines.join('\n'))}${verdict === undefined ? '' : ` color="${colours[verdict]}"`}]`
  for (const { from, to, label, aside } of edges) {
    const attributes = [...(label === '' ? [] : [`label=${quoted(label)}`]), ...(aside ? ['style=dashed'] : [])]
    yield `  ${from} -> ${to}${attributes.length === 0 ? '' : ` [${attributes.join(' ')}]`}`
  }
  yield '}'
}

const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\l')}\\l"`
