import { asRecord, list } from '#model/kubernetes.ts'
import type { Pod, World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { podRef } from '../cite.ts'
import { containersOf } from '../pods.ts'
import { citeRedirection, redirectedPods } from '../redirected.ts'
import { refusalOf } from '../refusal.ts'

export default defineCheck({
  code: 'AMB028',
  title: 'The node does not exempt the probes of a pod',
  severity: 'error',
  means:
    'Probes of the kubelet arrive at ztunnel as plaintext without an identity: STRICT and ALLOW policies refuse them and the pod turns unready. Without such a policy nothing breaks yet.',
  causes: [
    'the address is missing in the set istio-inpod-probes of the node: an update of istio-cni raced with the pod',
    'something emptied the set',
  ],
  fix: 'Restart istio-cni on the node, or recreate the pod. From 1.29.5 and 1.30.2 on istio-cni puts lost members back.',
  fixedIn: ['1.29.5', '1.30.2'],
  *find(world) {
    for (const { pod, findings } of redirectedPods(world))
      for (const finding of findings) {
        if (finding.code !== 'not-in-probe-set') continue
        const [first, ...others] = citeRedirection(finding)
        if (first === undefined) continue
        const refused = refusesProbes(world, pod, finding.about)
        yield {
          objects: [podRef(pod)],
          says: `${finding.about} of pod ${pod.namespace}/${pod.name} is in no probe set of its node${refused ? ', and its policies refuse plaintext: probes fail' : '; no policy of it refuses a probe yet'}`,
          evidence: [first, ...others],
          severity: refused ? 'error' : 'info',
        }
      }
  },
})

const refusesProbes = (world: World, pod: Pod, ip: string): boolean => {
  const index = world.ztunnelOn(pod.node)?.index
  if (index === undefined || pod.workload === undefined) return false
  const src = [...world.mesh.kubernetes.of('Node')]
    .filter(({ name }) => name === pod.node)
    .flatMap(({ status }) => list(status.addresses).map(asRecord))
    .find(({ type }) => type === 'InternalIP')?.address
  const connection = { src: typeof src === 'string' ? src : ip, dst: { ip, port: probePort(pod) } }
  return refusalOf(index, pod.workload, connection) !== undefined
}

const probePort = ({ object }: Pod): number => {
  const containers = object === undefined ? [] : containersOf(object)
  const probes = containers.flatMap(({ readinessProbe, livenessProbe, startupProbe }) =>
    [readinessProbe, livenessProbe, startupProbe].flatMap(probe => {
      const { httpGet, tcpSocket, grpc } = asRecord(probe)
      return [httpGet, tcpSocket, grpc].map(action => asRecord(action).port)
    }),
  )
  const declared = containers.flatMap(({ ports }) => list(ports).map(port => asRecord(port).containerPort))
  return [...probes, ...declared].find(port => typeof port === 'number') ?? 80
}
