import { asRecord, list, text } from '#model/kubernetes.ts'
import type { Subject } from '../item.ts'

/** A pod as far as it matters where it runs and what it is. */
export interface ClusterPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly labels: Readonly<Record<string, unknown>>
  readonly uid: string
  /** RFC 3339. */
  readonly created: string
  /** Of the control plane that a proxy belongs to; `default` where nothing tells. */
  readonly revision: string
  /** YAML that overrides the mesh's settings of proxies. */
  readonly proxyConfig: string | undefined
  readonly running: boolean
  /** Some container runs: not one of a pod whose containers wait for their next start. */
  readonly started: boolean
  readonly ready: boolean
  readonly hostNetwork: boolean
  /** istio-cni says that it captures the pod's traffic. */
  readonly enrolled: boolean
  /** Without the runtime's prefix. */
  readonly containerIds: readonly string[]
  readonly containers: readonly string[]
}

/** What a control plane that was installed without a revision calls itself. */
export const defaultRevision = 'default'

export const readPod = (object: unknown): ClusterPod => {
  const { metadata, spec, status } = asRecord(object)
  const { name, namespace, uid, labels, annotations, creationTimestamp, deletionTimestamp } = asRecord(metadata)
  const revision = text(asRecord(labels)['istio.io/rev']) ?? text(asRecord(annotations)['istio.io/rev'])
  const statuses = list(asRecord(status).containerStatuses).map(asRecord)
  return {
    namespace: text(namespace) ?? '',
    name: text(name) ?? '',
    node: text(asRecord(spec).nodeName) ?? '',
    labels: asRecord(labels),
    uid: text(uid) ?? '',
    created: text(creationTimestamp) ?? '',
    revision: revision ?? defaultRevision,
    proxyConfig: text(asRecord(annotations)['proxy.istio.io/config']),
    running: asRecord(status).phase === 'Running' && deletionTimestamp === undefined,
    started: statuses.length === 0 || statuses.some(({ state }) => asRecord(state).running !== undefined),
    ready: statuses.length > 0 && statuses.every(({ ready }) => ready === true),
    hostNetwork: asRecord(spec).hostNetwork === true,
    enrolled: asRecord(annotations)['ambient.istio.io/redirection'] === 'enabled',
    containerIds: statuses.flatMap(({ containerID }) => text(containerID)?.replace(/^\w+:\/\//, '') || []),
    containers: list(asRecord(spec).containers).map(container => text(asRecord(container).name) ?? ''),
  }
}

export const nameOf = ({ namespace, name }: ClusterPod): string => `${namespace}/${name}`

export const subjectOf = ({ namespace, name }: ClusterPod): Subject => ({ namespace, pod: name })

/** The one that speaks for the pod; others may have been injected beside it. */
export const mainContainer = ({ containers }: ClusterPod): string =>
  containers.find(name => name === 'istio-proxy' || name === 'install-cni') ?? containers[0] ?? ''

export const isZtunnel = ({ labels }: ClusterPod): boolean => labels.app === 'ztunnel'

export const isCniAgent = ({ labels }: ClusterPod): boolean => labels['k8s-app'] === 'istio-cni-node'

/** Waypoints and east-west gateways: what the mesh controller of istiod runs for Gateways. */
export const isWaypoint = ({ labels }: ClusterPod): boolean =>
  labels['gateway.istio.io/managed'] === 'istio.io-mesh-controller' ||
  /^istio-(waypoint|east-west)$/.test(String(labels['gateway.networking.k8s.io/gateway-class-name']))

export const gatewayOf = ({ labels }: ClusterPod): string | undefined =>
  text(labels['gateway.networking.k8s.io/gateway-name']) ?? text(labels['istio.io/gateway-name'])
