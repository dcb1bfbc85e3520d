import { readIp } from '#redirection/ip.ts'
import type { Kernel } from '#redirection/kernel.ts'
import type { Socket } from '#redirection/sockets.ts'
import type { Port } from '#redirection/topology.ts'
import { plainKernel } from './plain.ts'

/** The namespaces that the recording harness built around the recorded ones: see `topology` in vectors.json. */
const worldAddresses = ['10.244.2.20', '10.96.0.50', '10.96.0.10', '93.184.216.34', '169.254.169.254', '169.254.7.127']
const worldAddresses6 = ['fd00:10:244:2::20', 'fd00:10:96::50', 'fd00:10:96::a', '2001:db8::34']

export interface ListenerSpec {
  readonly name: string
  readonly port: number
  /** Wildcards of both families when left out. */
  readonly address?: string
  readonly protocol?: 'tcp' | 'udp'
  readonly mark?: number
  readonly transparent?: boolean
}

export const socketsOf = (netns: string, specs: readonly ListenerSpec[]): Socket[] =>
  specs.flatMap(({ name, port, address, protocol = 'tcp', mark = 0, transparent = false }) => {
    const ip = address === undefined ? undefined : readIp(address)
    const families = ip === undefined ? ([4, 6] as const) : typeof ip === 'number' ? ([4] as const) : ([6] as const)
    return families.map(
      (family): Socket => ({
        netns,
        name,
        family,
        protocol,
        address: ip,
        port,
        dual: false,
        mark,
        transparent,
        uid: 0,
        gid: 0,
        dev: undefined,
      }),
    )
  })

export const podListeners = (transparent: boolean): ListenerSpec[] => [
  ...[
    ['ztunnel-outbound:15001', 15001] as const,
    ['ztunnel-inbound-plaintext:15006', 15006] as const,
    ['ztunnel-inbound-hbone:15008', 15008] as const,
  ].map(([name, port]) => ({ name, port, mark: 0x539, transparent })),
  ...['127.0.0.1', '::1'].flatMap((address): ListenerSpec[] => [
    { name: 'ztunnel-dns-tcp:15053', port: 15053, address, mark: 0x539 },
    { name: 'ztunnel-dns-udp:15053', port: 15053, address, mark: 0x539, protocol: 'udp' },
  ]),
  { name: 'app:8080', port: 8080 },
  { name: 'app-udp:9999', port: 9999, protocol: 'udp' },
  { name: 'app-localhost:9090', port: 9090, address: '127.0.0.1' },
]

export const nodeEraZtunnelListeners: readonly ListenerSpec[] = [
  { name: 'ztunnel-outbound:15001', port: 15001, transparent: true },
  { name: 'ztunnel-inbound-plaintext:15006', port: 15006, transparent: true },
  { name: 'ztunnel-inbound-hbone:15008', port: 15008, transparent: true },
  { name: 'ztunnel-dns-udp:15053', port: 15053, protocol: 'udp' },
  { name: 'ztunnel-ready:15021', port: 15021 },
]

export const world = (options: { readonly vm: boolean; readonly services: boolean }): Kernel =>
  plainKernel({
    name: 'world',
    devices: [
      { name: 'lo2', addresses: [...worldAddresses.map(a => `${a}/32`), ...worldAddresses6.map(a => `${a}/128`)] },
      { name: 'eth0', addresses: ['172.18.0.1/16', 'fc00:f853:ccd:e793::1/64'] },
    ],
    routes: [
      { to: '10.244.1.0/24', dev: 'eth0', via: '172.18.0.2' },
      { to: 'fd00:10:244:1::/64', dev: 'eth0', via: 'fc00:f853:ccd:e793::2' },
      ...(options.vm ? [{ to: '192.168.50.0/24', dev: 'eth0', via: '172.18.0.2' }] : []),
      ...(options.services ? [{ to: '10.96.7.7/32', dev: 'eth0', via: '172.18.0.2' }] : []),
    ],
    sockets: socketsOf('world', [
      ...[80, 443, 53, 8080, 15008, 15001].map(port => ({ name: `world:${port}`, port })),
      ...[53, 9999].flatMap(port =>
        [...worldAddresses, ...worldAddresses6].map(
          (address): ListenerSpec => ({ name: `world-udp:${port}`, port, address, protocol: 'udp' }),
        ),
      ),
    ]),
  })

/** `node` of the in-pod captures, which record only the pod. */
export const plainNode = (vm: boolean): Kernel =>
  plainKernel({
    name: 'host',
    forwards: true,
    devices: [
      { name: 'eth0', addresses: ['172.18.0.2/16', 'fc00:f853:ccd:e793::2/64'] },
      { name: 'vethpod', addresses: ['10.244.1.1/32', 'fd00:10:244:1::1/128'] },
    ],
    routes: [
      { to: '10.244.1.10/32', dev: 'vethpod' },
      { to: 'fd00:10:244:1::10/128', dev: 'vethpod' },
      { to: 'default', dev: 'eth0', via: '172.18.0.1' },
      { to: 'default6', dev: 'eth0', via: 'fc00:f853:ccd:e793::1' },
      ...(vm ? [{ to: '192.168.50.0/24', dev: 'vethpod', via: '10.244.1.10' }] : []),
    ],
    sockets: [],
  })

export const plainPod = (name: string, ip: string, ip6: string): Kernel =>
  plainKernel({
    name,
    devices: [{ name: 'eth0', addresses: [`${ip}/32`, `${ip6}/128`] }],
    routes: [
      { to: '10.244.1.1/32', dev: 'eth0', src: ip },
      { to: '10.244.1.0/24', dev: 'eth0', via: '10.244.1.1', src: ip },
      { to: 'default', dev: 'eth0', via: '10.244.1.1' },
      { to: 'fd00:10:244:1::1/128', dev: 'eth0' },
      { to: 'default6', dev: 'eth0', via: 'fd00:10:244:1::1' },
    ],
    sockets: socketsOf(name, [
      { name: `${name}:8080`, port: 8080 },
      { name: `${name}:15008`, port: 15008 },
      { name: `${name}-udp:9999`, port: 9999, protocol: 'udp' },
    ]),
  })

/** The virtual machine behind the pod's `vif0`. */
export const machine = (): Kernel =>
  plainKernel({
    name: 'vm',
    devices: [{ name: 'eth0', addresses: ['192.168.50.2/24'] }],
    routes: [{ to: 'default', dev: 'eth0', via: '192.168.50.1' }],
    sockets: [],
  })

export const wire = (left: string, leftDev: string, right: string, rightDev: string): readonly [Port, Port] => [
  { netns: left, dev: leftDev },
  { netns: right, dev: rightDev },
]
