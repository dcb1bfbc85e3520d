import type { Evidence } from '#model/evidence.ts'
import type { Protocol } from './connection.ts'
import type { Family, Ip, Prefix } from './ip.ts'
import type { Routing } from './routes.ts'
import type { SetTest } from './sets.ts'
import type { Socket } from './sockets.ts'

export interface Address {
  readonly ip: Ip
  /** The subnet it stands in. */
  readonly prefix: Prefix
  readonly scope: 'global' | 'site' | 'link' | 'host'
  readonly secondary: boolean
}

export interface Device {
  readonly name: string
  readonly index: number
  readonly loopback: boolean
  readonly bridge: boolean
  readonly up: boolean
  readonly addresses: readonly Address[]
  /** GENEVE or VXLAN with a fixed far end. */
  readonly tunnel: { readonly id: number; readonly remote: Ip; readonly port: number } | undefined
}

/** The programs that the eBPF generation attaches (specs/redirection.md §4.1). */
export type ProgramName = 'app_outbound' | 'app_inbound' | 'ztunnel_host_ingress' | 'ztunnel_tproxy' | 'ztunnel_ingress'

export interface NodeMaps {
  /** By pod address. */
  readonly apps: ReadonlyMap<Ip, { readonly ifindex: number }>
  readonly ztunnel: { readonly ifindex: number; readonly captureDns: boolean } | undefined
  readonly host: Ip | undefined
}

export interface AttachedProgram {
  readonly name: string
  /** Undefined: not one of Istio's. */
  readonly known: ProgramName | undefined
  readonly evidence: Evidence
}

export interface Programs {
  at(dev: string, direction: 'ingress' | 'egress'): AttachedProgram | undefined
  readonly maps: NodeMaps | undefined
}

/** What a rule can see of its namespace besides the packet. */
export interface Surroundings {
  readonly name: string
  readonly devices: ReadonlyMap<string, Device>
  readonly routing: Readonly<Record<Family, Routing | undefined>>
  /** `net.ipv4.conf.eth0.rp_filter`; undefined when not recorded. */
  sysctl(name: string): number | undefined
  /** Something in this namespace needs conntrack, so it is on. */
  tracks(family: Family): boolean
  readonly sockets: readonly Socket[]
  /** Whether somebody recorded who listens; else any port may have a listener. */
  knowsListeners(protocol: Protocol): boolean
  set(name: string, table?: string): SetTest | undefined
  readonly programs: Programs
}

export const isLocal = (kernel: Surroundings, ip: Ip): boolean =>
  kernel.routing[typeof ip === 'number' ? 4 : 6]?.localType(ip) === 'local'

/** `conf.all` or `conf.<dev>`, whichever is larger, as the kernel combines most per-device switches. */
export const combined = (kernel: Surroundings, name: string, dev: string): number =>
  Math.max(kernel.sysctl(`net.ipv4.conf.all.${name}`) ?? 0, kernel.sysctl(`net.ipv4.conf.${dev}.${name}`) ?? 0)

export const forwards = (kernel: Surroundings, family: Family, dev: string): boolean =>
  family === 6
    ? (kernel.sysctl('net.ipv6.conf.all.forwarding') ?? 0) !== 0
    : (kernel.sysctl(`net.ipv4.conf.${dev}.forwarding`) ?? kernel.sysctl('net.ipv4.ip_forward') ?? 0) !== 0
