import type { ObjectRef } from '#model/evidence.ts'
import type { KubernetesObjects } from '#model/kubernetes.ts'
import { objectOf, objectOfService } from '#model/kubernetes-labels.ts'
import type { WhyNoWaypoint } from '#model/why-waypoint.ts'
import { whyNoWaypoint } from '#reason/why-waypoint.ts'
import type { ZtunnelStep } from '#ztunnel/steps.ts'
import type { Step } from './step.ts'
import { step } from './step.ts'

/** Reasons by which nobody expects a waypoint. */
const asWished: ReadonlySet<WhyNoWaypoint['code']> = new Set([
  'not-labelled',
  'namespace-unknown',
  'opted-out',
  'is-waypoint',
  'no-object',
  'no-objects',
])

/**
 * What the objects say about the waypoint of a destination: that they ask for one which ztunnel does not know, or for
 * which traffic the one is that a call to a workload meets.
 */
export const withExpectedWaypoint = (
  told: readonly Step[],
  steps: readonly ZtunnelStep[],
  kubernetes: KubernetesObjects,
): readonly Step[] => {
  if (!told.some(({ kind }) => kind === 'waypoint')) return [...told, ...notInForce(steps, kubernetes)]
  return told.map(one => withPurpose(one, kubernetes))
}

const notInForce = (steps: readonly ZtunnelStep[], kubernetes: KubernetesObjects): readonly Step[] => {
  const found = steps.flatMap(each => (each.kind === 'address' && each.found !== undefined ? [each.found] : []))[0]
  if (found === undefined) return []
  const record = found.kind === 'service' ? found.service : found.workload
  const object =
    found.kind === 'service' ? objectOfService(kubernetes, found.service) : objectOf(kubernetes, found.workload)
  const missing = whyNoWaypoint(kubernetes, object, record.namespace, found.kind)
  if (asWished.has(missing.code)) return []
  return [
    step(
      'waypoint',
      { of: { kind: found.kind, name: `${record.namespace}/${record.name}` }, why: 'not-in-force', missing },
      askedBy(missing).flatMap(ref => evidenceOf(kubernetes, ref)),
    ),
  ]
}

/** Objects that a reader has to look at, in order. */
const askedBy = (why: WhyNoWaypoint): readonly ObjectRef[] => {
  if ('label' in why) return [why.label, why.gateway]
  return 'on' in why ? [why.on] : []
}

const withPurpose = (one: Step, kubernetes: KubernetesObjects): Step => {
  if (one.kind !== 'waypoint' || one.detail.waypoint === undefined || one.detail.of.kind !== 'workload') return one
  const [namespace = '', name = ''] = one.detail.waypoint.split('/')
  const gateway = kubernetes.get('Gateway', namespace, name)
  if (gateway === undefined) return one
  const waypointFor = gateway.labels['istio.io/waypoint-for'] ?? 'service'
  return {
    ...one,
    detail: { ...one.detail, waypointFor },
    evidence: [...one.evidence, ...evidenceOf(kubernetes, { kind: 'Gateway', namespace, name })],
  }
}

const evidenceOf = (kubernetes: KubernetesObjects, ref: ObjectRef): Step['evidence'] => {
  const object = kubernetes.get(ref.kind, ref.namespace ?? '', ref.name)
  return object === undefined
    ? []
    : [{ from: 'object', file: object.file, pointer: `${object.pointer}/metadata/labels`, object: ref }]
}
