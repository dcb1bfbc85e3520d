import { At, asObject, escapePointer, Issues } from '#decode/json/at.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { UserError } from '#errors.ts'
import type { JsonPointer } from '#model/evidence.ts'
import type { Service, ServiceGlance, WorkloadGlance, ZtunnelDump } from '#model/ztunnel.ts'
import { Draft } from './draft.ts'
import { decodeZtunnel, finishDump, sectionNames } from './dump.ts'
import { glanceService, glanceWorkload, isAsExpected } from './glance.ts'
import { decodeLists, type ListFile, listKind } from './list.ts'
import { type RecordKind, type Records, recordReaders, sectionKind } from './sections.ts'

/** The kinds of record that a table shows. */
export type TableKind = Extract<RecordKind, 'workload' | 'service' | 'policy' | 'certificate' | 'pod'>

/** What a dump says about itself; its records are read when a table asks for them. */
export type ZtunnelFacts = Omit<ZtunnelDump, 'workloads' | 'services' | 'policies' | 'certificates' | 'pods'> & {
  /** False where the era or mode has no `workloadState`. */
  readonly knowsPods: boolean
}

/** One element of a section as it came. */
export interface RawElement {
  readonly value: unknown
  /** Its key where the section is a map. */
  readonly key: string | undefined
  readonly pointer: JsonPointer
}

export interface Batch {
  readonly elements: Iterable<RawElement>
  /** Theirs, where it stands in the dump in lines that are indented by two, without the list around it. */
  readonly text?: string | undefined
}

export interface SectionBatch extends Batch {
  readonly kind: TableKind
}

/** `exact` keeps numbers that no double has and notes repeated members, which costs a fifth more; `plain` does neither. */
export type Reading = 'plain' | 'exact'

/** One ztunnel's state, of which only the sections that are asked for are read; a file of any size. */
export interface ZtunnelSource {
  readonly file: string
  readonly facts: ZtunnelFacts
  /** Filled while records are read. */
  readonly issues: Issues
  /** Kinds of which all records have been read, filled in the same way. */
  readonly readKinds: Set<TableKind>
  /** The elements of a section, read exactly, in batches; all at once where the file is held as a whole. */
  readonly batches: (kind: TableKind) => AsyncIterable<Batch>
  /** The elements of several sections, read plainly, in one go through a file that is read in pieces. */
  readonly sections: (kinds: readonly TableKind[]) => AsyncIterable<SectionBatch>
  /** The dump as it came, member by member; `undefined` for a section that is better read in batches. */
  readonly members: readonly (readonly [name: string, value: () => unknown])[]
  /** Everything, decoded; kept after the first call. */
  readonly dump: () => Promise<ZtunnelDump>
  /** Throws a UserError where what was read so far is not what the file holds: its layout deceived. */
  readonly confirm: () => void
}

/** The members of a dump that is held as a whole, each read when it is asked for. */
export interface DumpMembers {
  readonly names: readonly string[]
  /** Read exactly. */
  readonly get: (name: string) => unknown
  /** A list in pieces, so that a long one is never held as a whole; undefined for what is no list. */
  readonly lists: (name: string, reading: Reading) => Iterable<ListPiece> | undefined
  /** Throws a UserError where the members that were not read show that those that were are others. */
  readonly confirm: () => void
}

/** Some elements of a list; `from` is the index of the first. */
export interface ListPiece {
  readonly from: number
  readonly elements: readonly unknown[]
  /** As in a batch. */
  readonly text?: string | undefined
}

/** A parsed dump of any era. */
export const dumpSource = (value: unknown, file: string): ZtunnelSource => {
  const members = asObject(value) ?? {}
  const names = Object.keys(members)
  const held = { names, get: (name: string) => members[name], lists: () => undefined, confirm: () => undefined }
  return heldSource(held, members, new Issues(file), () => value)
}

/** `excerpt` has every member, of the long sections only the first elements. */
export const heldSource = (
  { names, get, lists, confirm }: DumpMembers,
  excerpt: Members,
  issues: Issues,
  whole: () => unknown,
): ZtunnelSource => {
  const { file } = issues
  const draft = outlineDraft(excerpt, file)
  const facts = factsOf(finishDump(draft))
  const sectionOfKind = sectionNames(draft)
  const isListed = (name: string): boolean => {
    const kind = sectionKind(name)
    return isLong(kind) && sectionOfKind(kind) === name && lists(name, 'exact') !== undefined
  }
  const read = async function* (kind: TableKind, reading: Reading): ReturnType<ZtunnelSource['batches']> {
    const section = sectionOfKind(sectionOf(kind, facts)) ?? ''
    if (!names.includes(section)) return
    const pieces = lists(section, reading)
    if (pieces === undefined) yield { elements: sectionElements(get(section), section) }
    else for (const piece of pieces) yield { elements: listElements(piece, section), text: piece.text }
  }
  return {
    file,
    facts,
    issues,
    readKinds: new Set(),
    batches: kind => read(kind, 'exact'),
    sections: kinds => oneByOne(kinds, kind => read(kind, 'plain')),
    members: names.map(name => [name, () => (isListed(name) ? undefined : get(name))]),
    dump: once(async () => decodeZtunnel(whole(), file)),
    confirm,
  }
}

type Members = Readonly<Record<string, unknown>>

/** The services of 1.18 and older are what its `vips` say. */
export const sectionOf = (kind: TableKind, { era }: Pick<ZtunnelFacts, 'era'>): RecordKind =>
  kind === 'service' && (era === 'E0' || era === 'E1') ? 'vip' : kind

/** istioctl's lists of one ztunnel. */
export const listSource = (lists: readonly ListFile[], file: string): ZtunnelSource => {
  const dump = decodeLists(lists, file)
  const batches: ZtunnelSource['batches'] = async function* (kind) {
    for (const { value, pointer } of lists)
      if (listKind(value) === kind) yield { elements: sectionElements(value, pointer) }
  }
  return {
    file,
    facts: factsOf(dump),
    issues: new Issues(file),
    readKinds: new Set(tableKinds),
    batches,
    sections: kinds => oneByOne(kinds, batches),
    members: lists.map(({ value }) => [listMembers[listKind(value) ?? 'workload'], () => value]),
    dump: async () => dump,
    confirm: () => undefined,
  }
}

const listMembers = {
  workload: 'workloads',
  service: 'services',
  policy: 'policies',
  certificate: 'certificates',
  pod: 'workloadState',
} as const satisfies Record<TableKind, string>

const tableKinds = Object.keys(listMembers) as readonly TableKind[]

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

async function* oneByOne(kinds: readonly TableKind[], batches: ZtunnelSource['batches']): AsyncIterable<SectionBatch> {
  for (const kind of kinds) for await (const batch of batches(kind)) yield { kind, ...batch }
}

/** Every member, but of the sections only the first element: enough to know era, version and settings. */
const outlineDraft = (excerpt: Members, file: string): Draft => {
  const draft = new Draft(file)
  for (const [name, member] of Object.entries(excerpt)) {
    const kind = sectionKind(name)
    const members = asObject(member)
    if (!isLong(kind) || (members === undefined && !Array.isArray(member))) draft.add(name, member)
    else {
      draft.begin(name, kind, members === undefined ? 'array' : 'object')
      for (const { value, key } of sectionElements(member, name, 'nested')) {
        draft.element(name, key ?? 0, value)
        break
      }
    }
  }
  return draft
}

/** Sections of which a mesh may have very many elements. */
export const isLong = (kind: RecordKind | undefined): kind is Exclude<RecordKind, 'staged'> =>
  kind !== undefined && kind !== 'staged'

export const factsOf = ({
  workloads,
  services,
  policies,
  certificates,
  pods,
  ...facts
}: ZtunnelDump): ZtunnelFacts => ({
  ...facts,
  knowsPods: pods !== undefined,
})

/** The elements of a list or map; a list inside a map (`by_host`) is taken apart unless it is wanted nested. */
function* sectionElements(section: unknown, name: string, lists: 'flat' | 'nested' = 'flat'): Iterable<RawElement> {
  if (Array.isArray(section)) return yield* listElements({ from: 0, elements: section }, name)
  const prefix = prefixOf(name)
  const isNew = newness()
  for (const [key, value] of Object.entries(asObject(section) ?? {})) {
    const pointer = `${prefix}/${escapePointer(key)}`
    if (lists === 'nested' || name === 'vips') yield { value, key, pointer }
    else for (const element of flattened({ value, key, pointer })) if (isNew(element.value)) yield element
  }
}

function* listElements({ from, elements }: ListPiece, name: string): Iterable<RawElement> {
  const prefix = prefixOf(name)
  for (const [index, value] of elements.entries()) yield { value, key: undefined, pointer: `${prefix}/${from + index}` }
}

const prefixOf = (section: string): JsonPointer => (section === '' ? '' : `/${escapePointer(section)}`)

/** The elements of a list inside a map, or the element itself. */
export function* flattened(element: RawElement): Iterable<RawElement> {
  if (!Array.isArray(element.value)) return yield element
  for (const [index, value] of element.value.entries())
    yield { value, key: element.key, pointer: `${element.pointer}/${index}` }
}

/** A map holds a dual-stack workload once an address, a service once an address: it is shown once. */
export const newness = (): ((value: unknown) => boolean) => {
  const seen = new Set<string>()
  return value => {
    const { uid, namespace, hostname } = asObject(value) ?? {}
    const key =
      typeof uid === 'string' ? uid : typeof hostname === 'string' ? JSON.stringify([namespace, hostname]) : undefined
    if (key === undefined) return true
    const size = seen.size
    return seen.add(key).size > size
  }
}

type Visit<T> = (record: T) => void
type Reader<T> = (at: At, key: string | undefined) => T | undefined

/** Visits the records of a kind. Not for services of 1.18, which are made from several elements. */
export const eachRecord = <K extends Exclude<TableKind, 'service'>>(
  source: ZtunnelSource,
  kind: K,
  visit: Visit<Records[K]>,
): Promise<void> => readEach(source, kind, recordReaders[kind] as Reader<Records[K]>, visit)

/** Visits what the default table shows of workloads. */
export const eachWorkload = (source: ZtunnelSource, visit: Visit<WorkloadGlance>): Promise<void> =>
  readEach(source, 'workload', glanceWorkload, visit)

/** Visits what the default table shows of services. */
export const eachService = (source: ZtunnelSource, visit: Visit<ServiceGlance>): Promise<void> =>
  sectionOf('service', source.facts) === 'service'
    ? readEach(source, 'service', glanceService, visit)
    : eachDecodedService(source, visit)

/** Visits whole services. */
export const eachWholeService = (source: ZtunnelSource, visit: Visit<Service>): Promise<void> =>
  source.facts.era !== 'list' && sectionOf('service', source.facts) === 'service'
    ? readEach(source, 'service', recordReaders.service, visit)
    : eachDecodedService(source, visit)

const eachDecodedService = async (source: ZtunnelSource, visit: Visit<Service>): Promise<void> => {
  const { services, issues } = await source.dump()
  for (const issue of issues) source.issues.list.push(issue)
  for (const service of services) visit(service)
}

/** Reads what no table asked for, so that what cannot be read there is told as well. */
export const readTheRest = async (source: ZtunnelSource): Promise<void> => {
  const left = tableKinds.filter(kind => !source.readKinds.has(kind))
  if (left.length === 0) return
  try {
    if (left.includes('service') && sectionOf('service', source.facts) !== 'service')
      await eachDecodedService(source, () => undefined)
    else for await (const { kind, elements } of source.sections(left)) checkElements(source, kind, elements)
  } catch (error) {
    if (!(error instanceof UserError || error instanceof BrokenScan)) throw error
    const { file, list } = source.issues
    list.push({ severity: 'error', file, at: '', expected: 'valid JSON', found: error.message })
  }
}

/** Notes what of some elements cannot be read. */
export const checkElements = (source: ZtunnelSource, kind: TableKind, elements: Iterable<RawElement>): void => {
  for (const element of elements)
    if (!isAsExpected(kind, element.value)) readElement(source, quickReaders[kind], element)
}

const quickReaders: Readonly<Record<TableKind, Reader<unknown>>> = {
  ...recordReaders,
  workload: glanceWorkload,
  service: glanceService,
}

const readEach = async <T>(source: ZtunnelSource, kind: TableKind, read: Reader<T>, visit: Visit<T>): Promise<void> => {
  for await (const { elements } of source.batches(kind))
    for (const element of elements) {
      const record = readElement(source, read, element)
      if (record !== undefined) visit(record)
    }
  source.readKinds.add(kind)
}

const readElement = <T>({ issues }: ZtunnelSource, read: Reader<T>, element: RawElement): T | undefined => {
  const { value, key, pointer } = element
  const members = asObject(value)
  if (members === undefined) return issues.add(pointer, 'an object', value) ?? undefined
  return read(new At(members, issues, pointer), key)
}
