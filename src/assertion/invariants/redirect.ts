import { captureIn, captureOut } from '#trace/capture.ts'
import { membershipOf } from '#trace/membership.ts'
import type { Source } from '#trace/source.ts'
import type { CounterExample } from '../result.ts'
import type { Invariant } from './scope.ts'

const code = 'redirect-verified'

/** Every pod that is in the mesh is really redirected, both ways, by the rules that were recorded in it. */
export const redirectVerified: Invariant = (world, { namespace }) => {
  const contradicted: CounterExample[] = []
  const open: CounterExample[] = []
  const unrecorded: string[] = []
  const enrolled = world.pods.filter(
    pod =>
      pod.ips.length > 0 &&
      (namespace === undefined || pod.namespace === namespace) &&
      membershipOf(world, pod).captured !== 'no',
  )
  for (const pod of enrolled) {
    const object = `${pod.namespace}/${pod.name}`
    if (world.kernelOf(pod) === undefined) {
      unrecorded.push(object)
      continue
    }
    for (const [direction, outcome] of [
      ['out', captureOut(world, pod, elsewhere).outcome],
      ['in', captureIn(world, pod, { ip: pod.ips[0] ?? '', port: 15008 }, fromOutside).outcome],
    ] as const)
      if (outcome === 'unknown')
        open.push({ code, object, says: `what becomes of traffic ${direction} of ${object} is not known` })
      else if (outcome !== 'captured')
        contradicted.push({ code, object, says: `traffic ${direction} of ${object} is ${outcome}, not captured` })
  }
  return { tried: enrolled.length, contradicted, open: [...notRecorded(unrecorded), ...open], notes: [], traces: [] }
}

/** Addresses of documentation (RFC 5737), which no rule names. */
const elsewhere = { ip: '203.0.113.10', port: 80 }
const outside: Source = { kind: 'external', ip: elsewhere.ip }
const fromOutside = { source: outside, peer: { address: elsewhere.ip } }

/** Names that are worth a line. */
const mostNamed = 5

const notRecorded = (pods: readonly string[]): readonly CounterExample[] => {
  if (pods.length === 0) return []
  const rest = pods.length > mostNamed ? ` and ${pods.length - mostNamed} more` : ''
  const named = pods.slice(0, mostNamed).join(', ')
  return [{ code, object: '', says: `the rules of ${pods.length} pods were not recorded: ${named}${rest}` }]
}
