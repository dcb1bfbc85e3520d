import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { isElementFormat } from '#cli/ztunnel-flags.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { largeSource } from '#decode/ztunnel/large-source.ts'
import { textSource } from '#decode/ztunnel/text-source.ts'
import { UserError } from '#errors.ts'
import { KubernetesObjects } from '#model/kubernetes.ts'
import { dumpZtunnel } from '#pipeline/dump-ztunnel.ts'
import { dumpZtunnelAll } from '#pipeline/dump-ztunnel-all.ts'
import { dumpZtunnelOverview } from '#pipeline/dump-ztunnel-overview.ts'
import { type ZtunnelTableName, ztunnelTables } from '#pipeline/ztunnel-tables/index.ts'
import { ztunnelEverythingRenderers } from '#render/dump/ztunnel/everything.ts'
import { ztunnelListingRenderer } from '#render/dump/ztunnel/listing.ts'
import { ztunnelOverviewRenderers } from '#render/dump/ztunnel/overview.ts'
import { yamlText } from '#render/list/yaml.ts'
import { Random } from '../support/random.ts'
import { lossIn } from './loss.ts'
import { mutate } from './mutations.ts'

const look = { colour: false, width: Number.POSITIVE_INFINITY }
const present = { at: new Date('2026-01-01T00:00:00Z'), from: 'asked' } as const
const unsafe = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u
const tables = Object.keys(ztunnelTables) as [ZtunnelTableName, ...ZtunnelTableName[]]
const formats = ['text', 'wide', 'csv', 'name', 'json', 'yaml', 'ndjson', 'jsonpath'] as const
const templates = [
  '{[*].name}',
  '{range [*]}{.uid} {.workloadIps[0]} {..port}|{end}{[-1]}',
  '{[?(@.namespace=="pay")].*}',
  "{[*]['name','hostname','state']}",
] as const

export type TableOutcome = 'printed' | 'refused'

/**
 * Prints tables of one damaged dump, in a file as it may come: packed, with marks and zeros, as YAML. Throws when one crashes,
 * lets control characters out, loses something without a word, or when a file that is too large to parse prints another table.
 */
export const runTableCase = async (dumps: readonly string[], seed: number, file: string): Promise<TableOutcome> => {
  const random = new Random(seed)
  const text = mutate(random, dumps[random.below(dumps.length)] ?? '')
  const disguise = random.pick(disguises)
  writeFileSync(file, disguise(text, random))
  const table = random.pick(tables)
  const printed = await refusable(() => printAll(file, random, table, disguise === plain ? text : undefined))
  if (disguise === plain) await sameWhenLarge(Buffer.from(text).toString(), 1 + random.below(8192), table)
  if (Object.hasOwn(Object.prototype, 'polluted')) throw new Error('changed Object.prototype')
  return printed === undefined ? 'refused' : 'printed'
}

type Disguise = (text: string, random: Random) => Uint8Array | string

const plain: Disguise = text => text
const disguises: readonly [Disguise, ...Disguise[]] = [
  plain,
  plain,
  plain,
  plain,
  text => `\uFEFF${text}`,
  text => `${text}\0\0\0\n`,
  text => `${text}\0${text}`,
  text => text + text,
  text => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  text => gzipSync(text),
  (text, random) => gzipSync(text).subarray(0, random.below(text.length)),
  text => asYaml(text),
]

const asYaml = (text: string): string => {
  try {
    return yamlText(JSON.parse(text))
  } catch {
    return text.replaceAll(/[{}]/g, '')
  }
}

const refusable = async <T>(run: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await run()
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

const printAll = async (file: string, random: Random, table: ZtunnelTableName, text: string | undefined) => {
  const format = random.pick(formats)
  const asked = {
    state: { kind: 'files', paths: [file] },
    ztunnels: { otherwise: 'every' },
    present,
  } as const
  const kind = isElementFormat(format) ? 'elements' : 'rows'
  const choice = { wide: format === 'wide' }
  const listing = await dumpZtunnel({ ...asked, table, format: kind, choice, filter: {} })
  const lines = await linesOf(ztunnelListingRenderer(format, random.pick(templates))(listing, look))
  const issues = await listing.issues()
  if (format === 'json' && text !== undefined) {
    const loss = lossIn(text, table, lines.join('\n'), issues)
    if (loss !== undefined) throw new Error(loss)
  }
  if (random.below(4) === 0) {
    const overview = await dumpZtunnelOverview(asked)
    await linesOf(ztunnelOverviewRenderers.text(overview, look))
    const everything = { ...asked, detail: 'default', banners: true, headers: true } as const
    const all = await dumpZtunnelAll(everything)
    await linesOf(ztunnelEverythingRenderers.json(all))
  }
  return lines
}

const linesOf = async (lines: Iterable<string> | AsyncIterable<string>): Promise<readonly string[]> => {
  const found: string[] = []
  for await (const line of lines) {
    for (const one of line.split('\n'))
      if (unsafe.test(one)) throw new Error(`lets control characters out: ${JSON.stringify(one)}`)
    found.push(line)
  }
  return found
}

/** The scanner of large files must print the same table. */
const sameWhenLarge = async (text: string, size: number, table: ZtunnelTableName): Promise<void> => {
  const held = await refusable(async () => textSource(text, 'dump.json'))
  if (held === undefined) return
  const bytes = new TextEncoder().encode(text)
  const chunks = async function* () {
    for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
  }
  const large = await largeSource(chunks, 'dump.json', held.dump).catch((error: unknown) => {
    if (error instanceof BrokenScan) return undefined
    throw error
  })
  const list = async (source: typeof held) =>
    (
      await ztunnelTables[table].list({
        sources: [source],
        kubernetes: new KubernetesObjects([]),
        filter: {},
        detail: 'default',
        now: present.at,
      })
    ).render('csv', {}, look)
  const whole = await refusable(async () => {
    const lines = [...(await list(held))]
    held.confirm()
    return lines.join('\n')
  })
  if (whole === undefined || large === undefined) return
  if (whole !== [...(await list(large))].join('\n')) throw new Error('the scanner prints another table')
}
