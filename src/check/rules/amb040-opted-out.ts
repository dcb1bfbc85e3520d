import { membershipOf } from '#trace/membership.ts'
import type { Pod, World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeMetadata, citeRecord, podRef } from '../cite.ts'
import { dataplaneMode, isGatewayPod, isRunning } from '../pods.ts'
import { useWaypoint } from '../waypoint-use.ts'

const bypass = 'ambient.istio.io/bypass-inbound-capture'

export default defineCheck({
  code: 'AMB040',
  title: 'A pod opts out of what its namespace asks for',
  severity: 'info',
  means:
    'The pod is left out where its neighbours are not: no policy of ztunnel guards plaintext that reaches it, STRICT included.',
  causes: [
    'istio.io/dataplane-mode=none or istio.io/use-waypoint=none that was meant for a while',
    'bypass-inbound-capture, which takes plaintext past ztunnel, and from 1.24 to 1.28 breaks tunnels to the pod, too',
  ],
  fix: 'Remove the label or annotation and recreate the pod.',
  *find(world) {
    for (const pod of world.pods) if (isRunning(pod) && !pod.hostNetwork) yield* exceptions(world, pod)
    for (const object of ['Service', 'ServiceEntry'].flatMap(kind => world.mesh.kubernetes.of(kind))) {
      const namespace = world.mesh.kubernetes.get('Namespace', '', object.namespace)
      const meant = namespace?.labels[useWaypoint]
      if (object.labels[useWaypoint] !== 'none' || meant === undefined || namespace === undefined) continue
      yield {
        objects: [{ kind: object.kind, namespace: object.namespace, name: object.name }],
        says: `${object.kind} ${object.namespace}/${object.name} opts out of waypoint ${meant} of its namespace`,
        evidence: [citeMetadata(object, 'labels', useWaypoint), citeMetadata(namespace, 'labels', useWaypoint)],
      }
    }
  },
})

function* exceptions(world: World, pod: Pod): Generator<Found> {
  const { object } = pod
  if (object === undefined || isGatewayPod(pod)) return
  const namespace = world.mesh.kubernetes.get('Namespace', '', pod.namespace)
  const optsOut = object.labels[dataplaneMode] === 'none' && namespace?.labels[dataplaneMode] === 'ambient'
  const { captured, bypassesInbound } = membershipOf(world, pod)
  const bypasses = bypassesInbound && captured === 'yes'
  if (!optsOut && !bypasses) return
  const listed = pod.workload?.authorizationPolicies ?? []
  const dump = world.mesh.ztunnels.find(
    ({ workloads }) => pod.workload !== undefined && workloads.includes(pod.workload),
  )
  const isDeaf = !optsOut && losesTunnels(world, pod)
  const what = optsOut
    ? 'opts out of the mesh'
    : `takes plaintext past ztunnel${isDeaf ? ', and in this release tunnels to it get no answer' : ''}`
  yield {
    objects: [podRef(pod)],
    says: `pod ${pod.namespace}/${pod.name} ${what}${listed.length === 0 ? '' : `: ${listed.join(', ')} does not guard it there`}`,
    evidence: [
      optsOut ? citeMetadata(object, 'labels', dataplaneMode) : citeMetadata(object, 'annotations', bypass),
      ...(dump === undefined || pod.workload === undefined || listed.length === 0
        ? []
        : [citeRecord(dump, pod.workload, '/authorizationPolicies', listed.join(', '))]),
    ],
    ...(isDeaf && { severity: 'warning' as const, confidence: 'likely' as const, fixedIn: ['1.29.0'] }),
  }
}

/** From 1.24 to 1.28 the annotation also takes the rule away that brings the answers of the application back to ztunnel. */
const losesTunnels = (world: World, { node }: Pod): boolean => {
  const version = world.ztunnelOn(node)?.index.dump.version
  return version !== undefined && version.range[0] >= 24 && version.range[1] <= 28
}
