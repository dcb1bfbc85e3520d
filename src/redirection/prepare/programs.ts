import type { BpfMap } from '#model/bpf.ts'
import type { Netns, NftTable } from '#model/netfilter.ts'
import { fromBytes, type Ip } from '../ip.ts'
import type { AttachedProgram, NodeMaps, ProgramName, Programs } from '../surroundings.ts'

const known: ReadonlySet<string> = new Set<ProgramName>([
  'app_outbound',
  'app_inbound',
  'ztunnel_host_ingress',
  'ztunnel_tproxy',
  'ztunnel_ingress',
])
const isKnown = (name: string): name is ProgramName => known.has(name)

/** bpftool and tc print a program as `app_outbound:[*fsobj]`, and cut long names: `ztunnel_host_in`. */
const programName = (printed: string): Pick<AttachedProgram, 'name' | 'known'> => {
  const name = printed.split(':')[0] ?? printed
  if (isKnown(name)) return { name, known: name }
  const cut = name.length === 15 ? [...known].find(full => full.startsWith(name)) : undefined
  return { name, known: cut !== undefined && isKnown(cut) ? cut : undefined }
}

/** Chains of nft on the way in or out of a device are not walked through: a packet that meets one is left open. */
const deviceChains = (tables: readonly NftTable[]) =>
  tables
    .filter(({ managed, flags }) => !managed && !flags.includes('dormant'))
    .flatMap(({ family, name, chains }) =>
      chains.flatMap(({ name: chain, base, rules, evidence }) => {
        const { hook, policy, devices } = base ?? {}
        if ((hook !== 'ingress' && hook !== 'egress') || (rules.length === 0 && policy !== 'drop')) return []
        return [{ hook, devices, program: { name: `${family} ${name} ${chain}`, known: undefined, evidence } }]
      }),
    )

export const preparePrograms = ({ bpf, nft }: Pick<Netns, 'bpf' | 'nft'>): Programs => {
  const chains = deviceChains(nft)
  const places = new Map<string, AttachedProgram>()
  for (const { device, at, program, evidence } of bpf.attachments ?? [])
    if (at === 'tc-ingress' || at === 'tc-egress')
      places.set(`${device} ${at.slice(3)}`, { ...programName(program), evidence })
  for (const { device, direction, program, kind, evidence } of bpf.filters)
    if (device !== undefined && direction !== undefined && kind === 'bpf' && program !== undefined) {
      const place = `${device} ${direction}`
      if (!places.has(place)) places.set(place, { ...programName(program), evidence })
    }
  return {
    at: (dev, direction) =>
      chains.find(({ hook, devices }) => hook === direction && (devices?.includes(dev) ?? dev !== 'lo'))?.program ??
      places.get(`${dev} ${direction}`),
    maps: nodeMaps(bpf.maps),
  }
}

/** app_info, ztunnel_info and host_ip_info (specs/redirection.md §4.2); undefined unless all were dumped. */
const nodeMaps = (maps: readonly BpfMap[]): NodeMaps | undefined => {
  const entries = (name: string) => maps.find(map => map.name === name && map.entries !== undefined)?.entries
  const apps = entries('app_info')
  const ztunnel = entries('ztunnel_info')?.[0]?.value
  const host = entries('host_ip_info')?.[0]?.value
  if (apps === undefined || ztunnel === undefined || host === undefined) return undefined
  const index = littleEndian(ztunnel.slice(0, 4))
  return {
    apps: new Map<Ip, { readonly ifindex: number }>(
      apps.map(({ key, value }) => [fromBytes(key), { ifindex: littleEndian(value.slice(0, 4)) }]),
    ),
    ztunnel: index === 0 ? undefined : { ifindex: index, captureDns: ((ztunnel[10] ?? 0) & 1) === 1 },
    host: fromBytes(host.slice(12)),
  }
}

const littleEndian = (bytes: readonly number[]): number => bytes.reduceRight((all, byte) => all * 256 + byte, 0)
