import { At, asObject, escapePointer, Issues } from '#decode/json/at.ts'
import type { JsonPointer } from '#model/evidence.ts'
import type { Service, ServiceGlance, WorkloadGlance, ZtunnelDump } from '#model/ztunnel.ts'
import { Draft } from './draft.ts'
import { decodeZtunnel, finishDump, sectionNames } from './dump.ts'
import { glanceService, glanceWorkload } from './glance.ts'
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

/** `exact` keeps numbers that no double has and notes repeated members; tables need neither. */
export type Reading = 'plain' | 'exact'

/** One ztunnel's state, of which only the sections that are asked for are read; a file of any size. */
export interface ZtunnelSource {
  readonly file: string
  readonly facts: ZtunnelFacts
  /** Filled while records are read. */
  readonly issues: Issues
  /** The elements of a section, in batches; all at once where the file is held as a whole. */
  readonly batches: (kind: TableKind, reading?: Reading) => AsyncIterable<Iterable<RawElement>>
  /** The dump as it came, member by member; a section that was too large to parse has `undefined`. */
  readonly members: () => Iterable<readonly [name: string, value: unknown]>
  /** Everything, decoded; kept after the first call. */
  readonly dump: () => Promise<ZtunnelDump>
}

/** The members of a dump that is held as a whole, each read when it is asked for. */
export interface DumpMembers {
  readonly names: readonly string[]
  readonly get: (name: string, reading: Reading) => unknown
}

/** A parsed dump of any era. */
export const dumpSource = (value: unknown, file: string): ZtunnelSource => {
  const members = asObject(value) ?? {}
  return heldSource({ names: Object.keys(members), get: name => members[name] }, members, new Issues(file), () => value)
}

/** `excerpt` has every member, of the long sections only the first elements. */
export const heldSource = (
  { names, get }: DumpMembers,
  excerpt: Members,
  issues: Issues,
  whole: () => unknown,
): ZtunnelSource => {
  const { file } = issues
  const draft = outlineDraft(excerpt, file)
  const facts = factsOf(finishDump(draft))
  const sectionOfKind = sectionNames(draft)
  return {
    file,
    facts,
    issues,
    batches: (kind, reading = 'plain') =>
      atOnce(() => {
        const section = sectionOfKind(sectionOf(kind, facts)) ?? ''
        return sectionElements(names.includes(section) ? get(section, reading) : undefined, section)
      }),
    members: () => names.map(name => [name, get(name, 'exact')] as const),
    dump: once(async () => decodeZtunnel(whole(), file)),
  }
}

type Members = Readonly<Record<string, unknown>>

/** The services of 1.18 and older are what its `vips` say. */
export const sectionOf = (kind: TableKind, { era }: Pick<ZtunnelFacts, 'era'>): RecordKind =>
  kind === 'service' && (era === 'E0' || era === 'E1') ? 'vip' : kind

/** istioctl's lists of one ztunnel. */
export const listSource = (lists: readonly ListFile[], file: string): ZtunnelSource => {
  const dump = decodeLists(lists, file)
  return {
    file,
    facts: factsOf(dump),
    issues: new Issues(file),
    batches: kind =>
      atOnce(() =>
        lists
          .filter(({ value }) => listKind(value) === kind)
          .flatMap(({ value, pointer }) => [...sectionElements(value, pointer)]),
      ),
    members: () => lists.map(({ value }) => [listMembers[listKind(value) ?? 'workload'], value] as const),
    dump: async () => dump,
  }
}

const listMembers = {
  workload: 'workloads',
  service: 'services',
  policy: 'policies',
  certificate: 'certificates',
  pod: 'workloadState',
} as const satisfies Record<TableKind, string>

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

async function* atOnce<T>(elements: () => Iterable<T>): AsyncIterable<Iterable<T>> {
  yield elements()
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
  issues: [],
  knowsPods: pods !== undefined,
})

/** The elements of a list or map; a list inside a map (`by_host`) is taken apart unless it is wanted nested. */
function* sectionElements(section: unknown, name: string, lists: 'flat' | 'nested' = 'flat'): Iterable<RawElement> {
  const prefix = name === '' ? '' : `/${escapePointer(name)}`
  if (Array.isArray(section)) {
    for (const [index, value] of section.entries()) yield { value, key: undefined, pointer: `${prefix}/${index}` }
    return
  }
  const isNew = newness()
  for (const [key, value] of Object.entries(asObject(section) ?? {})) {
    const pointer = `${prefix}/${escapePointer(key)}`
    if (lists === 'nested' || name === 'vips') yield { value, key, pointer }
    else for (const element of flattened({ value, key, pointer })) if (isNew(element.value)) yield element
  }
}

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
export const eachService = async (source: ZtunnelSource, visit: Visit<ServiceGlance>): Promise<void> => {
  if (sectionOf('service', source.facts) === 'service') await readEach(source, 'service', glanceService, visit)
  else for (const service of (await source.dump()).services) visit(service)
}

/** Visits whole services. */
export const eachWholeService = async (source: ZtunnelSource, visit: Visit<Service>): Promise<void> => {
  const { era } = source.facts
  if (era !== 'list' && sectionOf('service', source.facts) === 'service')
    await readEach(source, 'service', recordReaders.service, visit)
  else for (const service of (await source.dump()).services) visit(service)
}

const readEach = async <T>(source: ZtunnelSource, kind: TableKind, read: Reader<T>, visit: Visit<T>): Promise<void> => {
  const { issues } = source
  for await (const batch of source.batches(kind))
    for (const { value, key, pointer } of batch) {
      const members = asObject(value)
      const record = members && read(new At(members, issues, pointer), key)
      if (members === undefined) issues.add(pointer, 'an object', value)
      if (record !== undefined) visit(record)
    }
}
