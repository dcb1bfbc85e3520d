import type { Divergence } from '#dump/ztunnel/divergence.ts'
import type { ZtunnelProvenance } from '#dump/ztunnel/provenance.ts'
import type { AnyList, ListFormat } from '#render/list/any-list.ts'
import { cellText } from '#render/list/cell.ts'
import type { Choice } from '#render/list/choose.ts'
import { jsonArray, jsonLine, jsonText } from '#render/list/json.ts'
import { yamlElement, yamlList, yamlMember } from '#render/list/yaml.ts'
import type { Look, StreamRenderer } from '#render/look.ts'
import { divergenceText } from './divergence.ts'
import { linesAlone } from './list-notes.ts'
import { schemaVersion } from './listing.ts'
import { provenanceLine } from './provenance.ts'

/** All tables of one or several ztunnels. */
export interface ZtunnelEverything {
  readonly banners: boolean
  readonly headers: boolean
  readonly tables: readonly TableToMake[]
  readonly dumps: readonly WholeDump[]
  /** Of each dump. */
  readonly provenance: readonly ZtunnelProvenance[]
  /** The time that ages count to. */
  readonly present: Date
  readonly divergences: readonly Divergence[]
}

export interface TableToMake {
  readonly title: string
  /** Called when it is printed, so that one is held at a time. */
  readonly list: () => Promise<AnyList>
}

export interface WholeDump {
  readonly file: string
  /** As the proxy sent them; a long section comes in batches. */
  readonly members: readonly (readonly [name: string, value: () => unknown])[]
}

/** Marks a list that is too long to be held: its elements come in batches. */
export class Batches {
  readonly elements: () => AsyncIterable<Iterable<unknown>>

  constructor(elements: () => AsyncIterable<Iterable<unknown>>) {
    this.elements = elements
  }
}

type TableFormat = 'text' | 'wide' | 'csv' | 'markdown'

const tables =
  (format: TableFormat): StreamRenderer<ZtunnelEverything> =>
  (everything, look) =>
    tableLines(everything, format, look)

/** An empty line before each table, as istioctl leaves it; in CSV and Markdown, which have none above the first, between tables. */
async function* tableLines(everything: ZtunnelEverything, format: TableFormat, look: Look): AsyncIterable<string> {
  if (format === 'wide' && everything.headers) yield cellText(provenanceLine(everything.provenance, everything.present))
  for (const [index, table] of everything.tables.entries()) {
    if (!linesAlone.includes(format) || index > 0) yield ''
    if (everything.banners) yield* [format === 'markdown' ? `## ${table.title}` : `==== ${table.title} ====`, '']
    yield* new ListLines(table, format, { headers: everything.headers }, look)
  }
  if (!linesAlone.includes(format)) yield* divergenceText(everything.divergences, everything.dumps.length, look)
}

/**
 * The lines of one list, which is let go of when they end. No generator: one that has ended may still keep what it held,
 * so that a list of half a million rows stayed while the next was made.
 */
class ListLines implements AsyncIterableIterator<string> {
  private readonly begin: () => Promise<Iterator<string>>
  private lines: Iterator<string> | undefined

  constructor({ list }: TableToMake, format: ListFormat, choice: Choice, look: Look) {
    this.begin = async () => (await list()).render(format, choice, look)[Symbol.iterator]()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<string>> {
    this.lines ??= await this.begin()
    const step = this.lines.next()
    if (step.done === true) this.lines = undefined
    return step
  }
}

async function* names({ tables }: ZtunnelEverything, look: Look): AsyncIterable<string> {
  for (const table of tables) yield* new ListLines(table, 'name', {}, look)
}

async function* json({ dumps, divergences }: ZtunnelEverything): AsyncIterable<string> {
  const [only, ...others] = dumps
  if (only !== undefined && others.length === 0) return yield* jsonMembers(only)
  yield `{\n  "schemaVersion": ${schemaVersion},\n  "dumps": [`
  for (const [index, dump] of dumps.entries()) {
    yield `    {\n      "file": ${jsonText(dump.file)},`
    yield* jsonMembers(dump, '      ', '"dump": ')
    yield index === dumps.length - 1 ? '    }' : '    },'
  }
  yield `  ],\n  "divergence": ${jsonText(divergences, '  ')}\n}`
}

async function* jsonMembers({ members }: WholeDump, indent = '', name = ''): AsyncIterable<string> {
  yield `${indent}${name}{`
  const inner = `${indent}  `
  for (const [index, [name, read]] of members.entries()) {
    const [value, tail] = [read(), index === members.length - 1 ? '' : ',']
    const head = `${inner}${jsonText(name)}: `
    if (value instanceof Batches) yield* jsonArray(value.elements(), { indent: inner, head, tail })
    else yield `${head}${jsonText(value, inner)}${tail}`
  }
  yield `${indent}}`
}

async function* yaml({ dumps, divergences }: ZtunnelEverything): AsyncIterable<string> {
  const [only, ...others] = dumps
  if (only !== undefined && others.length === 0) return yield* yamlMembers(only, '')
  yield yamlMember('schemaVersion', schemaVersion)
  yield 'dumps:'
  for (const dump of dumps) {
    yield yamlElement({ file: dump.file })
    yield '  dump:'
    yield* yamlMembers(dump, '    ')
  }
  yield yamlMember('divergence', divergences)
}

async function* yamlMembers({ members }: WholeDump, indent: string): AsyncIterable<string> {
  for (const [name, read] of members) {
    const value = read()
    if (value instanceof Batches) {
      yield yamlMember(name, '', indent).replace(/ ""$/, '')
      yield* yamlList(value.elements(), indent)
    } else yield yamlMember(name, value, indent)
  }
}

/** One member of a dump a line. */
async function* ndjson({ dumps }: ZtunnelEverything): AsyncIterable<string> {
  for (const { file, members } of dumps)
    for (const [name, read] of members) {
      const value = read()
      const about = dumps.length === 1 ? { member: name } : { file, member: name }
      if (!(value instanceof Batches)) yield jsonLine({ ...about, value })
      else
        for await (const batch of value.elements())
          for (const element of batch) yield jsonLine({ ...about, value: [element] })
    }
}

export const ztunnelEverythingRenderers = {
  text: tables('text'),
  short: tables('text'),
  wide: tables('wide'),
  json,
  yaml,
  ndjson,
  csv: tables('csv'),
  markdown: tables('markdown'),
  name: names,
} satisfies Record<string, StreamRenderer<ZtunnelEverything>>
