import { refOf } from '#model/kubernetes.ts'
import { listenerOf } from '#trace/listener.ts'
import { defineCheck } from '../check.ts'
import { citeMetadata, citeRecord } from '../cite.ts'
import { hasSidecar, isGatewayPod, redirection } from '../pods.ts'

const tunnel = 'networking.istio.io/tunnel'

export default defineCheck({
  code: 'AMB020',
  title: 'A pod is announced with HBONE and does not speak it',
  severity: 'error',
  means:
    'Clients in the mesh dial port 15008 of the pod: the connection is refused, or fails in TLS where something else listens there. Clients outside the mesh are not affected.',
  causes: ['the label networking.istio.io/tunnel=http on a pod that has neither a sidecar nor a ztunnel'],
  fix: 'Remove the label networking.istio.io/tunnel, or bring the pod into the mesh.',
  *find(world) {
    for (const dump of world.mesh.ztunnels)
      for (const workload of dump.workloads) {
        const pod = world.podNamed(workload.namespace, workload.name)
        const object = pod?.object
        if (workload.protocol !== 'HBONE' || pod === undefined || object === undefined || pod.hostNetwork) continue
        if (isGatewayPod(pod) || hasSidecar(object) || object.annotations[redirection] !== undefined) continue
        if (world.workloadState(pod) !== 'absent' || pod.ips.length === 0) continue
        const kernel = world.kernelOf(pod)
        const listener = kernel === undefined ? undefined : listenerOf(pod, 15008, kernel)
        yield {
          objects: [refOf(object)],
          says: `pod ${pod.namespace}/${pod.name} is announced with HBONE, and no ztunnel serves it${listener?.known === 'absent' ? ': nobody listens on 15008' : listener?.known === 'listening' ? ': the application listens on 15008' : ''}`,
          evidence: [
            citeRecord(dump, workload, '/protocol', 'HBONE'),
            ...(object.labels[tunnel] === undefined ? [] : [citeMetadata(object, 'labels', tunnel)]),
            { from: 'absence', file: dump.file, lookedFor: `workloadState of ${pod.namespace}/${pod.name}` },
          ],
          confidence: object.labels[tunnel] === undefined ? 'likely' : 'certain',
        }
      }
  },
})
