import { type Family, familyOf, type Ip, readIp, readPrefix } from '#redirection/ip.ts'
import type { Kernel } from '#redirection/kernel.ts'
import { type PolicyRule, type Route, type RouteType, Routing } from '#redirection/routes.ts'
import type { Socket } from '#redirection/sockets.ts'
import type { Device } from '#redirection/surroundings.ts'

export interface PlainDevice {
  readonly name: string
  readonly index?: number
  /** `10.0.0.1/24`. */
  readonly addresses: readonly string[]
}

export interface PlainRoute {
  readonly to: string
  readonly dev: string
  readonly via?: string
  readonly src?: string
}

export interface PlainNetns {
  readonly name: string
  readonly devices: readonly PlainDevice[]
  readonly routes: readonly PlainRoute[]
  readonly forwards?: boolean
  readonly sockets: readonly Socket[]
}

/** A namespace without any rule, as the harness built around the recorded ones. */
export const plainKernel = (netns: PlainNetns): Kernel => {
  const loopback: PlainDevice = { name: 'lo', index: 1, addresses: ['127.0.0.1/8', '::1/128'] }
  const devices = [loopback, ...netns.devices].map((device, index) => asDevice(device, index + 1))
  const routes = [...devices.flatMap(localRoutes), ...netns.routes.map(asRoute)]
  const routing = (family: Family) =>
    new Routing(
      family,
      rules,
      routes.filter(({ prefix }) => familyOf(prefix.base) === family),
      false,
    )
  return {
    name: netns.name,
    devices: new Map(devices.map(device => [device.name, device])),
    routing: { 4: routing(4), 6: routing(6) },
    sysctl: name =>
      name === 'net.ipv4.ip_forward' || name === 'net.ipv6.conf.all.forwarding'
        ? Number(netns.forwards === true)
        : undefined,
    hooks: () => ({ filters: [], nats: [], other: undefined }),
    tracks: () => false,
    sockets: netns.sockets,
    knowsListeners: () => true,
    set: () => undefined,
    programs: { at: () => undefined, maps: undefined },
  }
}

const rules: readonly PolicyRule[] = [
  { priority: 0, table: 'local' },
  { priority: 32766, table: 'main' },
].map(({ priority, table }) => ({
  priority,
  matches: () => true,
  action: { kind: 'lookup', table },
  suppress: undefined,
  text: `${priority}: lookup ${table}`,
  evidence: undefined,
}))

const ip = (text: string): Ip => {
  const found = readIp(text)
  if (found === undefined) throw new Error(`no address: ${text}`)
  return found
}

const asDevice = ({ name, index, addresses }: PlainDevice, position: number): Device => ({
  name,
  index: index ?? position,
  bridge: false,
  loopback: name === 'lo',
  up: true,
  tunnel: undefined,
  addresses: addresses.map(text => ({
    ip: ip(text.split('/')[0] ?? ''),
    prefix: prefixOf(text),
    scope: name === 'lo' && (text.startsWith('127.') || text.startsWith('::1')) ? 'host' : 'global',
    secondary: false,
  })),
})

const prefixOf = (text: string) => {
  const found = readPrefix(text)
  if (found === undefined) throw new Error(`no prefix: ${text}`)
  return found
}

const route = (type: RouteType, to: string, dev: string, table: string, via?: string, src?: string): Route => {
  const prefix = to === 'default' ? { base: 0, length: 0 } : to === 'default6' ? { base: 0n, length: 0 } : prefixOf(to)
  const hop = { dev, gateway: via === undefined ? undefined : ip(via), weight: 1 }
  const preferredSource = src === undefined ? undefined : ip(src)
  return {
    type,
    prefix,
    from: undefined,
    hop,
    hops: [hop],
    preferredSource,
    metric: 0,
    table,
    text: `${type} ${to} dev ${dev}`,
  }
}

const asRoute = ({ to, dev, via, src }: PlainRoute): Route => route('unicast', to, dev, 'main', via, src)

const localRoutes = ({ name, addresses }: Device): Route[] => [
  ...(name === 'lo' ? [route('local', '127.0.0.0/8', 'lo', 'local', undefined, '127.0.0.1')] : []),
  ...addresses.map(address => ({
    ...route('local', '127.0.0.1/32', name, 'local'),
    prefix: { base: address.ip, length: typeof address.ip === 'number' ? 32 : 128 },
    preferredSource: address.ip,
  })),
  ...addresses
    .filter(({ ip: own, prefix }) => prefix.length < (typeof own === 'number' ? 32 : 128) && name !== 'lo')
    .map(address => ({
      ...route('unicast', '0.0.0.0/0', name, 'main'),
      prefix: address.prefix,
      preferredSource: address.ip,
    })),
]
