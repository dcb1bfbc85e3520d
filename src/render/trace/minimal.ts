import { printable } from '#render/printable.ts'
import type { Step } from '#trace/step.ts'
import type { Fork, Path, Place, Trace, Verdict } from '#trace/trace.ts'
import { outcomeOf } from '#trace/trace.ts'
import { codeOf, target } from './title.ts'

/** One line a hop, by workloads and objects: what stays the same when pods come and go and rules move. */
export function* minimal(trace: Trace): Generator<string> {
  yield printable(`${lasting(trace.from)} → ${target(trace)}  ${outcomeOf(trace)} ${codeOf(trace)}`.trimEnd())
  yield* minimalPath(trace, '')
}

const lasting = ({ kind, name, workload }: Place): string =>
  kind === 'ztunnel' ? 'ztunnel' : kind === 'node' ? `node ${name}` : (workload ?? name)

function* minimalPath(path: Path, indent: string): Generator<string> {
  for (const { stage, place, steps } of path.hops) {
    const facts = steps.flatMap(lastingFact)
    yield printable([`${indent}${stage} ${lasting(place)}`, ...facts].join(' '))
  }
  if (path.end.kind === 'fork') yield* minimalFork(path.end, indent)
  else yield printable(`${indent}${verdictWord(path.end)}`)
}

/** Branches that read the same are one. */
function* minimalFork({ branches }: Fork, indent: string): Generator<string> {
  const texts = new Set(branches.map(branch => [...minimalPath(branch, `${indent}  `)].join('\n')))
  for (const text of texts) {
    yield `${indent}-`
    yield text
  }
}

const lastingFact = (step: Step): readonly string[] => {
  switch (step.kind) {
    case 'capture':
      return [step.detail.outcome]
    case 'address':
      return step.detail.object === undefined
        ? []
        : [`${step.detail.found} ${step.detail.object.namespace}/${step.detail.object.name}`]
    case 'waypoint':
      return step.detail.waypoint === undefined ? [] : [`waypoint ${step.detail.waypoint}`]
    case 'tunnel':
      return [step.detail.protocol]
    case 'policy':
      return [step.detail.decision, ...(step.detail.policy === undefined ? [] : [step.detail.policy])]
    case 'upstream':
      return step.detail.cluster === undefined ? [] : [step.detail.cluster]
    case 'answer':
      return step.detail.status === undefined ? step.detail.flags : [String(step.detail.status)]
    default:
      return []
  }
}

const verdictWord = (verdict: Verdict): string =>
  verdict.kind === 'rejected'
    ? `rejected ${verdict.code}`
    : verdict.kind === 'undetermined'
      ? `undetermined ${verdict.missing.map(({ what }) => what).join(' ')}`
      : 'delivered'
