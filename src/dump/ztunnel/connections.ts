import type { ConnectionRecord, PodState, Service, ServiceGlance, Workload, WorkloadGlance } from '#model/ztunnel.ts'
import { sortLikeIstioctl } from '../sort-like-istioctl.ts'
import { compareText } from './workloads.ts'

export interface ConnectionRow {
  readonly pod: PodState
  /** Undefined for a pod without connections, which only the wide table shows. */
  readonly connection?: ConnectionRecord
}

export interface ConnectionFilter {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly direction?: 'inbound' | 'outbound' | undefined
  /** Also pods that have none: Pending ones can be seen. */
  readonly idlePods?: boolean
}

export const connectionRows = (pods: Iterable<PodState>, filter: ConnectionFilter): readonly ConnectionRow[] => {
  const { namespace, name, direction, idlePods } = filter
  const wanted = [...pods].filter(
    ({ info }) =>
      (namespace === undefined || info?.namespace === namespace) && (name === undefined || info?.name === name),
  )
  const byName = ({ info: a }: PodState, { info: b }: PodState): number =>
    compareText(a?.namespace ?? '', b?.namespace ?? '') || compareText(a?.name ?? '', b?.name ?? '')
  return sortLikeIstioctl(wanted, byName).flatMap((pod): readonly ConnectionRow[] => {
    const connections = pod.connections.filter(one => direction === undefined || one.direction === direction)
    if (connections.length === 0) return idlePods === true ? [{ pod }] : []
    return connections.map(connection => ({ pod, connection }))
  })
}

/** The three ends of a connection: local, remote, and what the client asked for. */
export interface Ends {
  readonly local: string
  readonly remote: string
  readonly target: string
}

export const endsOf = ({ direction, src, actualDst, originalDst = '' }: ConnectionRecord): Ends =>
  direction === 'inbound'
    ? { local: actualDst, remote: src, target: originalDst }
    : { local: src, remote: actualDst, target: originalDst }

/** `ip:port`, `[ip]:port`; undefined for a name or a text that is neither. */
const splitSocket = (text: string): { readonly ip: string; readonly port: string } | undefined => {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(text)
  return match === null ? undefined : { ip: match[1] ?? match[2] ?? '', port: match[3] ?? '' }
}

/**
 * Names by address as istioctl knows them: the first VIP of a service, else the first address of a workload, whatever the
 * network; the last of several wins. Only what `sockets` name is kept.
 */
export class FirstAddresses {
  private readonly wanted: ReadonlySet<string>
  private readonly services = new Map<string, string>()
  private readonly workloads = new Map<string, string>()

  constructor(sockets: Iterable<string>) {
    this.wanted = addressesIn(sockets)
  }

  addService({ hostname, vips }: ServiceGlance): void {
    const [vip] = vips
    if (vip !== undefined && this.wanted.has(vip.ip)) this.services.set(vip.ip, hostname)
  }

  addWorkload({ name, namespace, workloadIps }: WorkloadGlance): void {
    const [ip] = workloadIps
    if (ip !== undefined && this.wanted.has(ip)) this.workloads.set(ip, `${name}.${namespace}`)
  }

  named(socket: string): string {
    const ends = splitSocket(socket)
    const name = ends && (this.services.get(ends.ip) ?? this.workloads.get(ends.ip))
    return ends === undefined || name === undefined ? socket : joined(name, ends.port)
  }
}

const joined = (host: string, port: string): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)

/** `elsewhere` is the network of a peer that is not on the one that was asked for. */
export type Peer =
  | { readonly kind: 'service'; readonly service: Service; readonly port: string; readonly elsewhere?: string }
  | {
      readonly kind: 'workload'
      readonly workloads: readonly [Workload, ...Workload[]]
      readonly port: string
      readonly elsewhere?: string
    }
  | { readonly kind: 'unknown' }

/**
 * Names by network and address, secondary addresses included; several pods of a node's network share one address. Only what
 * `sockets` name is kept.
 */
export class NetworkAddresses {
  private readonly wanted: ReadonlySet<string>
  private readonly hostnames = new Map<string, Service>()
  private readonly services = new Map<string, Service>()
  private readonly workloads = new Map<string, [Workload, ...Workload[]]>()

  constructor(sockets: Iterable<string>) {
    this.wanted = addressesIn(sockets)
  }

  addService(service: Service): void {
    if (this.wanted.has(service.hostname)) this.hostnames.set(service.hostname, service)
    for (const { network, ip } of service.vips) if (this.wanted.has(ip)) this.services.set(`${network}/${ip}`, service)
  }

  addWorkload(workload: Workload): void {
    for (const ip of workload.workloadIps) {
      if (!this.wanted.has(ip)) continue
      const key = `${workload.network}/${ip}`
      const found = this.workloads.get(key)
      if (found === undefined) this.workloads.set(key, [workload])
      else found.push(workload)
    }
  }

  /** `target` may be the name of a service, as an inbound connection's is. */
  find(network: string, target: string): Peer {
    const { ip, port } = endsOfSocket(target)
    const named = this.hostnames.get(ip)
    if (named !== undefined) return { kind: 'service', service: named, port }
    const key = `${network}/${ip}`
    const service = this.services.get(key)
    if (service !== undefined) return { kind: 'service', service, port }
    const workloads = this.workloads.get(key)
    return workloads === undefined ? { kind: 'unknown' } : { kind: 'workload', workloads, port }
  }

  /** A network gateway is asked for by the network behind it, on which it has its address (specs/ztunnel.md §4.7). */
  findGateway(network: string, target: string): Peer {
    const here = this.find(network, target)
    if (here.kind !== 'unknown') return here
    const end = `/${endsOfSocket(target).ip}`
    for (const key of [...this.services.keys(), ...this.workloads.keys()]) {
      if (!key.endsWith(end)) continue
      const elsewhere = key.slice(0, -end.length)
      const found = this.find(elsewhere, target)
      if (found.kind !== 'unknown') return { ...found, elsewhere }
    }
    return here
  }
}

const addressesIn = (sockets: Iterable<string>): ReadonlySet<string> =>
  new Set([...sockets].map(socket => endsOfSocket(socket).ip))

const endsOfSocket = (text: string) => splitSocket(text) ?? { ip: text, port: '' }
