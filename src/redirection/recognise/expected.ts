import type { AmbientRules, Features } from './features.ts'
import type { RuleRole } from './roles.ts'

/** A rule that must be there once. `names` for the rules that exist for each virtual interface. */
export interface ExpectedRule {
  readonly table: 'raw' | 'mangle' | 'nat'
  readonly role: RuleRole
  readonly names?: string
}

const of = (table: ExpectedRule['table'], ...roles: readonly RuleRole[]): readonly ExpectedRule[] =>
  roles.map(role => ({ table, role }))

const entrances = (table: ExpectedRule['table']) => of(table, 'enter-prerouting', 'enter-output')

/** What istio-cni programs for these features (specs/redirection.md §1.3, §1.4, §1.6). */
export const expectedRules = (features: Features, set: AmbientRules): readonly ExpectedRule[] => [
  ...(features.dns === 'on' ? [...entrances('raw'), ...of('raw', 'dns-zone-query', 'dns-zone-answer')] : []),
  ...entrances('mangle'),
  ...(marksConnections(features, set) ? of('mangle', 'mark-ztunnel-connection') : []),
  ...of('mangle', 'restore-mark'),
  ...(features.mode === 'tproxy' ? tproxyInbound : redirectInbound(features)),
  ...of('nat', 'enter-output', 'probe-out'),
  ...(features.dns === 'on' ? of('nat', 'dns-udp-capture', 'dns-tcp-capture') : []),
  ...(features.dns === 'udp-unguarded' ? of('nat', 'dns-udp-capture-unguarded') : []),
  ...of('nat', 'reply-accept', 'own-address-accept', 'outbound-capture'),
]

/** Releases 1.24 to 1.28 leave this rule out where inbound capture is bypassed; its absence is then no accident. */
const marksConnections = ({ bypassInbound }: Features, { rules }: AmbientRules): boolean =>
  !bypassInbound || rules.some(({ role }) => role === 'mark-ztunnel-connection')

const tproxyInbound = of(
  'mangle',
  'tproxy-probe',
  'tproxy-own-address',
  'tproxy-hbone',
  'tproxy-established',
  'tproxy-inbound',
)

const redirectInbound = ({ bypassInbound, virtualInterfaces }: Features): readonly ExpectedRule[] => [
  ...of('nat', 'enter-prerouting'),
  ...virtualInterfaces.flatMap(names =>
    of('nat', 'virtual-interface-capture', 'virtual-interface-return').map(rule => ({ ...rule, names })),
  ),
  ...(bypassInbound ? [] : of('nat', 'probe-in', 'inbound-capture')),
]
