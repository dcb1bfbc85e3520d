import { evaluate } from './evaluate.ts'
import type { Evaluation } from './fate.ts'
import { type Family, isLinkLocal6, isLoopback, showIp } from './ip.ts'
import type { Kernel } from './kernel.ts'
import type { Packet } from './packet.ts'
import type { Device } from './surroundings.ts'
import { Topology } from './topology.ts'

export type TrafficKind =
  | 'outbound-tcp'
  | 'outbound-own-address'
  | 'outbound-localhost'
  | 'dns-udp'
  | 'dns-tcp'
  | 'outbound-udp'
  | 'outbound-icmp'
  | 'outbound-metadata'
  | 'inbound-plaintext'
  | 'inbound-hbone'
  | 'inbound-udp'
  | 'kubelet-probe'
  | 'ztunnel-outbound'
  | 'ztunnel-to-app'
  | 'virtual-interface'

export interface TrafficRow {
  readonly kind: TrafficKind
  readonly family: Family
  readonly packet: Packet
  readonly evaluation: Evaluation
}

/** What stands for "some other machine", "some resolver": addresses of no cluster (RFC 5737, RFC 3849). */
export const elsewhere: Readonly<Record<Family, string>> = { 4: '203.0.113.10', 6: '2001:db8::10' }
const metadata = '169.254.169.254'
const ztunnelMark = 0x539

/** The probe source of istio-cni's defaults; the real one comes from the rules. */
const defaultProbeSource: Readonly<Record<Family, string>> = {
  4: '169.254.7.127',
  6: 'fd16:9254:7127:1337:ffff:ffff:ffff:ffff',
}

export interface KindsAsked {
  /** Port of the application in the rows; 8080 when left out. */
  readonly appPort?: number
  readonly probeSource?: Readonly<Partial<Record<Family, string>>>
}

/** One row per kind of traffic and address family of a pod's namespace (issue: "a table of traffic kinds × outcome"). */
export const trafficKinds = (kernel: Kernel, asked: KindsAsked = {}): readonly TrafficRow[] => {
  const topology = new Topology([kernel])
  return ([4, 6] as const).flatMap(family => {
    const uplink = uplinkOf(kernel, family)
    const own = uplink === undefined ? undefined : ownAddress(uplink, family)
    if (uplink === undefined || own === undefined) return []
    return packetsOf({ kernel, family, dev: uplink.name, own, asked }).map(([kind, packet]) => ({
      kind,
      family,
      packet,
      evaluation: evaluate(topology, packet),
    }))
  })
}

interface Place {
  readonly kernel: Kernel
  readonly family: Family
  readonly dev: string
  readonly own: string
  readonly asked: KindsAsked
}

const packetsOf = ({ kernel, family, dev, own, asked }: Place): [TrafficKind, Packet][] => {
  const { appPort = 8080, probeSource = {} } = asked
  const there = elsewhere[family]
  const local = { kind: 'local', netns: kernel.name } as const
  const ztunnel = { ...local, mark: ztunnelMark } as const
  const fromOutside = { kind: 'input', netns: kernel.name, dev } as const
  const tcp = 'tcp' as const
  const loopback = family === 4 ? '127.0.0.1' : '::1'
  const rows: [TrafficKind, Packet][] = [
    ['outbound-tcp', { protocol: tcp, destination: there, port: 80, origin: local }],
    ['outbound-own-address', { protocol: tcp, destination: own, port: appPort, origin: local }],
    ['outbound-localhost', { protocol: tcp, destination: loopback, port: appPort, origin: local }],
    ['dns-udp', { protocol: 'udp', destination: there, port: 53, origin: local }],
    ['dns-tcp', { protocol: tcp, destination: there, port: 53, origin: local }],
    ['outbound-udp', { protocol: 'udp', destination: there, port: 9999, origin: local }],
    ['outbound-icmp', { protocol: 'icmp', destination: there, origin: local }],
    ...(family === 4
      ? [
          ['outbound-metadata', { protocol: tcp, destination: metadata, port: 80, origin: local }] as [
            TrafficKind,
            Packet,
          ],
        ]
      : []),
    ['inbound-plaintext', { protocol: tcp, source: there, destination: own, port: appPort, origin: fromOutside }],
    ['inbound-hbone', { protocol: tcp, source: there, destination: own, port: 15008, origin: fromOutside }],
    ['inbound-udp', { protocol: 'udp', source: there, destination: own, port: 9999, origin: fromOutside }],
    [
      'kubelet-probe',
      {
        protocol: tcp,
        source: probeSource[family] ?? defaultProbeSource[family],
        destination: own,
        port: appPort,
        origin: fromOutside,
      },
    ],
    ['ztunnel-outbound', { protocol: tcp, destination: there, port: 80, origin: ztunnel }],
    ['ztunnel-to-app', { protocol: tcp, source: there, destination: own, port: appPort, origin: ztunnel }],
  ]
  for (const device of virtualInterfaces(kernel, dev))
    rows.push(['virtual-interface', behind(kernel, device, family, there)])
  return rows.filter(([, packet]) => packet.source !== '')
}

/** Another host of the interface's own subnet talks to the outside. */
const behind = (kernel: Kernel, device: Device, family: Family, there: string): Packet => {
  const own = device.addresses.find(({ ip }) => (typeof ip === 'number' ? 4 : 6) === family)
  const neighbour = own === undefined ? '' : showIp(typeof own.ip === 'number' ? own.ip + 1 : own.ip + 1n)
  return {
    protocol: 'tcp',
    source: neighbour,
    destination: there,
    port: 80,
    origin: { kind: 'input', netns: kernel.name, dev: device.name },
  }
}

const virtualInterfaces = (kernel: Kernel, uplink: string): Device[] =>
  [...kernel.devices.values()].filter(
    ({ name, loopback, addresses }) => !loopback && name !== uplink && addresses.length > 0,
  )

/** The device of the default route, else the first that has an address. */
export const uplinkOf = (kernel: Kernel, family: Family): Device | undefined => {
  const answer = kernel.routing[family]?.lookup({
    dst: family === 4 ? 0xcb00710a : 0x20010db8000000000000000000000010n,
    src: undefined,
    mark: 0,
    iif: 'lo',
    oif: undefined,
    uid: undefined,
    protocol: 'tcp',
    sport: 0,
    dport: 80,
  })
  if (answer?.kind === 'route' && answer.route.hop.dev !== undefined) return kernel.devices.get(answer.route.hop.dev)
  return [...kernel.devices.values()].find(device => !device.loopback && ownAddress(device, family) !== undefined)
}

export const ownAddress = (device: Device, family: Family): string | undefined => {
  const found = device.addresses.find(
    ({ ip }) => (typeof ip === 'number' ? 4 : 6) === family && !isLoopback(ip) && !isLinkLocal6(ip),
  )
  return found === undefined ? undefined : showIp(found.ip)
}
