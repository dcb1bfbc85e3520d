import type { Evidence } from '#model/evidence.ts'
import type { Counter, IpFamily, IptablesTable, Netns, NftTable } from '#model/netfilter.ts'
import { nftRuleText } from '#model/nft-text.ts'
import { ruleText } from '#model/rule-text.ts'
import { type RoleFound, type RuleRole, roleOf } from './roles.ts'

/** One rule of a network namespace, with what it is for where that is known. */
export interface ProgrammedRule {
  readonly backEnd: IptablesTable['backEnd'] | 'nft'
  /** nft rules that ask for no address hold for both families. */
  readonly families: readonly IpFamily[]
  readonly table: string
  readonly chain: string
  readonly number: number
  readonly text: string
  readonly owner: RuleOwner
  readonly role?: RuleRole
  /** The probe address or interface that the rule names. */
  readonly names?: string
  readonly counter?: Counter
  readonly evidence: Evidence
}

/** Who put a rule there, as far as names tell. */
export type RuleOwner = 'ambient' | 'ambient-node' | 'sidecar' | 'kubernetes' | 'foreign'

/** Every rule that the kernel consults: iptables of all back ends, then native nft. */
export const programmedRules = (netns: Netns): readonly ProgrammedRule[] => [
  ...netns.iptables.flatMap(iptablesRules),
  ...netns.nft.filter(table => !table.managed).flatMap(nftRules),
]

const iptablesRules = (table: IptablesTable): readonly ProgrammedRule[] =>
  table.chains.flatMap(chain =>
    chain.rules.map(rule => {
      const text = ruleText(rule.spec)
      const found = roleOf({ table: table.name, chain: chain.name, text, syntax: 'iptables' })
      return {
        backEnd: table.backEnd,
        families: [table.family],
        table: table.name,
        chain: chain.name,
        number: rule.number,
        text,
        owner: ownerOf(chain.name, rule.spec.target?.name, found),
        ...(found ?? {}),
        ...(rule.counter === undefined ? {} : { counter: rule.counter }),
        evidence: rule.evidence,
      }
    }),
  )

const nftRules = (table: NftTable): readonly ProgrammedRule[] => {
  const istio = /^istio-ambient-(nat|mangle|raw)$/.exec(table.name)?.[1]
  return table.chains.flatMap(chain =>
    chain.rules.map(rule => {
      const text = nftRuleText(rule.statements)
      const found = istio === undefined ? undefined : roleOf({ table: istio, chain: chain.name, text, syntax: 'nft' })
      return {
        backEnd: 'nft' as const,
        families: familiesOf(table, text),
        table: istio ?? `${table.family} ${table.name}`,
        chain: chain.name,
        number: rule.number,
        text,
        owner: istio === undefined ? ('foreign' as const) : ('ambient' as const),
        ...(found ?? {}),
        ...(rule.counter === undefined ? {} : { counter: rule.counter }),
        evidence: rule.evidence,
      }
    }),
  )
}

const familiesOf = ({ family }: NftTable, text: string): readonly IpFamily[] => {
  if (family === 'ip') return [4]
  if (family === 'ip6') return [6]
  const asks4 = /\bip (s|d)addr\b/.test(text)
  const asks6 = /\bip6 (s|d)addr\b/.test(text)
  if (asks4 === asks6) return [4, 6]
  return asks4 ? [4] : [6]
}

const ambientChains = /^ISTIO_(PRERT|OUTPUT|POSTRT)$/
const nodeChains = /^(ztunnel|uproxy)-(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/
const sidecarChains = /^ISTIO_(INBOUND|REDIRECT|IN_REDIRECT|DIVERT|TPROXY|OUTPUT_\w+|DROP)$/
const kubernetesChains = /^(KUBE|CNI|cali|CILIUM|FLANNEL)[-_]/

/** A chain belongs to whom its name says; a rule of a built-in chain to whom it jumps. */
const ownerOf = (chain: string, target: string | undefined, found: RoleFound | undefined): RuleOwner => {
  const names = [chain, target ?? '']
  if (names.some(name => sidecarChains.test(name))) return 'sidecar'
  if (names.some(name => nodeChains.test(name)) || found?.role.startsWith('ztunnel-')) return 'ambient-node'
  if (found !== undefined || names.some(name => ambientChains.test(name))) return 'ambient'
  return names.some(name => kubernetesChains.test(name)) ? 'kubernetes' : 'foreign'
}
