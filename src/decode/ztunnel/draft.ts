import { At, asObject, escapePointer, Issues } from '#decode/json/at.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { containerOf, type MemberOutline } from './outline.ts'
import { type RecordKind, type Records, recordReaders, redundant, sectionKind } from './sections.ts'

type AnyRecord = Records[RecordKind]

/** What one element of a section gave; kept by key in a map, where a later duplicate wins as in `JSON.parse`. */
interface Element {
  readonly records: readonly AnyRecord[]
  readonly issues: readonly DecodeIssue[]
}

interface Section {
  readonly kind: RecordKind
  readonly elements: Map<string | number, Element>
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
    this.sections.set(name, { kind, elements: new Map() })
  }

  element(name: string, key: string | number, value: unknown): void {
    const section = this.sections.get(name)
    if (section === undefined) return
    const outline = this.outline.get(name)
    if (section.elements.size === 0 && outline !== undefined)
      this.outline.set(name, { ...outline, firstKey: typeof key === 'string' ? key : undefined, first: value })
    section.elements.set(key, this.read(section.kind, name, key, value))
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
    const found: AnyRecord[] = []
    for (const element of section.elements.values()) {
      found.push(...element.records)
      issues.list.push(...element.issues)
    }
    return found as Records[K][]
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

  private read(kind: RecordKind, name: string, key: string | number, value: unknown): Element {
    const issues = new Issues(this.file)
    const pointer = `${name === '' ? '' : `/${escapePointer(name)}`}/${typeof key === 'string' ? escapePointer(key) : key}`
    const mapKey = typeof key === 'string' ? key : undefined
    const records =
      Array.isArray(value) && kind !== 'vip'
        ? value.flatMap((element, index) => readOne(kind, element, issues, `${pointer}/${index}`, mapKey))
        : readOne(kind, kind === 'vip' ? { targets: value } : value, issues, pointer, mapKey)
    return { records, issues: issues.list }
  }
}

const readOne = (
  kind: RecordKind,
  value: unknown,
  issues: Issues,
  pointer: string,
  key: string | undefined,
): AnyRecord[] => {
  const members = asObject(value)
  if (members === undefined) {
    issues.add(pointer, 'an object', value)
    return []
  }
  const record = recordReaders[kind](new At(members, issues, pointer), key)
  return record === undefined ? [] : [record]
}
