import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import { rootNamespace } from '#trace/root-namespace.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, conditionsOf, named } from '../cite.ts'
import type { Cited } from '../finding.ts'
import { waypointGateways } from '../waypoint-use.ts'

const attached = ['AuthorizationPolicy', 'RequestAuthentication', 'WasmPlugin', 'Telemetry']

export default defineCheck({
  code: 'AMB016',
  title: 'A policy is meant for a waypoint and is not attached to one',
  severity: 'error',
  means: 'No waypoint enforces it: what it should refuse is let through, and what it should check is not checked.',
  causes: [
    'a selector instead of targetRefs: waypoints do not read selectors',
    'a targetRef that names nothing in the namespace of the policy',
    'a GatewayClass target outside the root namespace',
    'the target has no waypoint',
  ],
  fix: 'Use targetRefs of kind Service, ServiceEntry or Gateway that exist in the namespace of the policy, or of kind GatewayClass in the root namespace.',
  *find(world) {
    for (const kind of attached)
      for (const policy of world.mesh.kubernetes.of(kind)) {
        const refusals = refused(policy)
        const finding = refusals.length > 0 ? undefined : (missingTarget(world, policy) ?? selected(world, policy))
        yield* finding === undefined ? refusals : [finding]
      }
  },
})

/** One for each of its targets that is refused. */
const refused = (policy: KubernetesObject): readonly Found[] =>
  conditionsOf(policy, 'WaypointAccepted')
    .filter(({ status }) => status === 'False')
    .map(({ reason, message, evidence }) => ({
      objects: [refOf(policy)],
      says: `${named(policy)} is not accepted by a waypoint: ${reason}, ${message}`,
      evidence: [evidence, ...targets(policy).map(target => target.evidence)],
    }))

interface Target {
  readonly kind: string
  readonly name: string
  readonly evidence: Cited
}

const targets = (policy: KubernetesObject): readonly Target[] => {
  const refs = policy.spec.targetRef === undefined ? list(policy.spec.targetRefs) : [policy.spec.targetRef]
  return refs.map(asRecord).map((ref, index) => ({
    kind: text(ref.kind) ?? '',
    name: text(ref.name) ?? '',
    evidence: cite(
      policy,
      policy.spec.targetRef === undefined ? `/spec/targetRefs/${index}` : '/spec/targetRef',
      `${text(ref.kind)} ${text(ref.name)}`,
    ),
  }))
}

/** Without a status only the objects tell; a kind that was not collected tells nothing. */
const missingTarget = (world: World, policy: KubernetesObject): Found | undefined => {
  if (conditionsOf(policy, 'WaypointAccepted').length > 0) return undefined
  for (const target of targets(policy)) {
    const why = uselessness(world, policy, target)
    if (why !== undefined)
      return {
        objects: [refOf(policy)],
        says: `${named(policy)} targets ${target.kind} ${target.name}, ${why}`,
        evidence: [target.evidence],
        confidence: 'likely',
      }
  }
  return undefined
}

const uselessness = (world: World, { namespace }: KubernetesObject, { kind, name }: Target): string | undefined => {
  const { kubernetes, ztunnels } = world.mesh
  if (kind === 'GatewayClass') {
    const root = rootNamespace(world)
    return root === undefined || namespace === root ? undefined : `which only policies in ${root} may`
  }
  if (kubernetes.knowsIn(kind, namespace) && kubernetes.get(kind, namespace, name) === undefined)
    return `which does not exist in namespace ${namespace}`
  if (kind !== 'Service') return undefined
  const records = ztunnels.flatMap(({ services }) =>
    services.filter(service => service.namespace === namespace && service.name === name),
  )
  return records.length > 0 && records.every(({ waypoint }) => waypoint === undefined)
    ? 'which has no waypoint'
    : undefined
}

/** ztunnel knows no request authentication, and a waypoint's own pod is not captured. */
const selected = (world: World, policy: KubernetesObject): Found | undefined => {
  const labels = asRecord(asRecord(policy.spec.selector).matchLabels)
  if (Object.keys(labels).length === 0 || targets(policy).length > 0) return undefined
  const pods = world.mesh.kubernetes
    .of('Pod')
    .filter(
      pod =>
        pod.namespace === policy.namespace && Object.entries(labels).every(([key, value]) => pod.labels[key] === value),
    )
  const waypoint = pods.find(pod => isWaypointPod(world, pod))
  if (waypoint === undefined && policy.kind === 'AuthorizationPolicy') return undefined
  if (waypoint === undefined && !pods.some(pod => pod.annotations['ambient.istio.io/redirection'] === 'enabled'))
    return undefined
  return {
    objects: [refOf(policy), ...(waypoint === undefined ? [] : [refOf(waypoint)])],
    says:
      waypoint === undefined
        ? `${named(policy)} selects pods of the mesh by label, which only sidecars and gateways read: nothing checks tokens`
        : `${named(policy)} selects the pods of a waypoint by label, which a waypoint does not read`,
    evidence: [cite(policy, '/spec/selector', JSON.stringify(labels))],
  }
}

const isWaypointPod = (world: World, pod: KubernetesObject): boolean =>
  waypointGateways(world).some(
    gateway =>
      gateway.namespace === pod.namespace && pod.labels['gateway.networking.k8s.io/gateway-name'] === gateway.name,
  )
