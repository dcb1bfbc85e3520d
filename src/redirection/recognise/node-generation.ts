import type { Evidence } from '#model/evidence.ts'
import type { RedirectionFinding } from './finding.ts'
import type { NodeRole } from './node-roles.ts'
import type { ProgrammedRule } from './programmed.ts'
import type { RuleRole } from './roles.ts'
import { align } from './sequence.ts'

interface ExpectedChain {
  readonly table: string
  readonly chain: string
  readonly roles: readonly NodeRole[]
}

/** The node's rules in their final order (specs/redirection.md §3.2), as far as the releases agree. */
const nodeChains = (rules: readonly ProgrammedRule[]): readonly ExpectedChain[] => {
  const has = (role: NodeRole): boolean => rules.some(rule => rule.role === role)
  const later = has('skip-node-to-pods') || has('accept-outbound')
  return [
    {
      table: 'mangle',
      chain: 'PREROUTING',
      roles: [
        'from-tunnel',
        'from-tunnel-return',
        'from-tunnel',
        'from-tunnel-return',
        'tunnel-transport',
        'restore-skip',
        'skip-return',
        'restore-proxied',
        'proxied-return',
        'mark-proxied',
        'skip-return',
        'mark-ztunnel',
        'mark-udp',
        'skip-return',
        'mark-outbound',
      ],
    },
    { table: 'mangle', chain: 'INPUT', roles: ['save-skip', 'save-proxied'] },
    { table: 'mangle', chain: 'FORWARD', roles: ['save-skip', 'save-proxied'] },
    { table: 'mangle', chain: 'OUTPUT', roles: [has('skip-node-to-pods') ? 'skip-node-to-pods' : 'skip-node'] },
    { table: 'mangle', chain: 'POSTROUTING', roles: [] },
    {
      table: 'nat',
      chain: 'PREROUTING',
      roles: ['keep-service-address', ...(has('node-dns-capture') ? (['node-dns-capture'] as const) : [])],
    },
    { table: 'nat', chain: 'POSTROUTING', roles: ['keep-service-address'] },
    ...(later ? [{ table: 'filter', chain: 'FORWARD', roles: ['accept-outbound'] as const }] : []),
  ]
}

/** Missing, doubled, foreign and misplaced rules of a node of 1.18 to 1.20; each chain needs the jump that leads to it. */
export const compareNodeRules = (rules: readonly ProgrammedRule[]): readonly RedirectionFinding[] => {
  const own = rules.filter(({ owner }) => owner === 'ambient-node')
  const [prefix = 'ztunnel'] = own.flatMap(({ chain }) => /^(ztunnel|uproxy)-/.exec(chain)?.[1] ?? [])
  return nodeChains(own).flatMap(({ table, chain, roles }) => [
    ...compareChain(own, table, chain, ['enter-node-chain']),
    ...compareChain(own, table, `${prefix}-${chain}`, roles),
  ])
}

/** The rules in ztunnel's own namespace (specs/redirection.md §3.3). */
export const compareZtunnelRules = (rules: readonly ProgrammedRule[]): readonly RedirectionFinding[] =>
  compareChain(
    rules.filter(({ role }) => role?.startsWith('ztunnel-')),
    'mangle',
    'PREROUTING',
    [
      ...(rules.some(({ role }) => role === 'ztunnel-log') ? (['ztunnel-log'] as const) : []),
      'ztunnel-hbone',
      'ztunnel-outbound',
      'ztunnel-inbound',
      'ztunnel-reply',
    ],
  )

const compareChain = (
  rules: readonly ProgrammedRule[],
  table: string,
  chain: string,
  wanted: readonly NodeRole[],
): readonly RedirectionFinding[] => {
  const found = rules.filter(rule => rule.table === table && rule.chain === chain)
  const { missing, extra, misplaced } = align(wanted, found, ({ role }) => role)
  const [file] = rules.map(({ evidence }) => evidence.file)
  const of = (
    code: RedirectionFinding['code'],
    severity: RedirectionFinding['severity'],
    about: string,
    role: RuleRole | undefined,
    evidence: readonly Evidence[],
  ): RedirectionFinding => ({ code, severity, family: 4, about, evidence, ...(role === undefined ? {} : { role }) })
  return [
    ...missing.flatMap(key => {
      const role = wanted.find(role => role === key)
      const absent: readonly Evidence[] =
        file === undefined ? [] : [{ from: 'absence', file, lookedFor: `${table} ${chain} ${key}` }]
      return [{ ...of('rule-missing', 'broken', `${table} ${chain}`, role, absent), ambient: 'AMB003' as const }]
    }),
    ...extra.map(rule =>
      found.some(other => other !== rule && other.text === rule.text)
        ? of('rule-duplicate', 'note', `${table} ${chain} #${rule.number}`, rule.role, [rule.evidence])
        : of('rule-unknown', 'risk', `${table} ${chain} #${rule.number}`, rule.role, [rule.evidence]),
    ),
    ...misplaced.map(rule => of('rule-order', 'risk', `${table} ${chain} #${rule.number}`, rule.role, [rule.evidence])),
  ]
}

/** Told by the rule for the node's own processes, and by whether forwarded traffic is accepted (specs/redirection.md §3.5). */
export const nodeReleases = (
  rules: readonly ProgrammedRule[],
): { readonly oldest: number; readonly newest: number } => {
  const has = (role: NodeRole): boolean => rules.some(rule => rule.role === role)
  if (has('skip-node-to-pods')) return { oldest: 20, newest: 20 }
  return has('accept-outbound') ? { oldest: 19, newest: 19 } : { oldest: 18, newest: 18 }
}
