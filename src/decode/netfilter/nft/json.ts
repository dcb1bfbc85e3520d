import { At, asObject, type Issues } from '#decode/json/at.ts'
import type { Evidence } from '#model/evidence.ts'
import type { Json, NftChainBase, NftTable } from '#model/netfilter.ts'
import { readPriority } from './priority.ts'
import { addRule, chainOf, NftTables, type TableDraft, tableFamilies } from './tables.ts'

/** `nft -j list ruleset`: one list of objects, each with its kind as its only member. */
export const readNftJson = (value: unknown, issues: Issues): readonly NftTable[] => {
  const tables = new NftTables(issues.file)
  const root = asObject(value)
  if (root === undefined) {
    issues.add('', 'an object with nftables', value)
    return []
  }
  for (const [index, entry] of (new At(root, issues).array('nftables') ?? []).entries()) {
    const [kind, inner] = Object.entries(asObject(entry) ?? {})[0] ?? []
    const members = asObject(inner)
    if (kind === undefined || members === undefined) issues.add(`/nftables/${index}`, 'an object of one kind', entry)
    else readers[kind]?.(new At(members, issues, `/nftables/${index}/${kind}`), tables)
  }
  return tables.finished()
}

type Reader = (at: At, tables: NftTables) => void

/** Kinds without a reader (`metainfo`, `flowtable`, `ct helper`) decide nothing about a packet by themselves. */
const readers: Readonly<Record<string, Reader>> = {
  table: (at, tables) => {
    tableOf(at, tables, 'name')?.flags.push(...listOf(at, 'flags'))
  },
  chain: (at, tables) => {
    const table = tableOf(at, tables)
    const name = at.text('name')
    if (table !== undefined && name !== undefined) chainOf(table, name, evidenceOf(at)).base = readBase(at)
  },
  rule: (at, tables) => {
    const table = tableOf(at, tables)
    const chain = at.text('chain')
    if (table === undefined || chain === undefined) return
    addRule(chainOf(table, chain, evidenceOf(at)), {
      statements: (at.array('expr') ?? []) as readonly Json[],
      comment: at.text('comment'),
      evidence: evidenceOf(at),
    })
  },
  set: (at, tables) => readSet(at, tableOf(at, tables)?.sets),
  map: (at, tables) => readSet(at, tableOf(at, tables)?.maps),
}

const tableOf = (at: At, tables: NftTables, member = 'table'): TableDraft | undefined => {
  const family = at.oneOf('family', tableFamilies)
  const name = at.text(member)
  return family === undefined || name === undefined ? undefined : tables.table(family, name)
}

const types = ['filter', 'nat', 'route'] as const
const hooks = ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting', 'egress'] as const

const readBase = (at: At): NftChainBase | undefined => {
  if (!at.has('hook')) return undefined
  const type = at.oneOf('type', types)
  const hook = at.oneOf('hook', hooks)
  const printed = at.raw('prio')
  const priority = typeof printed === 'number' ? printed : readPriority(String(printed ?? 0), at.text('family'))
  if (type === undefined || hook === undefined || priority === undefined) return at.wrong('prio', 'a priority')
  const dev = at.raw('dev')
  const devices = (Array.isArray(dev) ? dev : [dev]).filter(name => typeof name === 'string')
  return {
    type,
    hook,
    priority,
    policy: at.oneOf('policy', ['accept', 'drop'] as const) ?? 'accept',
    ...(devices.length > 0 && { devices }),
  }
}

const readSet = (at: At, sets: TableDraft['sets'] | undefined): void => {
  const name = at.text('name')
  if (sets === undefined || name === undefined) return
  sets.set(name, {
    name,
    type: listOf(at, 'type'),
    flags: listOf(at, 'flags'),
    elements: [...((at.array('elem') ?? []) as readonly Json[])],
    evidence: evidenceOf(at),
  })
}

/** One name, or a list of them; a `typeof` keeps its JSON. */
const listOf = (at: At, name: string): readonly string[] => {
  const value = at.raw(name)
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map(one => (typeof one === 'string' ? one : JSON.stringify(one)))
}

const evidenceOf = (at: At): Evidence => ({ from: 'dump', file: at.issues.file, pointer: at.pointer })
