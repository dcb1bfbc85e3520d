import { type ClusterPod, isCniAgent, isWaypoint, isZtunnel } from '#collect/kube/pods.ts'
import { UserError } from '#errors.ts'

/** Throws a UserError for a cluster that has nothing of ambient. */
export const requireMesh = (pods: readonly ClusterPod[]): void => {
  const missing = missingMesh(pods)
  if (missing !== undefined) throw missing
}

/** Why a cluster has nothing of ambient; one whose ztunnels are lost is worth a look. */
export const missingMesh = (pods: readonly ClusterPod[]): UserError | undefined =>
  pods.some(pod => isZtunnel(pod) || isCniAgent(pod) || isWaypoint(pod) || pod.enrolled) ? undefined : noZtunnel(pods)

export const noZtunnel = (pods: readonly ClusterPod[]): UserError => {
  const istiod = pods.some(({ labels }) => labels.app === 'istiod')
  const sidecars = pods.some(({ containers }) => containers.includes('istio-proxy'))
  const captured = pods.filter(({ enrolled }) => enrolled).length
  if (captured > 0 || pods.some(pod => isZtunnel(pod) || isCniAgent(pod)))
    return new UserError('unreachable', lostText(captured, istiod), { next: towardsLost })
  if (istiod || sidecars)
    return new UserError('unreachable', 'no ztunnel runs in this cluster: its mesh has sidecars only', {
      next: ['istioctl proxy-config shows what a sidecar holds', 'istioctl install --set profile=ambient adds ztunnel'],
    })
  return new UserError('unreachable', 'no ztunnel runs in this cluster, and no istiod: Istio is not installed', {
    next: ['--context NAME chooses another cluster', 'kubectl get pods -A -l app=ztunnel'],
  })
}

const lostText = (captured: number, istiod: boolean): string =>
  `no ztunnel runs in this cluster${istiod ? '' : ', and no istiod'}: ${
    captured === 0 ? 'nothing is in its ambient mesh yet' : `${captured} pods are captured and cut off`
  }`

const towardsLost = [
  'kubectl get daemonsets -A tells whether ztunnel is there and ready',
  'ambientctl check tells what follows from it',
]
