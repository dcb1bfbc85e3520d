import type { Reason } from '#model/evidence.ts'
import { evidenceText } from '#render/evidence.ts'
import type { Look, Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import type { Branch, Fork, Hop, Outcome, Path, Stage, Trace, Verdict } from '#trace/trace.ts'
import { assumptionsOf, outcomeOf, verdictsOf } from '#trace/trace.ts'
import { told } from './envoy-words.ts'
import { folded } from './folded.ts'
import { minimal } from './minimal.ts'
import { missingText } from './missing-words.ts'
import { codeOf, target } from './title.ts'
import {
  asideText,
  assumptionText,
  clientSeesText,
  forkWords,
  placeText,
  seenText,
  stepText,
  upstreamLines,
} from './words.ts'

export type Density = 'minimal' | 'summary' | 'detailed'

export const traceText =
  (density: Density): Renderer<Trace> =>
  (trace, look) =>
    density === 'minimal' ? minimal(trace) : full(trace, look, density === 'detailed')

const title = (trace: Trace): string => printable(`${trace.from.name} → ${target(trace)}`)

const coloured = (outcome: Outcome, look: Look): string => {
  const words = outcome.toUpperCase()
  const { green, red, yellow } = paint(look)
  return outcome === 'delivered' ? green(words) : outcome === 'rejected' ? red(words) : yellow(words)
}

function* full(trace: Trace, look: Look, detailed: boolean): Generator<string> {
  const { bold, dim } = paint(look)
  const code = codeOf(trace)
  const [asked, outcome] = [title(trace), outcomeOf(trace)]
  const answer = `  ${coloured(outcome, look)}  ${code}`.trimEnd()
  const fits = [asked, outcome, code].join('  ').trimEnd().length <= look.width
  yield* fits ? [`${bold(asked)}${answer}`] : [bold(asked), answer]
  const column = Math.max(...placesOf(trace).map(text => headOf(1, 'resolve', text).length)) + 2
  const seen = distinct(verdictsOf(trace))
  yield* pathLines(trace, { look, detailed, column, first: 1, indent: '', tellsClient: seen.length > 1 })
  if (seen.length === 1) for (const text of seen) yield* folded(text, look)
  if (code !== '') yield `more: ambientctl explain ${printable(code)}`
  const assumed = assumptionsOf(trace)
  if (assumed.length > 0) yield dim('assumed:')
  for (const assumption of assumed) for (const line of folded(assumptionText(assumption), look, '  ')) yield dim(line)
}

interface Layout {
  readonly look: Look
  readonly detailed: boolean
  /** Where the steps of a hop begin. */
  readonly column: number
  readonly first: number
  readonly indent: string
  /** Each verdict says what the client sees of it, since they differ. */
  readonly tellsClient: boolean
  /** A mirrored request: the client sees nothing of it. */
  readonly aside?: true
}

function* pathLines(path: Path, layout: Layout): Generator<string> {
  let number = layout.first
  for (const hop of path.hops) yield* hopLines(hop, number++, layout)
  if (path.end.kind === 'fork') yield* forkLines(path.end, { ...layout, first: number })
  else yield* verdictLines(path.end, { ...layout, first: number })
}

function* verdictLines(verdict: Verdict, layout: Layout): Generator<string> {
  const { indent, look } = layout
  const word = verdict.kind.toUpperCase()
  const [first = '', ...rest] = folded(`${word} ${detailOf(verdict)}`, look, `${indent}   `)
  yield first.replace(word, coloured(verdict.kind, look))
  yield* rest
  if (verdict.kind !== 'undetermined') {
    if (layout.tellsClient) yield* folded(seenByClient(verdict), look, `${indent}   `)
    return
  }
  for (const next of new Set(verdict.missing.flatMap(({ lost }) => lost?.next ?? [])))
    yield printable(`${indent}   try: ${next}`)
  if (verdict.provided === undefined) return
  yield `${indent}   ${paint(look).dim('if it lets the request pass:')}`
  yield* pathLines(verdict.provided, { ...layout, indent: `${indent}   ┆ `, tellsClient: !layout.aside })
}

const headOf = (number: number, stage: Stage, place: string): string =>
  `${String(number).padStart(2)} ${stage.padEnd(13)} ${place}`

/** Columns that steps need beside the head of their hop; with fewer they stand below it. */
const leastBeside = 56

function* hopLines({ stage, place, steps, aside = [] }: Hop, number: number, layout: Layout): Generator<string> {
  const { look, indent, column, detailed } = layout
  const head = headOf(number, stage, printable(placeText(place)))
  const isBeside = look.width - indent.length - column >= leastBeside
  if (!isBeside) yield `${indent}${head}`
  const blank = `${indent}${' '.repeat(isBeside ? column : 4)}`
  const shown = detailed ? steps : told(steps)
  for (const [index, step] of shown.entries()) {
    const first = index === 0 && isBeside ? `${indent}${head.padEnd(column)}` : blank
    const inset = `${blank}  `
    yield* folded(stepText(step), look, first, inset)
    if (step.kind === 'upstream')
      for (const line of upstreamLines(step.detail, detailed)) yield* folded(line, look, inset)
    if (!detailed) continue
    for (const evidence of step.evidence) yield paint(look).dim(printable(`${inset}${evidenceText(evidence)}`))
    for (const reason of step.because) yield* reasonLines(reason, inset, look)
  }
  for (const copy of aside) {
    yield* folded(asideText(copy), look, `${indent}   ┄ `)
    yield* pathLines(copy, { ...layout, first: number + 1, indent: `${indent}   ┄ `, tellsClient: false, aside: true })
  }
}

function* reasonLines(reason: Reason, indent: string, look: Look): Generator<string> {
  const mark = { yes: '✓', no: '✗', unknown: '?' }[reason.holds]
  yield* folded(`${mark} ${reason.text}`, look, indent)
  for (const evidence of reason.evidence) yield paint(look).dim(printable(`${indent}    ${evidenceText(evidence)}`))
  for (const inner of reason.because) yield* reasonLines(inner, `${indent}  `, look)
}

/** Branches that differ only in the endpoint drawn are shown once. */
function* forkLines(fork: Fork, layout: Layout): Generator<string> {
  const { indent, look } = layout
  for (const line of folded(`${fork.branches.length} branches: ${forkWords[fork.because]}`, look, `${indent}   `))
    yield paint(look).dim(line)
  const isWhole = layout.detailed || fork.because === 'percentage'
  const groups = isWhole ? fork.branches.map(branch => [branch] as const) : alike(fork.branches)
  for (const [branch, ...others] of groups) {
    const more =
      others.length === 0 ? '' : `, and alike ${others.map(other => `${share(other)}${other.chose}`).join(', ')}`
    yield* folded(`${share(branch)}${branch.chose}${more}`, look, `${indent}   ├ `, `${indent}   │   `)
    yield* pathLines(branch, { ...layout, indent: `${indent}   │ ` })
  }
}

const alike = (branches: readonly Branch[]): readonly (readonly [Branch, ...Branch[]])[] => {
  const groups = new Map<string, [Branch, ...Branch[]]>()
  for (const branch of branches) {
    const key = shapeOf(branch)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [branch])
    else group.push(branch)
  }
  return [...groups.values()]
}

const shapeOf = (path: Path): string =>
  [
    ...path.hops.map(({ stage, place, steps }) => `${stage} ${place.kind} ${steps.map(step => step.kind).join('+')}`),
    path.end.kind === 'fork' ? path.end.branches.map(shapeOf).join('|') : verdictKey(path.end),
  ].join(' > ')

const verdictKey = (verdict: Verdict): string => {
  switch (verdict.kind) {
    case 'delivered':
      return `delivered ${clientSeesText(verdict.clientSees)}`
    case 'rejected':
      return `rejected ${verdict.code} ${verdict.error ?? ''} ${clientSeesText(verdict.clientSees)}`
    case 'undetermined': {
      const missing = verdict.missing.map(({ what, detail = '' }) => `${what} ${detail}`).join()
      return `undetermined ${missing}${verdict.provided === undefined ? '' : ` ${shapeOf(verdict.provided)}`}`
    }
  }
}

const share = ({ probability }: Branch): string =>
  probability === undefined ? '' : `${Math.round(probability * 100)} % `

const placesOf = (path: Path): readonly string[] => [
  ...path.hops.flatMap(({ place, aside = [] }) => [printable(placeText(place)), ...aside.flatMap(placesOf)]),
  ...(path.end.kind === 'fork' ? path.end.branches.flatMap(placesOf) : []),
  ...(path.end.kind === 'undetermined' && path.end.provided !== undefined ? placesOf(path.end.provided) : []),
]

const detailOf = (verdict: Verdict): string => {
  switch (verdict.kind) {
    case 'delivered':
      return verdict.to.kind === 'Pod'
        ? `to ${verdict.to.namespace}/${verdict.to.name} ${verdict.address}, which sees ${seenText(verdict.peer)}`
        : `to ${verdict.address} outside the mesh`
    case 'rejected':
      return `${verdict.code} by ${placeText(verdict.by)}`
    case 'undetermined':
      return verdict.missing.map(missingText).join('; ')
  }
}

const seenByClient = ({ clientSees }: Exclude<Verdict, { kind: 'undetermined' }>): string =>
  `client sees: ${clientSeesText(clientSees)}`

const distinct = (verdicts: readonly Verdict[]): readonly string[] => [
  ...new Set(verdicts.flatMap(verdict => (verdict.kind === 'undetermined' ? [] : [seenByClient(verdict)]))),
]
