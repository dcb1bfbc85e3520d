import type { Issues } from '#decode/json/at.ts'
import type { Evidence } from '#model/evidence.ts'
import type { Json, NftChainBase, NftTable } from '#model/netfilter.ts'
import { Cursor, type NftToken, nftTokens } from './cursor.ts'
import { readElement, readElements, readRight } from './expression.ts'
import { readPriority } from './priority.ts'
import { readPair, readStatements, readVerdict } from './statement.ts'
import { addRule, chainOf, NftTables, type TableDraft, tableFamilies } from './tables.ts'

/** `nft list ruleset`, or the commands that `nft -f` reads: `add rule inet t c …`. */
export const readNftText = (text: string, issues: Issues): readonly NftTable[] => new TextReader(text, issues).read()

/** `device eth0`, `devices = { eth0, eth1 }` */
const devicesOf = (base: string): readonly string[] => {
  const [, one, several = ''] = / (?:device (\S+)|devices = \{ (.*?) \}) /.exec(base) ?? []
  return [...(one === undefined ? [] : [one]), ...several.split(/[ ,]+/)].filter(name => name !== '')
}

class TextReader {
  private readonly text: string
  private readonly issues: Issues
  private readonly cursor: Cursor
  private readonly tables: NftTables

  constructor(text: string, issues: Issues) {
    this.text = text
    this.issues = issues
    this.cursor = new Cursor(nftTokens(text))
    this.tables = new NftTables(issues.file)
  }

  read(): readonly NftTable[] {
    for (;;) {
      this.cursor.skipEnds()
      const token = this.cursor.token()
      if (token === undefined) return this.tables.finished()
      if (this.cursor.take('table') !== undefined) this.table()
      else if (this.cursor.take('add', 'create', 'insert', 'flush', 'delete') !== undefined)
        this.command(token.text, token)
      else this.skip(token, 'a table or a command')
    }
  }

  private skip(token: NftToken, expected: string): void {
    const words = this.cursor.statement()
    if (words.length === 0) this.cursor.next()
    const found = this.text.slice(token.from, words.at(-1)?.to ?? token.to)
    if (!complaints.test(found)) this.issues.add(`line ${token.line}`, expected, found)
  }

  private tableNamed(): TableDraft | undefined {
    const family = tableFamilies.find(known => known === this.cursor.peek())
    if (family !== undefined) this.cursor.next()
    const name = this.cursor.word()
    return name === undefined || /^[{}\n;]$/.test(name) ? undefined : this.tables.table(family ?? 'ip', name)
  }

  private table(): void {
    const at = this.cursor.token()
    const table = this.tableNamed()
    if (table === undefined || at === undefined) {
      if (at !== undefined) this.skip(at, 'table FAMILY NAME')
      return
    }
    if (this.cursor.take('{') !== undefined) this.block(() => this.tableMember(table))
  }

  /** Reads members until the brace that closes the block. */
  private block(member: () => void): void {
    for (;;) {
      this.cursor.skipEnds()
      if (this.cursor.done || this.cursor.take('}') !== undefined) return
      const before = this.cursor.mark()
      member()
      if (this.cursor.mark() === before) this.cursor.next()
    }
  }

  private tableMember(table: TableDraft): void {
    const token = this.cursor.token()
    const kind = this.cursor.take('chain', 'set', 'map', 'flags', 'comment')
    if (token === undefined) return
    if (kind === 'chain') this.chain(table, this.cursor.word() ?? '', token)
    else if (kind === 'set' || kind === 'map') this.set(table, kind, token)
    else if (kind === 'flags') table.flags.push(...this.words())
    else this.other()
  }

  /** Objects and remarks that decide nothing about a packet: `counter name {…}`, `flowtable`, `comment`. */
  private other(): void {
    this.cursor.statement()
  }

  private words(): readonly string[] {
    return this.cursor.statement().flatMap(({ text }) => (text === ',' ? [] : [text]))
  }

  private chain(table: TableDraft, name: string, token: NftToken): void {
    const chain = chainOf(table, name, this.evidence([token]))
    if (this.cursor.take('{') === undefined) return
    this.block(() => {
      const words = this.cursor.statement()
      const [first] = words
      if (first?.text === 'type' && !first.quoted) chain.base = this.base(words, table.family) ?? chain.base
      else if (first?.text === 'policy' && chain.base !== undefined)
        chain.base = { ...chain.base, policy: policyOf(words) }
      else if (first !== undefined && first.text !== 'comment') this.rule(table, chain, words)
    })
  }

  private base(words: readonly NftToken[], family: string): NftChainBase | undefined {
    const parts =
      /^type (filter|nat|route) hook (ingress|prerouting|input|forward|output|postrouting|egress)\b.*? priority (.+)$/.exec(
        words.map(({ text }) => text).join(' '),
      )
    const priority = readPriority(parts?.[3] ?? '', family)
    if (parts === null || priority === undefined) {
      this.issues.add(
        `line ${words[0]?.line ?? 0}`,
        'type … hook … priority …',
        words.map(({ text }) => text).join(' '),
      )
      return undefined
    }
    const [whole, type, hook] = parts
    const devices = devicesOf(whole)
    return {
      type: type as NftChainBase['type'],
      hook: hook as NftChainBase['hook'],
      priority,
      policy: 'accept',
      ...(devices.length > 0 && { devices }),
    }
  }

  private rule(table: TableDraft, chain: ReturnType<typeof chainOf>, words: readonly NftToken[]): void {
    const { statements, comment } = readStatements(new Cursor(words), this.text)
    const doubtful = isIptables(table) && lostInPrint(words, statements)
    addRule(chain, {
      statements: doubtful ? [{ xt: { type: 'match', name: 'not printed' } }, ...statements] : statements,
      comment,
      evidence: this.evidence(words),
    })
  }

  private evidence(words: readonly NftToken[]): Evidence {
    const [first] = words
    const text = this.text.slice(first?.from, words.at(-1)?.to)
    return { from: 'rule', file: this.issues.file, line: first?.line ?? 0, text }
  }

  private set(table: TableDraft, kind: 'set' | 'map', token: NftToken): void {
    const name = this.cursor.word() ?? ''
    const draft = { type: [] as string[], flags: [] as string[], elements: [] as Json[] }
    const sets = kind === 'set' ? table.sets : table.maps
    sets.set(name, { name, ...draft, evidence: this.evidence([token]) })
    if (this.cursor.take('{') !== undefined) this.block(() => this.setMember(kind, draft))
  }

  private setMember(kind: 'set' | 'map', draft: { type: string[]; flags: string[]; elements: Json[] }): void {
    const member = this.cursor.take('type', 'typeof', 'flags', 'elements')
    if (member === 'type' || member === 'typeof') draft.type.push(...typesOf(this.words()))
    else if (member === 'flags') draft.flags.push(...this.words())
    else if (member === 'elements') this.elements(kind, draft.elements)
    else this.other()
  }

  private elements(kind: 'set' | 'map', into: Json[]): void {
    const token = this.cursor.token()
    this.cursor.take('=')
    const place = this.cursor.mark()
    const read = readElements(this.cursor, kind === 'set' ? readElement : inner => readPair(inner, mapValue))
    if (read !== undefined) {
      into.push(...read)
      return
    }
    this.cursor.reset(place)
    const words = this.cursor.statement()
    const text = this.text.slice(words[0]?.from, words.at(-1)?.to)
    into.push({ unknown: text })
    this.issues.add(`line ${token?.line ?? 0}`, 'elements of a set', text)
  }

  private command(verb: string, token: NftToken): void {
    const kind = this.cursor.take('table', 'chain', 'rule', 'set', 'map', 'element')
    const table = kind === undefined || verb === 'delete' ? undefined : this.tableNamed()
    if (kind === undefined || table === undefined) {
      this.skip(token, 'add, create, insert or flush of a table, chain, rule, set or element')
      return
    }
    if (verb === 'flush') this.flush(kind, table)
    else if (kind === 'table') this.cursor.statement()
    else if (kind === 'chain') this.chain(table, this.cursor.word() ?? '', token)
    else if (kind === 'set' || kind === 'map') this.set(table, kind, token)
    else if (kind === 'element') this.addElements(table)
    else this.addRule(verb, table)
  }

  private flush(kind: string, table: TableDraft): void {
    const name = this.cursor.statement()[0]?.text
    for (const chain of table.chains.values()) if (kind === 'table' || chain.name === name) chain.rules.length = 0
  }

  private addElements(table: TableDraft): void {
    const name = this.cursor.word() ?? ''
    const set = table.sets.get(name)
    const map = table.maps.get(name)
    if (set !== undefined) this.elements('set', set.elements)
    else if (map !== undefined) this.elements('map', map.elements)
    else this.cursor.statement()
  }

  private addRule(verb: string, table: TableDraft): void {
    const name = this.cursor.word() ?? ''
    const words = this.cursor.statement()
    const chain = chainOf(table, name, this.evidence(words))
    this.rule(table, chain, words)
    const added = verb === 'insert' ? chain.rules.pop() : undefined
    if (added !== undefined) {
      chain.rules.unshift(added)
      chain.rules.splice(0, chain.rules.length, ...chain.rules.map((rule, index) => ({ ...rule, number: index + 1 })))
    }
  }
}

/** What nft says on the error channel about rules of iptables, where both channels went to one file. */
const complaints = /^(XT (target|match) \S+ not found|Warning: )/

const mapValue = (cursor: Cursor): Json | undefined => readVerdict(cursor) ?? readRight(cursor)

const policyOf = (words: readonly NftToken[]): 'accept' | 'drop' => (words[1]?.text === 'drop' ? 'drop' : 'accept')

/** `ipv4_addr . inet_service : verdict`: the parts of the key. */
const typesOf = (words: readonly string[]): readonly string[] => {
  const text = words.join(' ')
  return (text.split(' : ')[0] ?? '').split(' . ')
}

const iptablesNames = new Set(['raw', 'mangle', 'nat', 'filter', 'security'])

/** A table with a name and chains of iptables: its rules print incompletely. */
const isIptables = ({ family, name }: TableDraft): boolean =>
  (family === 'ip' || family === 'ip6') && iptablesNames.has(name)

const acts =
  /^\{"(accept|drop|return|jump|goto|reject|mangle|snat|dnat|masquerade|redirect|tproxy|notrack|queue|log|xt|unknown|vmap)"/

/** nft leaves out what it cannot say: a gap, a rule without an effect, bit operations in an order that nft does not mean. */
const lostInPrint = (words: readonly NftToken[], statements: readonly Json[]): boolean =>
  words.some(({ gap, quoted, text }) => gap || (!quoted && (text === 'and' || text === 'or' || text === 'xor'))) ||
  !statements.some(statement => acts.test(JSON.stringify(statement)))
