import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import type { Pod, World } from '#trace/world.ts'

export const dataplaneMode = 'istio.io/dataplane-mode'
export const gatewayName = 'gateway.networking.k8s.io/gateway-name'
export const sidecarStatus = 'sidecar.istio.io/status'
export const redirection = 'ambient.istio.io/redirection'

/** Envoys that istiod deploys for Gateways: they speak HBONE and have an identity without being captured. */
export const isGatewayPod = ({ object }: Pod): boolean => object?.labels[gatewayName] !== undefined

export const containersOf = (object: KubernetesObject): readonly Readonly<Record<string, unknown>>[] =>
  [...list(object.spec.containers), ...list(object.spec.initContainers)].map(asRecord)

/** The containers of gateways, waypoints and ztunnel have the name of a sidecar, too; their arguments tell them apart. */
export const hasSidecar = (object: KubernetesObject): boolean =>
  object.labels[gatewayName] === undefined &&
  object.labels.app !== 'ztunnel' &&
  containersOf(object).some(
    ({ name, args }) =>
      name === 'istio-proxy' &&
      !list(args).some(word => word === 'router' || word === 'waypoint' || word === 'ztunnel'),
  )

/** A pod that sends and answers in plaintext: not captured, and no proxy of its own. */
const isPlaintext = (world: World, pod: Pod): boolean =>
  pod.object !== undefined &&
  pod.ips.length > 0 &&
  !isGatewayPod(pod) &&
  !hasSidecar(pod.object) &&
  membershipOf(world, pod).captured === 'no'

export const isRunning = ({ object }: Pod): boolean =>
  object !== undefined &&
  text(object.status.phase) === 'Running' &&
  asRecord(object.raw.metadata).deletionTimestamp === undefined

/** The namespace or the pod itself asks for the mesh. */
export const wantsMesh = (world: World, pod: Pod): boolean => {
  const own = pod.object?.labels[dataplaneMode]
  return (own ?? world.mesh.kubernetes.get('Namespace', '', pod.namespace)?.labels[dataplaneMode]) === 'ambient'
}

/** Namespaces of Kubernetes and of the control plane: their pods are outside the mesh on purpose. */
export const systemNamespaces = ({ pods }: World): ReadonlySet<string> =>
  new Set([
    'kube-system',
    'istio-system',
    ...pods
      .filter(({ object }) => ['istiod', 'ztunnel', 'istio-cni-node'].includes(appOf(object)))
      .map(({ namespace }) => namespace),
  ])

const appOf = (object: KubernetesObject | undefined): string => object?.labels.app ?? object?.labels['k8s-app'] ?? ''

/** Pods that send plaintext and are not of the system. */
export const plaintextPods = (world: World): readonly Pod[] => {
  const system = systemNamespaces(world)
  return world.pods.filter(pod => !pod.hostNetwork && !system.has(pod.namespace) && isPlaintext(world, pod))
}

export const spiffe = (trustDomain: string, namespace: string, serviceAccount: string): string =>
  `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`
