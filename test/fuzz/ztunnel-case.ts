import { readdirSync, readFileSync } from 'node:fs'
import { BrokenScan, maxDepth } from '#decode/json/scan.ts'
import { spanAt } from '#decode/json/spans.ts'
import { decodeLarge } from '#decode/large.ts'
import { decodeSnapshot } from '#decode/snapshot.ts'
import { UserError } from '#errors.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { Random } from '../support/random.ts'
import { textFile } from '../support/text-file.ts'
import { breach } from './conforms.ts'
import { mutate } from './mutations.ts'

const recorded = 'fixtures/recorded/ztunnel-eras'

/** Recorded dumps of every era, indented as ztunnel prints them; one certificate is enough, they are the bulk. */
export const recordedDumps = (): readonly string[] =>
  readdirSync(recorded).map(version => {
    const dump = JSON.parse(readFileSync(`${recorded}/${version}/config_dump.json`, 'utf8'))
    return JSON.stringify({ ...dump, certificates: dump.certificates.slice(0, 1) }, undefined, 2)
  })

export type Outcome = 'read' | 'read with issues' | 'refused'

/** Reads one damaged dump both ways. Throws when either crashes, they disagree, or what was read breaks its types. */
export const runCase = async (dumps: readonly string[], seed: number): Promise<Outcome> => {
  const random = new Random(seed)
  const text = asStored(mutate(random, dumps[random.below(dumps.length)] ?? ''))
  const whole = await readWhole(text)
  const scanned = await readScanned(text, 1 + random.below(8192))
  if (whole !== undefined) {
    const broken = breach(whole)
    if (broken !== undefined) throw new Error(`breaks its types: ${broken}`)
    const lost = unresolved(whole, JSON.parse(text))
    if (lost !== undefined) throw new Error(`points nowhere: ${lost}`)
    const isTooDeep = scanned === undefined && isDeepText(text)
    if (!isTooDeep && (scanned === undefined || summary(scanned) !== summary(whole)))
      throw new Error('the scanner reads another dump')
  }
  if (Object.hasOwn(Object.prototype, 'polluted')) throw new Error('changed Object.prototype')
  if (whole === undefined) return 'refused'
  return whole.issues.length > 0 ? 'read with issues' : 'read'
}

/** Half a surrogate pair cannot be stored as UTF-8. */
const asStored = (text: string): string => Buffer.from(text, 'utf8').toString('utf8')

/** A parser does not see what is nested too deep in a member that comes again. */
const isDeepText = (text: string): boolean => (spanAt(text, text.search(/\S/))?.depth ?? 0) > maxDepth

const readWhole = async (text: string): Promise<ZtunnelDump | undefined> => {
  try {
    const mesh = await decodeSnapshot([textFile('dump.json', text, true)])
    return mesh.ztunnels[0]
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

const readScanned = async (text: string, size: number): Promise<ZtunnelDump | undefined> => {
  const bytes = new TextEncoder().encode(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
  try {
    const found = await decodeLarge(chunks, 'dump.json')
    return found.kind === 'ztunnel' ? found.dump : undefined
  } catch (error) {
    if (error instanceof BrokenScan || error instanceof UserError) return undefined
    throw error
  }
}

const summary = (dump: ZtunnelDump): string =>
  JSON.stringify([
    dump.era,
    dump.version,
    dump.workloads,
    dump.services,
    dump.policies,
    dump.pods,
    dump.issues,
    dump.unread,
  ])

/** A pointer of a record or an issue that leads nowhere in the file; a missing member is pointed to below its object. */
const unresolved = (dump: ZtunnelDump, root: unknown): string | undefined => {
  const records = [...dump.workloads, ...dump.services, ...dump.policies, ...dump.certificates, ...(dump.pods ?? [])]
  return (
    records.map(record => record.pointer).find(pointer => typeof resolve(root, pointer) !== 'object') ??
    dump.issues.map(issue => issue.at).find(pointer => resolve(root, pointer.replace(/\/[^/]*$/, '')) === undefined)
  )
}

const resolve = (root: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (Object.hasOwn(Object(at), part) ? Object(at)[part] : undefined), root)
