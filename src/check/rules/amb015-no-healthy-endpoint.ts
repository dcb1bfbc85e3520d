import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import type { LogLine } from '#model/log.ts'
import type { Service, ZtunnelDump } from '#model/ztunnel.ts'
import { socketText } from '#reason/address.ts'
import { listenerOf } from '#trace/listener.ts'
import type { Pod, World } from '#trace/world.ts'
import { isOfPod } from '#trace/world.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeLine, citeRecord, recordRef } from '../cite.ts'
import type { Cited, Confidence } from '../finding.ts'
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
    const seen = lastSeen(world)
    for (const index of ztunnelIndexes(world))
      for (const service of index.dump.services) {
        if (service.vips.length === 0 || isOfWaypoint(world, service)) continue
        const finding = withoutEndpoints(world, index.dump, service, seen)
        if (finding !== undefined) yield finding
        else yield* deafPorts(world, index, service, seen)
      }
  },
})

/** The last line of a ztunnel about a socket: of its own pods by the address of the pod, of services by theirs. */
interface Seen {
  readonly inbound: ReadonlyMap<string, LogLine>
  readonly outbound: ReadonlyMap<string, LogLine>
}

const lastSeen = ({ mesh }: World): Seen => {
  const inbound = new Map<string, LogLine>()
  const outbound = new Map<string, LogLine>()
  for (const line of mesh.logs) {
    const { direction, 'dst.hbone_addr': inner, 'dst.addr': dialled = '', error = '' } = line.fields
    if (direction === 'inbound') inbound.set(inner ?? dialled, line)
    const [, vip] = /^no healthy upstream: (\S+)$/.exec(error) ?? []
    if (direction === 'outbound') outbound.set(vip ?? dialled, line)
  }
  return { inbound, outbound }
}

/** Endpoints of a host outside the cluster are the affair of its waypoint, which asks the DNS itself. */
const isOfWaypoint = ({ mesh }: World, { waypoint, namespace, name }: Service): boolean =>
  waypoint !== undefined && mesh.kubernetes.get('Service', namespace, name) === undefined

const withoutEndpoints = (world: World, dump: ZtunnelDump, service: Service, { outbound }: Seen): Found | undefined => {
  if (service.endpoints.length > 0 || service.loadBalancer?.mode === 'Passthrough') return undefined
  const object = world.mesh.kubernetes.get('Service', service.namespace, service.name)
  if (object !== undefined && object.spec.selector === undefined) return undefined
  const unready = dump.workloads.filter(
    ({ services = [], status }) =>
      services.includes(`${service.namespace}/${service.hostname}`) && status === 'Unhealthy',
  )
  const line = service.vips
    .flatMap(({ ip }) => [...service.ports.keys()].map(port => outbound.get(socketText(ip, port))))
    .find(one => one?.fields.error?.startsWith('no healthy upstream') === true)
  return {
    objects: object === undefined ? [recordRef(service)] : [refOf(object)],
    says: `service ${service.namespace}/${service.name} has no endpoint${unready.length === 0 ? '' : `: ${unready.map(({ name }) => name).join(', ')} ${unready.length === 1 ? 'is' : 'are'} not ready`}`,
    evidence: [
      citeRecord(dump, service, '/endpoints', '{}'),
      ...(object === undefined ? [] : [cite(object, '/spec/selector', JSON.stringify(object.spec.selector))]),
      ...unready.map(workload => citeRecord(dump, workload, '/status', workload.status)),
      ...(line === undefined ? [] : [citeLine(line)]),
    ],
    ...(line !== undefined && { severity: 'error' as const }),
  }
}

/** Ports for which every endpoint lacks a mapping, or leads to a port where nothing answers. */
function* deafPorts(world: World, index: ZtunnelIndex, service: Service, seen: Seen): Generator<Found> {
  for (const [port, target] of service.ports) {
    const ends = service.endpoints.map(({ workloadUid, ports }) => ({
      workloadUid,
      target: ports.get(port) ?? target,
    }))
    const reasons: Deafness[] = []
    const isDeaf = ends.every(end => {
      const reason = end.target === 0 ? unmapped : deafness(world, index, end, seen)
      if (reason !== undefined) reasons.push(reason)
      return reason !== undefined
    })
    const worst = reasons.find(({ confidence }) => confidence !== 'certain') ?? reasons[0]
    if (!isDeaf || worst === undefined) continue
    yield {
      objects: [recordRef(service)],
      says: `${service.namespace}/${service.name}:${port} ${worst.says.replace('TARGET', String(ends[0]?.target))}`,
      evidence: [
        citeRecord(index.dump, service, `/ports/${port}`, String(target)),
        ...reasons.flatMap(({ evidence }) => evidence).slice(0, mostEvidence),
      ],
      confidence: worst.confidence,
      ...(worst.isSeen && { severity: 'error' as const }),
    }
  }
}

const mostEvidence = 4

/** Why an endpoint does not answer on its target port. */
interface Deafness {
  readonly says: string
  readonly evidence: readonly Cited[]
  readonly confidence: Confidence
  /** Somebody met it, or its sockets show it. */
  readonly isSeen?: true
}

const unmapped: Deafness = {
  says: 'has a named target port that no endpoint maps',
  evidence: [],
  confidence: 'certain',
}

/** Envoy listens where its configuration says, which containers do not declare. */
const isGateway = ({ labels }: KubernetesObject): boolean =>
  labels['gateway.networking.k8s.io/gateway-name'] !== undefined

const deafness = (
  world: World,
  { workloadsByUid }: ZtunnelIndex,
  { workloadUid, target }: { readonly workloadUid: string; readonly target: number },
  seen: Seen,
): Deafness | undefined => {
  const workload = workloadsByUid.get(workloadUid)
  const pod = workload === undefined ? undefined : world.podNamed(workload.namespace, workload.name)
  if (pod === undefined || pod.hostNetwork || (pod.object !== undefined && isGateway(pod.object))) return undefined
  const { known } = listenerOf(pod, target, world.kernelOf(pod))
  const line = refusal(seen, pod, target)
  if (known === 'absent') return silent(world, pod, target, line)
  if (line !== undefined)
    return {
      says: 'leads to port TARGET, which refuses connections',
      evidence: [citeLine(line)],
      confidence: 'likely',
      isSeen: true,
    }
  const declared = list(pod.object?.spec.containers).flatMap(container => list(asRecord(container).ports)).length
  return known === 'unknown' && declared > 0
    ? { says: 'leads to port TARGET, which no container declares', evidence: [], confidence: 'possible' }
    : undefined
}

/** The sockets of the pod show that the port is not open at its address. */
const silent = (world: World, pod: Pod, target: number, line: LogLine | undefined): Deafness => {
  const local = listenerOf(pod, target, world.kernelOf(pod), '127.0.0.1').known === 'listening'
  const sockets = world.mesh.netns.find(netns => isOfPod(netns, pod))?.files.find(({ kind }) => kind.startsWith('ss'))
  return {
    says: `leads to port TARGET, on which ${local ? 'the application listens on localhost only' : 'nobody listens'}`,
    evidence: [
      ...(sockets === undefined
        ? []
        : [{ from: 'absence', file: sockets.file, lookedFor: `a listener on ${pod.ips[0]}:${target}` } as const]),
      ...(line === undefined ? [] : [citeLine(line)]),
    ],
    confidence: 'certain',
    isSeen: true,
  }
}

/** The last that the pod's own ztunnel wrote of a connection to the port, where that was a refusal. */
const refusal = ({ inbound }: Seen, pod: Pod, target: number): LogLine | undefined =>
  pod.ips
    .map(ip => inbound.get(socketText(ip, target)))
    .find(line => /connection refused/i.test(line?.fields.error ?? ''))
