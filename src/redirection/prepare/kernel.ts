import type { IptablesTable, Netns, NetnsSubject, NftTable } from '#model/netfilter.ts'
import type { BaseChain } from '../chains.ts'
import type { Family } from '../ip.ts'
import type { Hooks, Kernel } from '../kernel.ts'
import type { Hook } from '../stage.ts'
import { prepareDevices } from './devices.ts'
import { sortedHooks } from './hooks.ts'
import { prepareSets } from './ipsets.ts'
import { iptablesChains, usesConntrack } from './iptables.ts'
import { isConsulted, nftChains, nftUsesConntrack } from './nft.ts'
import { preparePrograms } from './programs.ts'
import { prepareRouting } from './routing.ts'
import { prepareSocket } from './sockets.ts'

/** Makes one recorded namespace ready to be walked through; rules are only prepared when a packet reaches them. */
export const prepareKernel = (netns: Netns, name: string = netnsName(netns.subject)): Kernel => {
  const chains: Readonly<Record<Family, readonly BaseChain[]>> = { 4: chainsOf(netns, 4), 6: chainsOf(netns, 6) }
  const hooks: Record<Family, Map<Hook, Hooks>> = { 4: new Map(), 6: new Map() }
  const tracks = { 4: tracksOf(netns, 4), 6: tracksOf(netns, 6) }
  const { listeners = [], listenerProtocols } = netns
  const sets = prepareSets(netns.ipsets ?? [])
  return {
    name,
    devices: prepareDevices(netns.links ?? []),
    routing: {
      4: prepareRouting(4, netns.policyRules[4], netns.routes[4]),
      6: prepareRouting(6, netns.policyRules[6], netns.routes[6]),
    },
    sysctl: key => numberOf(netns.sysctls.get(key)),
    hooks: (family, hook) => {
      const ready = hooks[family].get(hook) ?? sortedHooks(chains[family], hook)
      hooks[family].set(hook, ready)
      return ready
    },
    tracks: family => tracks[family],
    sockets: listeners.map(listener => prepareSocket(name, listener)),
    knowsListeners: protocol => listenerProtocols.some(known => known === protocol),
    set: wanted => sets.get(wanted),
    programs: preparePrograms(netns),
  }
}

/** A name for the namespace in results: `pod shop/web-7c9`, `node n1`. */
export const netnsName = (subject: NetnsSubject): string => {
  switch (subject.kind) {
    case 'pod':
      return `pod ${subject.namespace}/${subject.pod ?? subject.app ?? '?'}`
    case 'unknown':
      return 'netns'
    default:
      return subject.node === undefined ? subject.kind : `${subject.kind} ${subject.node}`
  }
}

const numberOf = (text: string | undefined): number | undefined => {
  const number = Number(text)
  return text === undefined || text === '' || Number.isNaN(number) ? undefined : number
}

const chainsOf = ({ iptables, nft, rulesets }: Netns, family: Family): readonly BaseChain[] => {
  const intended = new Set(rulesets.filter(({ source }) => source === 'intended').map(({ file }) => file))
  const held = iptables.filter(table => table.family === family && !intended.has(table.file))
  return [
    ...held.flatMap(table => iptablesChains(table, placeOf(table, nft))),
    ...nft.flatMap((table, place) =>
      isConsulted(table, family) && !intended.has(table.file) ? nftChains(table, place) : [],
    ),
  ]
}

/** A legacy table has no place in the nft listing. */
const placeOf = (table: IptablesTable, nft: readonly NftTable[]): number | undefined => {
  if (table.backEnd === 'iptables-legacy') return undefined
  const family = table.family === 4 ? 'ip' : 'ip6'
  const place = nft.findIndex(of => of.managed && of.family === family && of.name === table.name)
  return place < 0 ? undefined : place
}

const tracksOf = ({ iptables, nft }: Netns, family: Family): boolean =>
  iptables.some(table => table.family === family && usesConntrack(table)) ||
  nft.some(table => isConsulted(table, family) && nftUsesConntrack(table, family))
