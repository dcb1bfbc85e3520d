import type { ClusterPod } from './pods.ts'
import { gatewayOf } from './pods.ts'

const types = /^(pods?|po|deployments?|deploy|services?|svc|gateways?|gtw|daemonsets?|ds)\//

/** Is the pod meant by `ns/pod`, `pod.ns`, `pod`, or one of these after `pod/`? */
export const isPodNamed = (pod: ClusterPod, name: string, namespace: string | undefined): boolean =>
  fits(pod, name, namespace, own => own === pod.name)

/** The same for a proxy, which also goes by the names of its Gateway and Deployment. Everything without a name. */
export const isProxyNamed = (pod: ClusterPod, name: string | undefined, namespace: string | undefined): boolean => {
  if (name === undefined) return namespace === undefined || pod.namespace === namespace
  return fits(
    pod,
    name,
    namespace,
    own => own === pod.name || own === gatewayOf(pod) || own === pod.name.replace(/-[a-z0-9]+-[a-z0-9]+$/, ''),
  )
}

const fits = (
  pod: ClusterPod,
  name: string,
  namespace: string | undefined,
  isOwn: (name: string) => boolean,
): boolean => {
  const plain = name.replace(types, '')
  const slash = plain.indexOf('/')
  if (slash >= 0) return plain.slice(0, slash) === pod.namespace && isOwn(plain.slice(slash + 1))
  if (isOwn(plain)) return namespace === undefined || namespace === pod.namespace
  const dot = plain.lastIndexOf('.')
  return dot > 0 && plain.slice(dot + 1) === pod.namespace && isOwn(plain.slice(0, dot))
}
