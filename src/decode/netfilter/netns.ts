import { Issues } from '#decode/json/at.ts'
import { parseJson } from '#decode/json/parse.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { IptablesTable, Netns, NetnsFile, NetnsSubject, NftTable, Ruleset } from '#model/netfilter.ts'
import { readBpf } from './bpf.ts'
import { readBpfDump, readBpfNet, readBpfPrograms, readTcFilters } from './bpf-text.ts'
import { readConntrack } from './conntrack.ts'
import { mergeLinks, readLinks } from './ip/link.ts'
import { readLinksText } from './ip/link-text.ts'
import { type ReadRoute, readRoutesJson, readRoutesText } from './ip/route.ts'
import { readRulesJson, readRulesText } from './ip/rule.ts'
import { readIpsets } from './ipset.ts'
import { readIptables } from './iptables/save.ts'
import { readNftJson } from './nft/json.ts'
import { readNftText } from './nft/text.ts'
import { readSockets } from './sockets.ts'

/** What one file told, before the best of several that tell the same is chosen. */
interface Told<T> {
  readonly value: T
  readonly family: 4 | 6
  readonly json: boolean
  readonly file: string
}

interface Readings {
  readonly iptables: { readonly tables: readonly IptablesTable[]; readonly ruleset: Ruleset }[]
  readonly nft: { readonly tables: readonly NftTable[]; readonly ruleset: Ruleset; readonly json: boolean }[]
  readonly rules: Told<ReturnType<typeof readRulesJson>>[]
  readonly routes: Told<readonly ReadRoute[]>[]
  readonly ipsets: ReturnType<typeof readIpsets>[]
  readonly links: ReturnType<typeof readLinks>[]
  readonly sockets: ReturnType<typeof readSockets>[]
  readonly conntrack: ReturnType<typeof readConntrack>[]
  readonly bpf: ReturnType<typeof readBpf>[]
  readonly sysctls: Map<string, string>
}

/** One network namespace from the outputs that were collected in it. */
export const decodeNetns = (subject: NetnsSubject, files: readonly NetnsFile[]): Netns => {
  const found: Readings = {
    iptables: [],
    nft: [],
    rules: [],
    routes: [],
    ipsets: [],
    links: [],
    sockets: [],
    conntrack: [],
    bpf: [],
    sysctls: new Map(),
  }
  const issues: DecodeIssue[] = []
  for (const file of files) {
    const noted = new Issues(file.file)
    readers[file.kind]?.(file, noted, found)
    issues.push(...noted.list)
  }
  const { tables: iptables, rulesets } = chosenIptables(found.iptables)
  const nft = found.nft.toSorted(
    (left, right) => rankOf(left.ruleset) - rankOf(right.ruleset) || +right.json - +left.json,
  )[0]
  return {
    subject,
    files,
    rulesets: [...rulesets, ...(nft === undefined ? [] : [nft.ruleset])],
    iptables,
    nft: (nft?.tables ?? []).map(table => ({ ...table, managed: isManaged(table, iptables) })),
    ipsets: fullest(found.ipsets),
    policyRules: { 4: rulesOf(found.rules, 4), 6: rulesOf(found.rules, 6) },
    routes: { 4: routesOf(found.routes, 4), 6: routesOf(found.routes, 6) },
    links: found.links.length === 0 ? undefined : mergeLinks(found.links),
    sysctls: found.sysctls,
    ...socketsOf(found.sockets),
    conntrack: found.conntrack.length === 0 ? undefined : found.conntrack.flat(),
    bpf: {
      maps: found.bpf.flatMap(({ maps = [] }) => maps),
      programs: found.bpf.flatMap(({ programs = [] }) => programs),
      attachments: found.bpf.find(({ attachments }) => attachments !== undefined)?.attachments,
      filters: found.bpf.flatMap(({ filters = [] }) => filters),
    },
    issues,
  }
}

type Reader = (file: NetnsFile, issues: Issues, found: Readings) => void

const bpfReader: Reader = (file, issues, found) => {
  found.bpf.push(readBpf(jsonOf(file, issues), issues))
}

const readers: Readonly<Record<string, Reader>> = {
  'iptables-save': ({ file, text, family }, issues, found) => {
    const backEnd = /legacy/.test(file.replace(/^.*\//, '')) ? 'iptables-legacy' : undefined
    found.iptables.push(readIptables(text, { file, family, backEnd }, issues))
  },
  'nft-json': (file, issues, found) => {
    const tables = readNftJson(jsonOf(file, issues), issues)
    found.nft.push({ tables, ruleset: nftRuleset(file, 'kernel'), json: true })
  },
  'nft-text': (file, issues, found) => {
    const tables = readNftText(file.text, issues)
    const intended = /^\s*(add|create|insert|flush) /m.test(file.text)
    found.nft.push({ tables, ruleset: nftRuleset(file, intended ? 'intended' : 'kernel'), json: false })
  },
  'ip-rule-json': (file, issues, found) => {
    found.rules.push({ value: readRulesJson(jsonOf(file, issues), issues), ...told(file, true) })
  },
  'ip-rule': (file, issues, found) => {
    found.rules.push({ value: readRulesText(file.text, issues), ...told(file, false) })
  },
  'ip-route-json': (file, issues, found) => {
    const value = readRoutesJson(jsonOf(file, issues), file.family ?? 4, issues)
    found.routes.push({ value, ...told(file, true) })
  },
  'ip-route': (file, issues, found) => {
    found.routes.push({ value: readRoutesText(file.text, file.family ?? 4, issues), ...told(file, false) })
  },
  'ip-addr-json': (file, issues, found) => {
    found.links.unshift(readLinks(jsonOf(file, issues), issues))
  },
  'ip-link-json': (file, issues, found) => {
    found.links.push(readLinks(jsonOf(file, issues), issues))
  },
  'ipset-save': ({ text }, issues, found) => {
    found.ipsets.push(readIpsets(text, issues))
  },
  'ipset-list': ({ text }, issues, found) => {
    found.ipsets.push(readIpsets(text, issues))
  },
  'ipset-xml': ({ text }, issues, found) => {
    found.ipsets.push(readIpsets(text, issues))
  },
  ss: ({ text }, issues, found) => {
    found.sockets.push(readSockets(text, issues))
  },
  conntrack: ({ text }, issues, found) => {
    found.conntrack.push(readConntrack(text, issues))
  },
  sysctl: ({ text }, _issues, found) => {
    for (const [, name = '', value = ''] of text.matchAll(/^([\w./*-]+)\s*=\s*(.*)$/gm))
      found.sysctls.set(name.replaceAll('/', '.'), value.trim())
  },
  'ip-link': ({ text }, issues, found) => {
    found.links.push(readLinksText(text, issues))
  },
  'tc-text': ({ text }, issues, found) => {
    found.bpf.push({ filters: readTcFilters(text, issues) })
  },
  'bpf-net': ({ text }, issues, found) => {
    found.bpf.push({ attachments: readBpfNet(text, issues) })
  },
  'bpf-dump': ({ text }, issues, found) => {
    found.bpf.push({ maps: readBpfDump(text, issues) })
  },
  'bpf-programs': ({ text }, issues, found) => {
    found.bpf.push({ programs: readBpfPrograms(text, issues) })
  },
  'tc-json': bpfReader,
  'bpf-json': bpfReader,
}

const jsonOf = ({ text }: NetnsFile, issues: Issues): unknown => {
  const parsed = parseJson(text)
  if (parsed.ok) return parsed.value
  issues.add('', 'JSON', parsed.message)
  return undefined
}

const told = ({ family, file }: NetnsFile, json: boolean) => ({ family: family ?? 4, json, file }) as const

const nftRuleset = ({ file }: NetnsFile, source: Ruleset['source']): Ruleset => ({
  backEnd: 'nft',
  family: 'both',
  source,
  file,
})

const rankOf = ({ source }: Ruleset): number => (source === 'kernel' ? 0 : 1)

/** What the kernel said outranks what a restore asked for; of two that tell the same back end, the one with counters. */
const chosenIptables = (
  readings: Readings['iptables'],
): { readonly tables: readonly IptablesTable[]; readonly rulesets: readonly Ruleset[] } => {
  const best = new Map<string, Readings['iptables'][number]>()
  const byRank = readings.toSorted(
    (left, right) =>
      rankOf(left.ruleset) - rankOf(right.ruleset) || +hasCounters(right.tables) - +hasCounters(left.tables),
  )
  for (const reading of byRank) {
    const { family, backEnd, source } = reading.ruleset
    const told = [...best.values()].some(({ ruleset }) => ruleset.family === family && ruleset.source === 'kernel')
    const key = `${family} ${backEnd}`
    if (!best.has(key) && (source === 'kernel' || !told)) best.set(key, reading)
  }
  const chosen = [...best.values()]
  return { tables: chosen.flatMap(({ tables }) => tables), rulesets: chosen.map(({ ruleset }) => ruleset) }
}

const hasCounters = (tables: readonly IptablesTable[]): boolean =>
  tables.some(({ chains }) => chains.some(({ rules }) => rules.some(({ counter }) => (counter?.packets ?? 0) > 0)))

/** Both tools list a table of iptables-nft; iptables-save keeps what nft does not print. */
const isManaged = ({ family, name }: NftTable, iptables: readonly IptablesTable[]): boolean =>
  iptables.some(
    table =>
      table.backEnd !== 'iptables-legacy' && table.name === name && family === (table.family === 4 ? 'ip' : 'ip6'),
  )

/** Of several `ss` of one protocol the first counts: the others would show the same sockets again. */
const socketsOf = (readings: Readings['sockets']): Pick<Netns, 'listeners' | 'listenerProtocols'> => {
  const tcp = readings.find(({ tcp }) => tcp !== undefined)?.tcp
  const udp = readings.find(({ udp }) => udp !== undefined)?.udp
  return {
    listeners: tcp === undefined && udp === undefined ? undefined : [...(tcp ?? []), ...(udp ?? [])],
    listenerProtocols: [...(tcp === undefined ? [] : ['tcp' as const]), ...(udp === undefined ? [] : ['udp' as const])],
  }
}

const fullest = <T>(lists: readonly (readonly T[])[]): readonly T[] | undefined =>
  lists.reduce<readonly T[] | undefined>(
    (best, list) => (best === undefined || list.length > best.length ? list : best),
    undefined,
  )

const rulesOf = (tellings: Readings['rules'], family: 4 | 6): Netns['policyRules'][4] =>
  tellings
    .filter(told => told.family === family)
    .toSorted(jsonFirst)
    .find(({ value }, index, all) => value.length > 0 || index === all.length - 1)?.value

const jsonFirst = (left: { readonly json: boolean }, right: { readonly json: boolean }): number =>
  Number(right.json) - Number(left.json)

/** A file that was asked for this family first, then one that shows both. */
const routesOf = (tellings: Readings['routes'], family: 4 | 6): Netns['routes'][4] => {
  const ranked = tellings
    .map(({ value, ...rest }) => ({
      ...rest,
      own: rest.family === family,
      value: value.filter(([of]) => of === family),
    }))
    .filter(({ own, value }) => own || value.length > 0)
    .toSorted((left, right) => Number(right.own) - Number(left.own) || jsonFirst(left, right))
  const best = ranked.find(({ value }) => value.length > 0) ?? ranked[0]
  return best?.value.map(([, route]) => route)
}
