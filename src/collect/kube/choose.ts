import { isMeant, without } from '#model/pod-reference.ts'
import type { ClusterPod } from './pods.ts'
import { gatewayOf } from './pods.ts'

/** Is the pod meant by `name` (see `isMeant`)? */
export const isPodNamed = (pod: ClusterPod, name: string, namespace: string | undefined): boolean =>
  isMeant(name, { namespace: pod.namespace, pod: pod.name }, namespace)

/** The same for a proxy, which also goes by the names of its Gateway and Deployment. Everything without a name. */
export const isProxyNamed = (pod: ClusterPod, name: string | undefined, namespace: string | undefined): boolean => {
  if (name === undefined) return namespace === undefined || pod.namespace === namespace
  const aliases = [gatewayOf(pod), without(2, pod.name)]
  return isMeant(name, { namespace: pod.namespace, pod: pod.name, aliases }, namespace)
}
