import { assertionText, isReport, recordings, reportText, textsForPeople } from './beside.ts'
import { isAgentgatewayDump, isEnvoyConfigDump } from './envoy/dump.ts'
import type { BrokenJson } from './json/parse.ts'
import { parseJson } from './json/parse.ts'
import { hasMembers, isKubernetesObject, isListOf } from './shape.ts'
import { isZtunnelDump } from './ztunnel/dump.ts'
import { listKind } from './ztunnel/list.ts'

/** Which part of the mesh a content belongs to; `aside` is known and says nothing about the mesh's state. */
export type Use = 'ztunnel' | 'envoy' | 'netns' | 'kubernetes' | 'log' | 'metrics' | 'aside'

interface Kind {
  readonly kind: string
  readonly use: Use
  /** Told by a file's name where the content cannot: a command that found nothing prints nothing, or `[]`. */
  readonly empty?: RegExp
}
interface JsonKind extends Kind {
  readonly json: (value: unknown) => boolean
}
interface TextKind extends Kind {
  readonly text: RegExp
}

/** JSON contents, tried in order. */
const jsonKinds = [
  { kind: 'agentgateway-dump', use: 'aside', json: isAgentgatewayDump },
  { kind: 'ztunnel-dump', use: 'ztunnel', json: isZtunnelDump },
  { kind: 'ztunnel-list', use: 'ztunnel', json: value => listKind(value) !== undefined },
  { kind: 'envoy-config-dump', use: 'envoy', json: isEnvoyConfigDump },
  { kind: 'envoy-clusters', use: 'envoy', json: value => hasMembers(value, 'cluster_statuses') },
  { kind: 'envoy-listeners', use: 'envoy', json: value => hasMembers(value, 'listener_statuses') },
  { kind: 'envoy-server-info', use: 'envoy', json: value => hasMembers(value, 'state', 'command_line_options') },
  { kind: 'snapshot-index', use: 'aside', json: value => hasMembers(value, 'schemaVersion', 'items') },
  { kind: 'report', use: 'aside', json: isReport },
  { kind: 'kubernetes', use: 'kubernetes', json: isKubernetesObject },
  // Read only when it is named: istiod's /debug/configz, which saved states often hold, is such a list of derived objects.
  { kind: 'kubernetes-array', use: 'kubernetes', json: value => isListOf(value, 'apiVersion', 'kind', 'metadata') },
  { kind: 'nft-json', use: 'netns', json: value => hasMembers(value, 'nftables') },
  { kind: 'ip-rule-json', use: 'netns', json: value => isListOf(value, 'priority', 'src'), empty: /^ip6?-rule/ },
  { kind: 'ip-addr-json', use: 'netns', json: value => isListOf(value, 'ifname', 'addr_info') },
  { kind: 'ip-link-json', use: 'netns', json: value => isListOf(value, 'ifname', 'link_type') },
  { kind: 'ip-route-json', use: 'netns', json: value => isListOf(value, 'dst', 'flags'), empty: /^ip6?-route/ },
  {
    kind: 'tc-json',
    use: 'netns',
    json: value => isListOf(value, 'kind', 'pref') || isListOf(value, 'kind', 'handle'),
    empty: /(^|-)tc-/,
  },
  {
    kind: 'bpf-json',
    use: 'netns',
    json: value =>
      isListOf(value, 'id', 'type') ||
      isListOf(value, 'key', 'value') ||
      isListOf(value, 'tc') ||
      isListOf(value, 'xdp'),
    empty: /^bpftool/,
  },
  { kind: 'ztunnel-log-json', use: 'log', json: value => hasMembers(value, 'level', 'time', 'scope', 'message') },
] as const satisfies readonly JsonKind[]

/** Text contents, tried in order. */
const textKinds = [
  { kind: 'assertions', use: 'aside', text: assertionText },
  { kind: 'report', use: 'aside', text: reportText },
  { kind: 'ztunnel-log', use: 'log', text: /^\S+Z\t\s*(trace|debug|info|warn|error)\t/m },
  {
    kind: 'iptables-save',
    use: 'netns',
    text: /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*\*[ \t]?(?:raw|mangle|nat|filter|security)\s/,
    empty: /^ip6?tables.*save/,
  },
  { kind: 'ipset-save', use: 'netns', text: /^create \S+ (hash|bitmap|list):/m },
  { kind: 'ipset-list', use: 'netns', text: /^Name: \S+\nType: (hash|bitmap|list):/m, empty: /^ipset/ },
  { kind: 'ipset-xml', use: 'netns', text: /^\s*(<\?xml[^>]*>\s*)?<ipsets/ },
  {
    kind: 'nft-text',
    use: 'netns',
    text: /^(add |create )?table (ip|ip6|inet|arp|bridge|netdev) \S+/m,
    empty: /^nft/,
  },
  { kind: 'ip-rule', use: 'netns', text: /^\d+:\s+(not )?from \S+/m },
  { kind: 'ss', use: 'netns', text: /^(Netid\s+)?State\s+Recv-Q\s+Send-Q/m },
  {
    kind: 'ip-route',
    use: 'netns',
    text: /^((local|broadcast|multicast|unicast|unreachable|blackhole|anycast) )?\S+ (via \S+ )?dev \S+/m,
  },
  {
    kind: 'conntrack',
    use: 'netns',
    text: /^(ipv[46]\s+\d+\s+)?[a-z]\w*\s+\d+\s+\d+ .*src=\S+ dst=\S+/m,
    empty: /^conntrack/,
  },
  { kind: 'sysctl', use: 'netns', text: /^net\.\S+ = /m },
  { kind: 'metrics', use: 'metrics', text: /^# (HELP|TYPE) \S+/m },
  { kind: 'ip-link', use: 'netns', text: /^\d+: \S+: <.*> mtu \d+/m },
  { kind: 'tc-text', use: 'netns', text: /^filter .*protocol \S+ pref \d+ \S+/m, empty: /(^|-)tc-.*(in|e)gress/ },
  { kind: 'bpf-net', use: 'netns', text: /^xdp:\s*$[\s\S]*^tc:\s*$/m },
  { kind: 'bpf-dump', use: 'netns', text: /^key:\s*[0-9a-f]{2}\b[\s\S]*?value:\s*[0-9a-f]{2}\b/ },
  { kind: 'bpf-programs', use: 'netns', text: /^\d+: \w+ +name \S+ +tag [0-9a-f]{16}/m },
] as const satisfies readonly TextKind[]

export type InputKind = (typeof jsonKinds)[number]['kind'] | (typeof textKinds)[number]['kind'] | 'yaml' | 'beside'

export type Recognition =
  | { readonly form: 'json'; readonly kind: InputKind; readonly use: Use; readonly value: unknown }
  | { readonly form: 'text'; readonly kind: InputKind; readonly use: Use }
  | { readonly form: 'yaml' }
  | { readonly form: 'broken'; readonly json: BrokenJson }
  | { readonly form: 'unknown'; readonly looksLike: string }

/** What a content is, by itself; the name only speaks for an empty file and for what lies beside a snapshot. */
export const recognise = (text: string, name: string): Recognition => {
  if (recordings.test(name)) return beside
  const found = recogniseContent(text, name)
  return found.form === 'unknown' && textsForPeople.test(name) ? beside : found
}

const beside = { form: 'text', kind: 'beside', use: 'aside' } as const

const recogniseContent = (text: string, name: string): Recognition => {
  if (text.trim() === '') return recogniseEmpty(name)
  return /^\s*[[{]/.test(text) ? recogniseJson(text, name) : recogniseText(text)
}

const recogniseEmpty = (name: string): Recognition => {
  const kind = textKinds.find(kind => 'empty' in kind && kind.empty.test(name))
  return kind === undefined ? { form: 'unknown', looksLike: 'an empty file' } : { form: 'text', ...pick(kind) }
}

const recogniseJson = (text: string, name: string): Recognition => {
  const parsed = parseJson(text)
  if (parsed.ok) {
    const { value } = parsed
    const kind = jsonKinds.find(
      kind => kind.json(value) || (isEmptyList(value) && 'empty' in kind && kind.empty.test(name)),
    )
    if (kind !== undefined) return { form: 'json', ...pick(kind), value }
    return { form: 'unknown', looksLike: `JSON, ${outline(value)}` }
  }
  const firstLine = parseJson(text.slice(0, text.indexOf('\n') + 1))
  if (!firstLine.ok) return { form: 'broken', json: parsed }
  const lines = jsonKinds.find(kind => (kind.use === 'log' || kind.kind === 'report') && kind.json(firstLine.value))
  return lines === undefined
    ? { form: 'unknown', looksLike: `one JSON value a line, ${outline(firstLine.value)}` }
    : { form: 'text', ...pick(lines) }
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0

/** Characters at the beginning that tell what a text is. */
const headLength = 65_536

const recogniseText = (text: string): Recognition => {
  const head = text.slice(0, headLength)
  const kind = textKinds.find(kind => kind.text.test(head))
  if (kind !== undefined) return { form: 'text', ...pick(kind) }
  if (isYaml(head)) return { form: 'yaml' }
  if (/^\S.*::observability_name::/m.test(head)) return { form: 'unknown', looksLike: textOfClusters }
  return { form: 'unknown', looksLike: `text beginning ${JSON.stringify(text.trim().slice(0, 60))}` }
}

const textOfClusters = "the text of Envoy's /clusters, of which /clusters?format=json is read"

/** Kubernetes objects, an istioctl list or a whole dump as YAML. kubectl tells the kind of a list behind its items. */
const isYaml = (text: string): boolean =>
  /^apiVersion: ?v1\r?\nitems:/.test(text.replace(/^---\s+/, '')) ||
  (/^apiVersion: ?\S/m.test(text) && /^kind: ?\S/m.test(text)) ||
  /^(- | {2})?(workloads|services|policies|certificates|workloadIps|certChain|endpoints|connections|rules):/m.test(text)

const pick = <K extends InputKind>({ kind, use }: { readonly kind: K; readonly use: Use }) => ({ kind, use })

/** The kind of an already parsed value, such as one YAML document. */
export const recogniseValue = (value: unknown): { kind: InputKind; use: Use } | undefined => {
  const kind = jsonKinds.find(kind => kind.json(value))
  return kind && pick(kind)
}

/** A few words on the shape of a value; lists are looked into, not too deep. */
const outline = (value: unknown, depth = 3): string => {
  if (Array.isArray(value)) {
    if (value.length === 0) return 'an empty list'
    return depth === 0 ? 'a list' : `a list of ${outline(value[0], depth - 1)}`
  }
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : `a ${typeof value}`
  const names = Object.keys(value)
  return names.length === 0 ? 'an empty object' : `an object with ${names.slice(0, 5).join(', ').slice(0, 100)}`
}
