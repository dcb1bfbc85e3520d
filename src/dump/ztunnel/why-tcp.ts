import type { ObjectRef } from '#model/evidence.ts'
import { type KubernetesObjects, refOf } from '#model/kubernetes.ts'
import { labelOf, namespaceOf, objectOf, originOf } from '#model/kubernetes-labels.ts'
import type { Workload } from '#model/ztunnel.ts'

/** Why a workload is reached by plain TCP. istiod says HBONE when istio-cni annotated the pod, or for native tunnels. */
export type WhyTcp =
  | { readonly code: 'host-network'; readonly from: 'dump' | 'objects' }
  | { readonly code: 'not-a-pod'; readonly kind: string }
  | { readonly code: 'opted-out'; readonly by: ObjectRef; readonly mode: string }
  | { readonly code: 'not-enrolled'; readonly namespace: string }
  /** The pod has no label; its namespace, which may have one, was not collected. */
  | { readonly code: 'namespace-unknown'; readonly namespace: string }
  | { readonly code: 'is-waypoint'; readonly gateway: string }
  | { readonly code: 'has-sidecar' }
  /** Labels ask for capture, istio-cni has not reported it: a pod from before the agent, or the agent failed. */
  | { readonly code: 'not-captured'; readonly by: ObjectRef }
  | { readonly code: 'not-arrived' }
  | { readonly code: 'no-object' }
  | { readonly code: 'no-objects' }

/** The dump alone tells host networks and what is no pod; the rest is in the Pod and its Namespace. */
export const whyTcp = (kubernetes: KubernetesObjects, workload: Workload): WhyTcp => {
  if (workload.networkMode === 'HostNetwork') return { code: 'host-network', from: 'dump' }
  const kind = originOf(workload)?.kind
  if (kind !== undefined && kind !== 'Pod') return { code: 'not-a-pod', kind }
  const pod = objectOf(kubernetes, workload)
  if (pod === undefined) return { code: kubernetes.knows('Pod') ? 'no-object' : 'no-objects' }
  if (pod.spec.hostNetwork === true) return { code: 'host-network', from: 'objects' }
  if (pod.annotations['ambient.istio.io/redirection'] === 'enabled') return { code: 'not-arrived' }
  const gateway = pod.labels['gateway.networking.k8s.io/gateway-name']
  if (gateway !== undefined) return { code: 'is-waypoint', gateway }
  if (pod.annotations['sidecar.istio.io/status'] !== undefined) return { code: 'has-sidecar' }
  const namespace = namespaceOf(kubernetes, pod.namespace)
  const mode = labelOf('istio.io/dataplane-mode', pod, namespace)
  if (mode === undefined)
    return { code: namespace === undefined ? 'namespace-unknown' : 'not-enrolled', namespace: pod.namespace }
  if (mode.value !== 'ambient') return { code: 'opted-out', by: mode.on, mode: mode.value }
  return { code: 'not-captured', by: refOf(pod) }
}
