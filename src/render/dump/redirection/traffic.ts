import type { TrafficOutcome } from '#dump/redirection/traffic.ts'
import type { NetnsRedirection } from '#dump/redirection/view.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import { fateText } from './fate.ts'
import { trafficWords } from './words.ts'

interface Line {
  readonly kind: string
  readonly families: readonly number[]
  readonly outcome: string
  readonly rule: string
}

/** One line for each kind of traffic, or for each family where they differ. */
export function* trafficText({ traffic, listenersRecorded }: NetnsRedirection, look: Look): Iterable<string> {
  if (traffic.length === 0) return
  const { dim } = paint(look)
  const lines = merged(traffic.flatMap(linesOf))
  const width = Math.min(60, Math.max(...lines.map(({ outcome }) => outcome.length)))
  yield ''
  for (const { kind, families, outcome, rule } of lines) {
    const head = `  ${kind.padEnd(26)} ${`IPv${families.join('+')}`.padEnd(7)} `
    const padded = printable(outcome).padEnd(width)
    if (rule === '') yield `${head}${printable(outcome)}`
    else if (head.length + padded.length + 2 + rule.length <= look.width)
      yield `${head}${padded}  ${dim(printable(rule))}`
    else {
      yield `${head}${printable(outcome)}`
      yield `${' '.repeat(head.length)}${dim(printable(rule))}`
    }
  }
  if (!listenersRecorded) yield dim('  who listens was not recorded (ss -lntup): that somebody does is assumed')
}

const linesOf = ({ kind, family, packet, branches }: TrafficOutcome): readonly Line[] =>
  branches.map(({ probability, fate, decidedBy }) => ({
    kind: trafficWords[kind],
    families: [family],
    outcome: `${branches.length === 1 ? '' : `${Math.round(probability * 100)} % `}${fateText(fate, sentBy(kind, packet))}`,
    rule: decidedBy === undefined ? '' : `${decidedBy.table} ${decidedBy.chain} #${decidedBy.number}`,
  }))

/** The address that a node's own process gets is half of the answer: it decides whether the pod lets it pass. */
const sentBy = (kind: TrafficOutcome['kind'], packet: TrafficOutcome['packet']): TrafficOutcome['packet'] =>
  kind.startsWith('node-') ? { source: '', ...packet } : packet

const merged = (lines: readonly Line[]): readonly Line[] => {
  const byText = new Map<string, Line>()
  for (const line of lines) {
    const key = [line.kind, line.outcome, line.rule].join('\n')
    const known = byText.get(key)
    byText.set(key, known === undefined ? line : { ...known, families: [...known.families, ...line.families] })
  }
  return [...byText.values()].toSorted((left, right) => placeOf(left) - placeOf(right))
}

const order = Object.values(trafficWords)
const placeOf = ({ kind }: Line): number => order.indexOf(kind)
