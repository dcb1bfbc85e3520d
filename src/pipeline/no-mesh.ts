import { type ClusterPod, isCniAgent, isWaypoint, isZtunnel } from '#collect/kube/pods.ts'
import { UserError } from '#errors.ts'

/** Throws a UserError for a cluster that has nothing of ambient; one whose ztunnels are lost is worth a look. */
export const requireMesh = (pods: readonly ClusterPod[]): void => {
  if (!pods.some(pod => isZtunnel(pod) || isCniAgent(pod) || isWaypoint(pod) || pod.enrolled)) throw noZtunnel(pods)
}

export const noZtunnel = (pods: readonly ClusterPod[]): UserError => {
  const istiod = pods.some(({ labels }) => labels.app === 'istiod')
  const sidecars = pods.some(({ containers }) => containers.includes('istio-proxy'))
  if (istiod || sidecars)
    return new UserError('unreachable', 'no ztunnel runs in this cluster: its mesh has sidecars only', {
      next: ['istioctl proxy-config shows what a sidecar holds', 'istioctl install --set profile=ambient adds ztunnel'],
    })
  return new UserError('unreachable', 'no ztunnel runs in this cluster, and no istiod: Istio is not installed', {
    next: ['--context NAME chooses another cluster', 'kubectl get pods -A -l app=ztunnel'],
  })
}
