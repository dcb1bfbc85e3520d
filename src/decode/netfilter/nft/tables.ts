import type { Evidence } from '#model/evidence.ts'
import type { Counter, Json, NftChain, NftChainBase, NftRule, NftTable } from '#model/netfilter.ts'
import { member } from '../../json/member.ts'

interface ChainDraft {
  readonly name: string
  base: NftChainBase | undefined
  readonly rules: NftRule[]
  readonly evidence: Evidence
}

interface SetDraft {
  readonly name: string
  readonly type: readonly string[]
  readonly flags: readonly string[]
  readonly elements: Json[]
  readonly evidence: Evidence
}

export interface TableDraft {
  readonly family: NftTable['family']
  readonly name: string
  readonly flags: string[]
  readonly chains: Map<string, ChainDraft>
  readonly sets: Map<string, SetDraft>
  readonly maps: Map<string, SetDraft>
}

export const tableFamilies = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] as const

/** Tables while a listing is read, in the order of their first mention. */
export class NftTables {
  private readonly file: string
  private readonly tables = new Map<string, TableDraft>()

  constructor(file: string) {
    this.file = file
  }

  table(family: NftTable['family'], name: string): TableDraft {
    const key = `${family} ${name}`
    const known = this.tables.get(key)
    if (known !== undefined) return known
    const made: TableDraft = { family, name, flags: [], chains: new Map(), sets: new Map(), maps: new Map() }
    this.tables.set(key, made)
    return made
  }

  all(): readonly TableDraft[] {
    return [...this.tables.values()]
  }

  finished(): readonly NftTable[] {
    return this.all().map(({ family, name, flags, chains, sets, maps }) => ({
      family,
      name,
      flags,
      chains: [...chains.values()].map(finishedChain),
      sets: [...sets.values()],
      maps: [...maps.values()],
      managed: false,
      file: this.file,
    }))
  }
}

const finishedChain = ({ name, base, rules, evidence }: ChainDraft): NftChain => ({
  name,
  ...(base === undefined ? {} : { base }),
  rules,
  evidence,
})

export const chainOf = (table: TableDraft, name: string, evidence: Evidence): ChainDraft => {
  const known = table.chains.get(name)
  if (known !== undefined) return known
  const made: ChainDraft = { name, base: undefined, rules: [], evidence }
  table.chains.set(name, made)
  return made
}

export interface RuleDraft {
  readonly statements: readonly Json[]
  readonly comment: string | undefined
  readonly evidence: Evidence
}

export const addRule = (chain: ChainDraft, draft: RuleDraft): void => {
  const counter = counterOf(draft.statements)
  chain.rules.push({
    number: chain.rules.length + 1,
    statements: draft.statements,
    ...(draft.comment === undefined ? {} : { comment: draft.comment }),
    ...(counter === undefined ? {} : { counter }),
    evidence: draft.evidence,
  })
}

const counterOf = (statements: readonly Json[]): Counter | undefined => {
  for (const statement of statements) {
    const counter = member(statement, 'counter')
    const packets = member(counter, 'packets')
    const bytes = member(counter, 'bytes')
    if (typeof packets === 'number' && typeof bytes === 'number') return { packets, bytes }
  }
  return undefined
}
