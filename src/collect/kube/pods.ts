import { asRecord, list, text } from '#model/kubernetes.ts'

/** A pod as far as it matters where it runs and what it is. */
export interface ClusterPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly labels: Readonly<Record<string, unknown>>
  readonly running: boolean
  readonly ready: boolean
  readonly hostNetwork: boolean
  /** istio-cni says that it captures the pod's traffic. */
  readonly enrolled: boolean
  /** Without the runtime's prefix. */
  readonly containerIds: readonly string[]
  readonly containers: readonly string[]
}

export const readPod = (object: unknown): ClusterPod => {
  const { metadata, spec, status } = asRecord(object)
  const { name, namespace, labels, annotations, deletionTimestamp } = asRecord(metadata)
  const statuses = list(asRecord(status).containerStatuses).map(asRecord)
  return {
    namespace: text(namespace) ?? '',
    name: text(name) ?? '',
    node: text(asRecord(spec).nodeName) ?? '',
    labels: asRecord(labels),
    running: asRecord(status).phase === 'Running' && deletionTimestamp === undefined,
    ready: statuses.length > 0 && statuses.every(({ ready }) => ready === true),
    hostNetwork: asRecord(spec).hostNetwork === true,
    enrolled: asRecord(annotations)['ambient.istio.io/redirection'] === 'enabled',
    containerIds: statuses.flatMap(({ containerID }) => text(containerID)?.replace(/^\w+:\/\//, '') || []),
    containers: list(asRecord(spec).containers).map(container => text(asRecord(container).name) ?? ''),
  }
}

export const isZtunnel = ({ labels }: ClusterPod): boolean => labels.app === 'ztunnel'

export const isCniAgent = ({ labels }: ClusterPod): boolean => labels['k8s-app'] === 'istio-cni-node'

/** Waypoints and east-west gateways: what the mesh controller of istiod runs for Gateways. */
export const isWaypoint = ({ labels }: ClusterPod): boolean =>
  labels['gateway.istio.io/managed'] === 'istio.io-mesh-controller' ||
  /^istio-(waypoint|east-west)$/.test(String(labels['gateway.networking.k8s.io/gateway-class-name']))

export const gatewayOf = ({ labels }: ClusterPod): string | undefined =>
  text(labels['gateway.networking.k8s.io/gateway-name']) ?? text(labels['istio.io/gateway-name'])
