import type { WhyTcp } from '#dump/ztunnel/why-tcp.ts'
import { refText } from '#render/dump/refs.ts'

export const whyTcpText = (why: WhyTcp): string => {
  switch (why.code) {
    case 'host-network':
      return `on the node's network, never captured (${why.from})`
    case 'not-a-pod':
      return `a ${why.kind}, not a pod that could be captured (dump)`
    case 'opted-out':
      return `istio.io/dataplane-mode=${why.mode} on ${refText(why.by)} (objects)`
    case 'not-enrolled':
      return `no label istio.io/dataplane-mode=ambient on the pod or Namespace ${why.namespace} (objects)`
    case 'namespace-unknown':
      return `no label istio.io/dataplane-mode on the pod, and Namespace ${why.namespace} is not in the snapshot (objects)`
    case 'is-waypoint':
      return `a proxy of Gateway ${why.gateway}, not captured (objects)`
    case 'has-sidecar':
      return 'has a sidecar (objects)'
    case 'not-captured':
      return `${refText(why.by)} should be captured, but istio-cni has not marked it ambient.istio.io/redirection=enabled (objects)`
    case 'not-arrived':
      return 'the pod is marked as captured: the dump is older, or istiod is behind (objects)'
    case 'no-object':
      return 'its pod is not in the snapshot (dump)'
    case 'no-objects':
      return 'why is not in a dump; give the Kubernetes objects as well (dump)'
  }
}
