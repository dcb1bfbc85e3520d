import { asRecord, type KubernetesObject, type KubernetesObjects, refOf } from '#model/kubernetes.ts'
import { conditionOf, type Labelled, labelOf, namespaceOf } from '#model/kubernetes-labels.ts'
import type { WhyNoWaypoint } from '#model/why-waypoint.ts'
import { selectorMatches, wholeLabels } from './label-selector.ts'

export type Attachable = 'service' | 'workload'

/**
 * Follows istiod's choice of a waypoint (specs/istioctl.md §2.1): the object's label wins over the namespace's, `none` opts
 * out, the Gateway must be ready, must allow the namespace and must be for this kind of traffic.
 */
export const whyNoWaypoint = (
  kubernetes: KubernetesObjects,
  object: KubernetesObject | undefined,
  namespaceName: string,
  attachable: Attachable,
): WhyNoWaypoint => {
  const namespace = namespaceOf(kubernetes, namespaceName)
  if (object === undefined && namespace === undefined)
    return { code: kubernetes.knows('Namespace') ? 'no-object' : 'no-objects' }
  const own = object?.labels[gatewayName]
  if (own !== undefined) return { code: 'is-waypoint', gateway: own }
  const label = labelOf('istio.io/use-waypoint', object, namespace)
  if (label === undefined && object !== undefined && namespace === undefined)
    return { code: 'namespace-unknown', searched: refOf(object), namespace: namespaceName }
  if (label === undefined)
    return { code: 'not-labelled', searched: [object, namespace].flatMap(one => (one ? [refOf(one)] : [])) }
  if (label.value === 'none') return { code: 'opted-out', by: label.on }
  return whyNotThisGateway(kubernetes, { object, namespace, namespaceName, label, attachable })
}

const gatewayName = 'gateway.networking.k8s.io/gateway-name'

interface Wish {
  readonly object: KubernetesObject | undefined
  readonly namespace: KubernetesObject | undefined
  readonly namespaceName: string
  readonly label: Labelled
  readonly attachable: Attachable
}

const whyNotThisGateway = (
  kubernetes: KubernetesObjects,
  { object, namespace, namespaceName, label, attachable }: Wish,
): WhyNoWaypoint => {
  const holder = label.on.kind === 'Namespace' ? namespace : object
  const inNamespace = holder?.labels['istio.io/use-waypoint-namespace'] ?? namespaceName
  const wanted = { gateway: { kind: 'Gateway', namespace: inNamespace, name: label.value }, label: label.on }
  if (!kubernetes.knows('Gateway')) return { code: 'gateway-unknown', ...wanted }
  const gateway = kubernetes.get('Gateway', inNamespace, label.value)
  if (gateway === undefined) return { code: 'no-such-gateway', ...wanted }
  const programmed = conditionOf(gateway, 'Programmed')
  if (programmed?.status !== 'True') return { code: 'gateway-not-ready', ...wanted, condition: programmed }
  const from = refusedNamespaces(gateway, namespace, namespaceName)
  if (from !== undefined) return { code: 'not-attached', ...wanted, from }
  const waypointFor = gateway.labels['istio.io/waypoint-for'] ?? 'service'
  if (waypointFor !== attachable && waypointFor !== 'all') return { code: 'other-traffic', ...wanted, waypointFor }
  const bound = object && conditionOf(object, 'istio.io/WaypointBound')
  if (object !== undefined && bound?.status === 'False') return { code: 'refused', condition: bound, on: refOf(object) }
  return { code: 'not-arrived', ...wanted }
}

/** What the listeners allow instead, when none of them allows the namespace (`allowedRoutes.namespaces`, `Same` by default). */
const refusedNamespaces = (
  gateway: KubernetesObject,
  namespace: KubernetesObject | undefined,
  namespaceName: string,
): string | undefined => {
  const { listeners } = gateway.spec
  if (!Array.isArray(listeners) || listeners.length === 0) return undefined
  const allowed = listeners.map(listener => asRecord(asRecord(asRecord(listener).allowedRoutes).namespaces))
  const labels = namespace === undefined ? { known: {}, whole: false } : wholeLabels(namespace.labels)
  const isRefused = ({ from = 'Same', selector }: Readonly<Record<string, unknown>>): boolean =>
    from === 'Selector'
      ? selectorMatches(selector, labels) === 'no'
      : from === 'Same' && gateway.namespace !== namespaceName
  if (!allowed.every(isRefused)) return undefined
  return [...new Set(allowed.map(({ from = 'Same' }) => from))].join(', ')
}
