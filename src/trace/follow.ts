import { UserError } from '#errors.ts'
import type { Evidence } from '#model/evidence.ts'
import { connectionIp } from '#reason/address.ts'
import type { DecideOptions } from '#waypoint/request.ts'
import { arriveTunnel } from './arrive-tunnel.ts'
import { captureOut, dnsWay } from './capture.ts'
import { captureFromNode } from './capture-from-node.ts'
import { deliver } from './deliver.ts'
import { connectPlain } from './direct.ts'
import { proxyOf } from './dns-proxy.ts'
import { throughEastWest } from './east-west.ts'
import { addressInRoutes, gatewayAt, intoGateway, sidecarOf, throughSidecar } from './front-proxy.ts'
import type { Family, Resolution } from './names.ts'
import { familyOf, resolveName } from './names.ts'
import { outbound } from './outbound.ts'
import type { Request } from './request.ts'
import type { Source } from './source.ts'
import { placeOf } from './source.ts'
import type { StepDetails } from './step.ts'
import { step } from './step.ts'
import { stopped } from './stopped.ts'
import type { Hop, Path, Trace } from './trace.ts'
import { after, ends, forked, hop, undetermined } from './trace.ts'
import type { Onwards, Walk } from './walk.ts'
import { direct } from './walk.ts'
import type { Pod, World } from './world.ts'
import { atUnreadZtunnel } from './ztunnel-presence.ts'

/** What the mesh does to one request, from its source to the verdict of every branch. */
export const follow = (world: World, source: Source, request: Request, told: DecideOptions = {}): Trace => {
  const path = fromSource({ world, request, source, told, onwards })
  const [first, ...others] = path.hops
  if (first === undefined) throw new Error('a trace begins with the hop that resolves its destination')
  return { request, from: placeOf(source), hops: [first, ...others], end: path.end }
}

const onwards: Onwards = {
  plain: connectPlain,
  tunnel: arriveTunnel,
  doubleTunnel: (walk, to, { outer, inner }) => throughEastWest(walk, to, { outer, inner, network: undefined }),
  own: (walk, pod, { ip, port }, peer, view) => deliver(walk, pod, port, ip, peer, view),
}

/** A gateway sends nothing of its own: the request is one that comes to its listener. */
const fromSource = (walk: Walk): Path => {
  const { source, request } = walk
  const pod = source.kind === 'pod' ? source.pod : undefined
  const gateway = pod === undefined ? undefined : gatewayAt(walk.world, pod, request.port)
  return pod === undefined || gateway === undefined ? fromName(walk) : intoGateway(walk, pod, gateway)
}

const fromName = (walk: Walk): Path => {
  const { host, port } = walk.request
  const asked = host.includes('/') ? podAddress(walk, host) : host
  const ip = connectionIp(asked)
  if (ip !== undefined)
    return after(resolved(walk, { asked: host, by: 'literal', answers: [ip] }), connect(walk, ip, port))
  if (dnsIsDead(walk))
    return after(
      resolved(walk, { asked: host, by: 'nobody', answers: [] }),
      ends({
        kind: 'rejected',
        by: placeOf(walk.source),
        code: 'ztunnel-not-listening',
        clientSees: { kind: 'dns-error' },
      }),
    )
  const found = resolveName(walk.world, asked, clientOf(walk))
  const unread = nodeOfUnreadDns(walk)
  if (unread !== undefined && (found.kind === 'no-such-name' || found.kind === 'unknown'))
    return after(resolved(walk, { asked: host, by: 'ztunnel-dns', answers: [] }), atUnreadZtunnel(walk.world, unread))
  switch (found.kind) {
    case 'found':
      return viaAddresses(walk, found)
    case 'no-such-name':
      return after(
        resolved(walk, { asked: host, by: found.by, answers: [] }),
        ends({ kind: 'rejected', by: placeOf(walk.source), code: 'no-such-name', clientSees: { kind: 'dns-error' } }),
      )
    case 'failed':
      return after(
        resolved(walk, { asked: host, by: 'ztunnel-dns', answers: [] }),
        ends({
          kind: 'rejected',
          by: placeOf(walk.source),
          code: 'dns-failed',
          error: found.error,
          clientSees: { kind: 'dns-error' },
        }),
      )
    case 'not-read':
      return after(
        resolved(walk, { asked: host, by: 'ztunnel-dns', answers: [] }),
        undetermined('decision', found.service, 'record-not-read'),
      )
    case 'unknown':
      return (
        viaRoutes(walk) ??
        after(resolved(walk, { asked: host, by: 'cluster-dns', answers: [] }), undetermined('dns-answer', found.name))
      )
  }
}

/** Nothing tells what the cluster DNS answers, but the client's sidecar routes by the name: any address of it will do. */
const viaRoutes = (walk: Walk): Path | undefined => {
  const { source, world, request } = walk
  const sidecar = source.kind === 'pod' ? sidecarOf(world, source.pod) : undefined
  const ip = addressInRoutes(sidecar, request.host)
  if (ip === undefined) return undefined
  return after(
    resolved(walk, { asked: request.host, by: 'sidecar-routes', answers: [ip] }),
    connect(walk, ip, request.port),
  )
}

/** DNS is captured, but no ztunnel answers on the port it is sent to. */
const dnsIsDead = ({ source, world }: Walk): boolean => source.kind === 'pod' && dnsWay(world, source.pod).to === 'dead'

/** The node whose ztunnel is asked first, and may know more names than the cluster DNS, where its state was not collected. */
const nodeOfUnreadDns = ({ source, world }: Walk): string | undefined =>
  source.kind === 'pod' && world.ztunnelOn(source.pod.node) === undefined && dnsWay(world, source.pod).to === 'ztunnel'
    ? source.pod.node
    : undefined

/** The client takes addresses of one family, in an order that the DNS shuffles. */
const viaAddresses = (walk: Walk, found: Resolution & { kind: 'found' }): Path => {
  const family = familyOf(found.addresses[0])
  const usable = found.addresses.filter(address => familyOf(address) === family)
  return after(
    resolved(walk, { asked: walk.request.host, by: found.by, answers: usable }, found.evidence),
    forked(
      'dns-answers',
      usable.map(address => ({
        probability: 1 / usable.length,
        chose: address,
        ...connect(walk, address, walk.request.port),
      })),
    ),
  )
}

const resolved = (walk: Walk, detail: StepDetails['name'], evidence: readonly Evidence[] = []): Hop => {
  const asksZtunnel = detail.by === 'ztunnel-dns' || detail.by === 'nobody'
  const way = asksZtunnel && walk.source.kind === 'pod' ? dnsWay(walk.world, walk.source.pod) : undefined
  const { rule } = way ?? {}
  return hop(
    'resolve',
    placeOf(walk.source),
    [step('name', { ...detail, ...(rule !== undefined && { rule }) }, [...evidence, ...(way?.evidence ?? [])])],
    detail.by === 'cluster-dns' && detail.answers.length > 0
      ? [{ about: 'cluster-dns', subject: detail.asked }]
      : way?.assumed,
  )
}

/** The TCP connection leaves the client. */
const connect = (walk: Walk, ip: string, port: number): Path => {
  const { source, world } = walk
  const to = { ip, port }
  if (source.kind !== 'pod') {
    const peer = source.ip === undefined ? {} : { address: source.ip }
    const leaving = source.kind === 'node' ? captureFromNode(world, source.node, to) : undefined
    if (leaving === undefined) return connectPlain(walk, to, peer, direct)
    const { hop: exit, lost } = leaving
    return after(
      exit,
      lost
        ? ends({ kind: 'rejected', by: exit.place, code: 'packet-lost', clientSees: direct.silent })
        : connectPlain(walk, to, peer, direct),
    )
  }
  const { pod, ip: sourceIp } = source
  const sidecar = sidecarOf(world, pod, to.ip)
  if (sidecar !== undefined) return throughSidecar(walk, pod, sidecar, to)
  const capture = captureOut(world, pod, to)
  if (pod.ips.includes(ip) && !pod.hostNetwork)
    return after(capture.hop, deliver(walk, pod, port, ip, { address: sourceIp }, direct))
  const end = stopped(pod, capture, direct)
  if (end !== undefined) return end
  if (capture.outcome === 'captured') return after(capture.hop, outbound(walk, pod, sourceIp, to))
  return after(capture.hop, connectPlain(walk, to, { address: sourceIp }, direct))
}

const clientOf = (walk: Walk): Parameters<typeof resolveName>[2] => {
  const { source, world, request } = walk
  const pod = source.kind === 'pod' ? source.pod : undefined
  const proxy = pod === undefined ? undefined : proxyOf(world, pod)
  return {
    ...(pod !== undefined && { namespace: pod.namespace }),
    families: request.family === undefined ? familiesOf(pod) : [request.family],
    domain: world.mesh.ztunnels[0]?.config.clusterDomain || 'cluster.local',
    ...(proxy !== undefined && { proxy }),
  }
}

/** A client asks for the families that it has an address of, IPv6 first (RFC 6724). */
const familiesOf = (pod: Pod | undefined): readonly Family[] => {
  const own = new Set(pod?.ips.map(familyOf) ?? [4])
  return ([6, 4] as const).filter(family => own.has(family))
}

const podAddress = ({ world, request }: Walk, host: string): string => {
  const [namespace = '', name = ''] = host.split('/')
  const ip = world
    .podNamed(namespace, name)
    ?.ips.find(address => request.family === undefined || familyOf(address) === request.family)
  if (ip !== undefined) return ip
  const near = world.pods.filter(pod => pod.namespace === namespace && pod.ips.length > 0)
  throw new UserError('usage', `no pod with an address is called "${host}"`, {
    next:
      near.length === 0
        ? []
        : [
            `one of: ${near
              .map(pod => `${pod.namespace}/${pod.name}`)
              .slice(0, 8)
              .join(', ')}`,
          ],
  })
}
