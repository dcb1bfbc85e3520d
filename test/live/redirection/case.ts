import { Random } from '../../support/random.ts'
import { iptablesText } from './iptables-grammar.ts'
import { nftText } from './nft-grammar.ts'
import type { Sent } from './sockets.ts'
import { addresses, marks, type NetnsName, ports } from './world.ts'

/** What one namespace is loaded with, in this order. */
export interface Load {
  readonly netns: NetnsName
  /** Shell lines: sets, rules, routes. */
  readonly commands: readonly string[]
  readonly nft: string | undefined
  readonly iptables: readonly { readonly command: string; readonly text: string }[]
  /** Native nft before iptables: decides who is registered last. */
  readonly nftFirst: boolean
}

export interface Case {
  readonly seed: number
  readonly rpFilter: number
  readonly loads: readonly Load[]
  readonly packets: readonly Sent[]
}

const devicesOf: Readonly<Record<NetnsName, readonly string[]>> = {
  pod: ['eth0', 'lo', 'eth+'],
  node: ['vethp', 'eth0', 'lo', 'veth+'],
  world: ['eth0', 'lo'],
}

/** Everything about a case follows from its seed. */
export const makeCase = (seed: number, packetCount: number): Case => {
  const random = new Random(seed)
  const rpFilter = random.pick([0, 0, 1, 2])
  const loads = [makeLoad(random, 'pod'), ...(random.chance(0.6) ? [makeLoad(random, 'node')] : [])]
  const packets = Array.from({ length: packetCount }, (_, index) => makePacket(random, index))
  return { seed, rpFilter, loads, packets }
}

const makeLoad = (random: Random, netns: NetnsName): Load => {
  const devices = devicesOf[netns]
  const iptables: { command: string; text: string }[] = []
  const commands: string[] = []
  const kind = random.pick(['nft', 'nft', 'legacy', 'legacy', 'native', 'nft+native', 'legacy+native'] as const)
  if (kind !== 'native')
    for (const family of [4, 6] as const) {
      const sets = makeSets(random, family, commands)
      const program = `${family === 4 ? 'iptables' : 'ip6tables'}-${kind.startsWith('legacy') ? 'legacy' : 'nft'}-restore`
      iptables.push({ command: program, text: iptablesText({ random, family, devices, sets }) })
    }
  const native = kind.endsWith('native')
  const nft = native ? nftText({ random, devices, sets: [] }, 'drawn') : undefined
  for (const family of [4, 6] as const) commands.push(...policyRouting(random, family, netns))
  return { netns, commands, nft, iptables, nftFirst: random.chance(0.5) }
}

const makeSets = (random: Random, family: 4 | 6, commands: string[]): { name: string; fields: number }[] => {
  const own = addresses[family]
  const member = () => random.pick([own.pod, own.node, own.world, own.gateway, ...own.remote])
  const ip: string = `ip${family}`
  const inet = family === 4 ? 'inet' : 'inet6'
  const sets: { name: string; fields: number }[] = []
  const make = (name: string, type: string, fields: number, members: readonly string[]) => {
    commands.push(`ipset create ${name} ${type} family ${inet}`)
    for (const each of new Set(members)) commands.push(`ipset add -exist ${name} ${each}`)
    sets.push({ name, fields })
  }
  if (random.chance(0.5)) make(`${ip}-hosts`, 'hash:ip', 1, random.times(0, 3, member))
  if (random.chance(0.3))
    make(
      `${ip}-nets`,
      'hash:net',
      1,
      random.times(1, 2, () => `${member()}/${family === 4 ? 24 : 64}`),
    )
  if (random.chance(0.3))
    make(
      `${ip}-ports`,
      'hash:ip,port',
      2,
      random.times(1, 3, () => `${member()},tcp:${random.pick(ports)}`),
    )
  return sets
}

/** The rules of ambient, or others like them. */
const policyRouting = (random: Random, family: 4 | 6, netns: NetnsName): string[] => {
  const ip = `ip -${family}`
  const lines: string[] = []
  if (random.chance(netns === 'pod' ? 0.8 : 0.3)) {
    lines.push(`${ip} route add local default dev lo table 100`)
    lines.push(`${ip} rule add pref 32764 fwmark 0x111/0xfff lookup 100`)
  }
  if (random.chance(0.25)) {
    lines.push(`${ip} route add ${random.pick(['unreachable', 'blackhole', 'prohibit', 'throw'])} default table 101`)
    const condition = random.pick([
      'fwmark 0x1/0x1',
      `from ${addresses[family].remote[0]}`,
      `to ${addresses[family].remote[1]}`,
      'not fwmark 0x0/0xfff iif lo',
      `uidrange ${random.pick(['0-0', '1000-2000'])}`,
    ])
    lines.push(`${ip} rule add pref ${random.pick([200, 32765])} ${condition} lookup 101`)
  }
  if (random.chance(0.1)) lines.push(`${ip} rule add pref 150 fwmark 0x100/0x100 goto 32766`)
  return lines
}

const makePacket = (random: Random, index: number): Sent => {
  const family = random.chance(0.65) ? 4 : 6
  const own = addresses[family]
  const netns = random.pick(['pod', 'pod', 'pod', 'world', 'world', 'node'] as const)
  const near =
    netns === 'pod'
      ? [own.loopback, own.pod, ...own.remote, own.node, own.gateway]
      : [own.pod, own.pod, own.node, ...own.remote]
  const proto = random.chance(0.75) ? 'tcp' : 'udp'
  const spoofed =
    netns === 'world'
      ? random.pick([undefined, ...own.remote])
      : netns === 'pod' && random.chance(0.15)
        ? own.remote[0]
        : undefined
  return {
    netns,
    proto,
    dst: random.pick(near),
    port: proto === 'udp' ? random.pick([53, 9999, 9999]) : random.pick(ports),
    sport: 20000 + index,
    ...(spoofed === undefined ? {} : { src: spoofed }),
    ...(random.chance(0.35) ? { mark: random.pick(marks) } : {}),
  }
}
