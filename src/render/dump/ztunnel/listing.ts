import type { Divergence } from '#dump/ztunnel/divergence.ts'
import type { ZtunnelProvenance } from '#dump/ztunnel/provenance.ts'
import type { AnyList, ListFormat } from '#render/list/any-list.ts'
import { cellText } from '#render/list/cell.ts'
import type { Choice } from '#render/list/choose.ts'
import { jsonArray, jsonLine, jsonText } from '#render/list/json.ts'
import { listByTemplate, readTemplate, type Template } from '#render/list/jsonpath/fill.ts'
import { yamlElement, yamlList, yamlMember } from '#render/list/yaml.ts'
import type { Look, StreamRenderer } from '#render/look.ts'
import { divergenceText } from './divergence.ts'
import { type ListNotes, linesAlone } from './list-notes.ts'
import { provenanceLine } from './provenance.ts'

/** One table of one or several ztunnels. */
export interface ZtunnelListing {
  /** The member of a dump: `workloads`. */
  readonly member: string
  readonly choice: Choice
  /** Made for the formats that print rows. */
  readonly list: AnyList | undefined
  readonly dumps: readonly DumpElements[]
  /** Of each dump. */
  readonly provenance: readonly ZtunnelProvenance[]
  /** The time that ages count to. */
  readonly present: Date
  /** Empty for a single dump. */
  readonly divergences: readonly Divergence[]
  readonly notes: ListNotes
}

export interface DumpElements {
  readonly file: string
  readonly node: string | undefined
  readonly version: string
  /** As the proxy sent them. */
  readonly elements: () => AsyncIterable<Iterable<unknown>>
}

/** Version of the JSON that several dumps make together; a single one is printed as the proxy sent it. */
export const schemaVersion = 1

const list =
  (format: ListFormat): StreamRenderer<ZtunnelListing> =>
  (listing, look) => {
    const rows = listing.list?.render(format, listing.choice, look) ?? []
    const alone = listing.dumps.length < 2 || linesAlone.includes(format)
    const lines = format === 'wide' ? underProvenance(rows, listing) : rows
    return alone ? lines : withDivergences(lines, listing, look)
  }

/** The default columns are istioctl's, and so is their first line. */
function* underProvenance(rows: Iterable<string>, { choice, provenance, present }: ZtunnelListing): Iterable<string> {
  if (choice.headers !== false) yield cellText(provenanceLine(provenance, present))
  yield* rows
}

async function* withDivergences(rows: Iterable<string>, listing: ZtunnelListing, look: Look): AsyncIterable<string> {
  yield* rows
  yield* divergenceText(listing.divergences, listing.dumps.length, look)
}

async function* json(listing: ZtunnelListing): AsyncIterable<string> {
  const [only, ...others] = listing.dumps
  if (only !== undefined && others.length === 0) return yield* jsonArray(only.elements())
  yield '{'
  yield `  "schemaVersion": ${schemaVersion},`
  yield '  "dumps": ['
  for (const [index, dump] of listing.dumps.entries())
    yield* jsonDump(dump, listing, index === listing.dumps.length - 1)
  yield '  ],'
  yield `  "divergence": ${jsonText(listing.divergences, '  ')}`
  yield '}'
}

async function* jsonDump(
  { elements, ...about }: DumpElements,
  { member }: ZtunnelListing,
  last: boolean,
): AsyncIterable<string> {
  yield '    {'
  for (const [name, value] of Object.entries(about)) yield `      ${JSON.stringify(name)}: ${jsonText(value ?? null)},`
  yield* jsonArray(elements(), { indent: '      ', head: `      ${JSON.stringify(member)}: `, tail: '' })
  yield last ? '    }' : '    },'
}

async function* ndjson({ dumps, member }: ZtunnelListing): AsyncIterable<string> {
  for (const { file, elements } of dumps)
    for await (const batch of elements()) {
      const lines = Array.from(batch, element => jsonLine(dumps.length === 1 ? element : { file, [member]: element }))
      if (lines.length > 0) yield lines.join('\n')
    }
}

async function* yaml(listing: ZtunnelListing): AsyncIterable<string> {
  const [only, ...others] = listing.dumps
  if (only !== undefined && others.length === 0) return yield* yamlList(only.elements())
  yield yamlMember('schemaVersion', schemaVersion)
  yield 'dumps:'
  for (const { elements, ...about } of listing.dumps) {
    yield yamlElement({ ...about, node: about.node ?? null })
    yield `  ${listing.member}:`
    yield* yamlList(elements(), '  ')
  }
  yield yamlMember('divergence', listing.divergences)
}

/** The elements of all dumps as one list. */
const byTemplate =
  (template: Template): StreamRenderer<ZtunnelListing> =>
  ({ dumps }) =>
    listByTemplate(template, () => elementsOf(dumps))

async function* elementsOf(dumps: readonly DumpElements[]): AsyncIterable<Iterable<unknown>> {
  for (const { elements } of dumps) yield* elements()
}

/** `short` is istioctl's word for text. */
const renderers = {
  text: list('text'),
  short: list('text'),
  wide: list('wide'),
  json,
  yaml,
  ndjson,
  csv: list('csv'),
  markdown: list('markdown'),
  name: list('name'),
} satisfies Record<string, StreamRenderer<ZtunnelListing>>

export const ztunnelListingFormats = { ...renderers, jsonpath: byTemplate }
export type ZtunnelListingFormat = keyof typeof ztunnelListingFormats

/** Throws a UserError where `jsonpath` has no template that can be used. */
export const ztunnelListingRenderer = (
  format: ZtunnelListingFormat,
  template: string | undefined,
): StreamRenderer<ZtunnelListing> =>
  format === 'jsonpath' ? byTemplate(readTemplate(template ?? '')) : renderers[format]
