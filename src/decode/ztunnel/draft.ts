import { At, asObject, escapePointer, Issues } from '#decode/json/at.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { ZtunnelRecordKind } from '#model/ztunnel.ts'
import { containerOf, type MemberOutline } from './outline.ts'
import { type RecordKind, type Records, recordKinds, recordReaders, redundant, sectionKind } from './sections.ts'
import { readVip } from './vip.ts'

type AnyRecord = Records[RecordKind]

interface Element {
  readonly records: readonly AnyRecord[]
  readonly issues: readonly DecodeIssue[]
  readonly isLost: boolean
}

/**
 * What was read of a section. A list gives records in order. A map is kept as an object, so that duplicate keys and the
 * order of keys are those of `JSON.parse`.
 */
interface Section {
  readonly kind: RecordKind
  readonly name: string
  readonly records: AnyRecord[]
  readonly issues: Issues
  readonly byKey: Record<string, Element>
  isEmpty: boolean
  /** An element gave no record. */
  hasLost: boolean
}

/**
 * A dump under reading: fed member by member and element by element, from a parsed value or from a scanner of a file that
 * is too large to parse. Which sections count is decided at the end, when the era is known.
 */
export class Draft {
  readonly file: string
  readonly outline = new Map<string, MemberOutline>()
  readonly members = new Map<string, unknown>()
  private readonly sections = new Map<string, Section>()

  constructor(file: string) {
    this.file = file
  }

  /** A member that is no section, or a section of the wrong type. */
  member(name: string, value: unknown): void {
    this.sections.delete(name)
    this.outline.set(name, { container: containerOf(value) })
    if (!redundant.has(name)) this.members.set(name, value)
  }

  /** A section begins; a repeated one replaces the first. */
  begin(name: string, kind: RecordKind, container: 'array' | 'object'): void {
    this.members.delete(name)
    this.outline.set(name, { container })
    this.sections.set(name, {
      kind,
      name,
      records: [],
      issues: new Issues(this.file),
      byKey: Object.create(null),
      isEmpty: true,
      hasLost: false,
    })
  }

  element(name: string, key: string | number, value: unknown): void {
    const section = this.sections.get(name)
    if (section === undefined) return
    if (section.isEmpty) this.noteFirst(name, key, value)
    section.isEmpty = false
    if (typeof key === 'number') {
      if (!readElement(section, key, value, section.records, section.issues)) section.hasLost = true
    } else {
      const records: AnyRecord[] = []
      const issues = new Issues(this.file)
      const isLost = !readElement(section, key, value, records, issues)
      section.byKey[key] = { records, issues: issues.list, isLost }
    }
  }

  /** A whole member, whatever it is. */
  add(name: string, value: unknown): void {
    const kind = sectionKind(name)
    if (kind === undefined) this.member(name, value)
    else this.section(name, kind, value)
  }

  /** The records of a section, with the issues that reading them left. */
  take<K extends RecordKind>(name: string, kind: K, issues: Issues): readonly Records[K][] {
    const section = this.sections.get(name)
    if (section === undefined || section.kind !== kind) return []
    for (const issue of section.issues.list) issues.list.push(issue)
    const elements = Object.values(section.byKey)
    if (elements.length === 0) return section.records as Records[K][]
    const found = [...section.records]
    for (const element of elements) {
      for (const record of element.records) found.push(record)
      for (const issue of element.issues) issues.list.push(issue)
    }
    return found as Records[K][]
  }

  /** Whether an element of the section could not be read at all. */
  hasLost(name: string): boolean {
    const section = this.sections.get(name)
    return section !== undefined && (section.hasLost || Object.values(section.byKey).some(({ isLost }) => isLost))
  }

  private noteFirst(name: string, key: string | number, value: unknown): void {
    const container = this.outline.get(name)?.container ?? 'other'
    this.outline.set(name, { container, firstKey: typeof key === 'string' ? key : undefined, first: value })
  }

  /** The first record under each key of a section that is a map. */
  keyed<K extends RecordKind>(name: string, kind: K): ReadonlyMap<string, Records[K]> {
    const section = this.sections.get(name)
    const found = new Map<string, Records[K]>()
    if (section === undefined || section.kind !== kind) return found
    for (const [key, { records }] of Object.entries(section.byKey))
      if (records[0] !== undefined) found.set(key, records[0] as Records[K])
    return found
  }

  private section(name: string, kind: RecordKind, value: unknown): void {
    if (Array.isArray(value)) {
      this.begin(name, kind, 'array')
      for (const [index, element] of value.entries()) this.element(name, index, element)
    } else if (asObject(value) !== undefined) {
      this.begin(name, kind, 'object')
      for (const [key, element] of Object.entries(value as object)) this.element(name, key, element)
    } else this.member(name, value)
  }
}

/** Kinds of which some element could not be read at all. */
export const unreadable = (
  draft: Draft,
  sectionOf: (kind: RecordKind) => string | undefined,
): readonly ZtunnelRecordKind[] =>
  ([...recordKinds, ['vip', 'services']] as const)
    .filter(([kind]) => draft.hasLost(sectionOf(kind) ?? ''))
    .map(([, name]) => name)

/** False when there was something of which nothing could be read. */
const readElement = (
  { kind, name }: Section,
  key: string | number,
  value: unknown,
  found: AnyRecord[],
  issues: Issues,
): boolean => {
  const section = name === '' ? '' : `/${escapePointer(name)}`
  const mapKey = typeof key === 'string' ? key : undefined
  const pointer = `${section}/${mapKey === undefined ? key : escapePointer(mapKey)}`
  if (kind === 'vip') {
    const vips = readVip(value, issues, pointer, mapKey ?? '')
    found.push(...[vips ?? []].flat())
    return vips !== undefined
  }
  if (!Array.isArray(value)) return readOne(kind, value, found, issues, pointer, mapKey)
  const read = value.map((element, index) => readOne(kind, element, found, issues, `${pointer}/${index}`, mapKey))
  return read.every(Boolean)
}

const readOne = (
  kind: Exclude<RecordKind, 'vip'>,
  value: unknown,
  found: AnyRecord[],
  issues: Issues,
  pointer: string,
  key: string | undefined,
): boolean => {
  const members = asObject(value)
  if (members === undefined) {
    issues.add(pointer, 'an object', value)
    return false
  }
  const record = recordReaders[kind](new At(members, issues, pointer), key)
  if (record === undefined) return false
  found.push(record)
  return true
}
