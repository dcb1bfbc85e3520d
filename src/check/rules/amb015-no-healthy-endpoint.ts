import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import type { Service, ZtunnelDump } from '#model/ztunnel.ts'
import { listenerOf } from '#trace/listener.ts'
import type { World } from '#trace/world.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, recordRef } from '../cite.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB015',
  title: 'A service has no endpoint that can answer',
  severity: 'warning',
  means:
    "The client's ztunnel refuses at once with no healthy upstream, or the server's ztunnel finds nobody listening: the client sees a connection that opens and is closed.",
  causes: [
    'the selector fits no pod, or no pod is ready',
    'a named target port that no pod has',
    'a target port on which the application does not listen, or listens on localhost only',
  ],
  fix: 'Compare the selector with the labels of the pods, their readiness, and the target port with what the application listens on.',
  *find(world) {
    for (const index of ztunnelIndexes(world))
      for (const service of index.dump.services) {
        if (service.vips.length === 0 || isOfWaypoint(world, service)) continue
        const finding = withoutEndpoints(world, index.dump, service)
        if (finding !== undefined) yield finding
        else yield* deafPorts(world, index, service)
      }
  },
})

/** Endpoints of a host outside the cluster are the affair of its waypoint, which asks the DNS itself. */
const isOfWaypoint = ({ mesh }: World, { waypoint, namespace, name }: Service): boolean =>
  waypoint !== undefined && mesh.kubernetes.get('Service', namespace, name) === undefined

const withoutEndpoints = (world: World, dump: ZtunnelDump, service: Service): Found | undefined => {
  if (service.endpoints.length > 0 || service.loadBalancer?.mode === 'Passthrough') return undefined
  const object = world.mesh.kubernetes.get('Service', service.namespace, service.name)
  if (object !== undefined && object.spec.selector === undefined) return undefined
  const unready = dump.workloads.filter(
    ({ services = [], status }) =>
      services.includes(`${service.namespace}/${service.hostname}`) && status === 'Unhealthy',
  )
  return {
    objects: object === undefined ? [recordRef(service)] : [refOf(object)],
    says: `service ${service.namespace}/${service.name} has no endpoint${unready.length === 0 ? '' : `: ${unready.map(({ name }) => name).join(', ')} ${unready.length === 1 ? 'is' : 'are'} not ready`}`,
    evidence: [
      citeRecord(dump, service, '/endpoints', '{}'),
      ...(object === undefined ? [] : [cite(object, '/spec/selector', JSON.stringify(object.spec.selector))]),
      ...unready.map(workload => citeRecord(dump, workload, '/status', workload.status)),
    ],
  }
}

/** Ports for which every endpoint lacks a mapping, or no container of any endpoint declares the target. */
function* deafPorts(world: World, index: ZtunnelIndex, service: Service): Generator<Found> {
  for (const [port, target] of service.ports) {
    const targets = service.endpoints.map(({ workloadUid, ports }) => ({
      workloadUid,
      target: ports.get(port) ?? target,
    }))
    const lacking = targets.every(({ target: mapped }) => mapped === 0)
    const reasons = targets.map(one => (one.target === 0 ? 'unmapped' : deafness(world, index, one)))
    if (targets.length === 0 || reasons.includes(undefined)) continue
    const why = reasons.find(reason => reason !== undefined)
    yield {
      objects: [recordRef(service)],
      says: lacking
        ? `${service.namespace}/${service.name}:${port} has a named target port that no endpoint maps`
        : `${service.namespace}/${service.name}:${port} leads to port ${targets[0]?.target}, ${why}`,
      evidence: [citeRecord(index.dump, service, `/ports/${port}`, String(target))],
      confidence: lacking ? 'certain' : 'possible',
    }
  }
}

/** Envoy listens where its configuration says, which containers do not declare. */
const isGateway = ({ labels }: KubernetesObject): boolean =>
  labels['gateway.networking.k8s.io/gateway-name'] !== undefined

const deafness = (
  world: World,
  { workloadsByUid }: ZtunnelIndex,
  { workloadUid, target }: { readonly workloadUid: string; readonly target: number },
): string | undefined => {
  const workload = workloadsByUid.get(workloadUid)
  const pod = workload === undefined ? undefined : world.podNamed(workload.namespace, workload.name)
  if (pod?.object === undefined || pod.hostNetwork || isGateway(pod.object)) return undefined
  const { known } = listenerOf(pod, target)
  if (known === 'absent') return 'on which nobody listens'
  const declared = list(pod.object.spec.containers).flatMap(container => list(asRecord(container).ports)).length
  return known === 'unknown' && declared > 0 ? 'which no container declares' : undefined
}
