import type { JsonPointer } from '#model/evidence.ts'
import type { DecodeIssue } from '#model/issue.ts'

/** Collects what could not be read in one file. */
export class Issues {
  readonly file: string
  readonly list: DecodeIssue[] = []

  constructor(file: string) {
    this.file = file
  }

  add(at: JsonPointer, expected: string, found: unknown, severity: DecodeIssue['severity'] = 'error'): void {
    this.list.push({ severity, file: this.file, at, expected, found: summary(found) })
  }
}

/** One JSON object under reading: typed look-ups that note an issue on a wrong type, and remember what was asked for. */
export class At {
  private readonly members: Readonly<Record<string, unknown>>
  private readonly parent: At | undefined
  private readonly key: string | number
  private readonly issues: Issues
  private readonly asked = new Set<string>()

  constructor(members: Readonly<Record<string, unknown>>, issues: Issues, key: string | number = '', parent?: At) {
    this.members = members
    this.issues = issues
    this.key = key
    this.parent = parent
  }

  get pointer(): JsonPointer {
    if (this.parent === undefined) return this.key === '' ? '' : `${this.key}`
    return `${this.parent.pointer}/${escapePointer(`${this.key}`)}`
  }

  has(name: string): boolean {
    return this.members[name] !== undefined && this.members[name] !== null
  }

  keys(): readonly string[] {
    return Object.keys(this.members)
  }

  /** The member as it came, marked as read. */
  raw(name: string): unknown {
    this.asked.add(name)
    return this.members[name]
  }

  text(name: string): string | undefined {
    return this.typed(name, 'a string', value => (typeof value === 'string' ? value : undefined))
  }

  number(name: string): number | undefined {
    return this.typed(name, 'a number', value => (typeof value === 'number' ? value : undefined))
  }

  flag(name: string): boolean | undefined {
    return this.typed(name, 'true or false', value => (typeof value === 'boolean' ? value : undefined))
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    return this.typed(name, values.join(' | '), value => values.find(allowed => allowed === value))
  }

  object(name: string): At | undefined {
    const members = this.typed(name, 'an object', asObject)
    return members === undefined ? undefined : new At(members, this.issues, name, this)
  }

  array(name: string): readonly unknown[] | undefined {
    return this.typed(name, 'an array', value => (Array.isArray(value) ? value : undefined))
  }

  /** The objects of a list; elements of another type are noted and left out. */
  objects(name: string): readonly At[] {
    return this.elements(name, 'an object', asObject).map(
      ([members, index]) => new At(members, this.issues, index, new At({}, this.issues, name, this)),
    )
  }

  texts(name: string): readonly string[] {
    return this.elements(name, 'a string', value => (typeof value === 'string' ? value : undefined)).map(
      ([text]) => text,
    )
  }

  /** Notes that member `name` is not what was expected. */
  wrong(name: string, expected: string, severity: DecodeIssue['severity'] = 'error'): undefined {
    this.issues.add(`${this.pointer}/${escapePointer(name)}`, expected, this.members[name], severity)
    return undefined
  }

  /** Members nobody asked for, or undefined when all were read. */
  unread(): Readonly<Record<string, unknown>> | undefined {
    let left: Record<string, unknown> | undefined
    for (const name in this.members) {
      if (this.asked.has(name)) continue
      left ??= {}
      left[name] = this.members[name]
    }
    return left
  }

  private typed<T>(name: string, expected: string, read: (value: unknown) => T | undefined): T | undefined {
    const value = this.raw(name)
    if (value === undefined || value === null) return undefined
    return read(value) ?? this.wrong(name, expected)
  }

  private elements<T>(name: string, expected: string, read: (value: unknown) => T | undefined): [T, number][] {
    const found: [T, number][] = []
    for (const [index, value] of (this.array(name) ?? []).entries()) {
      const element = read(value)
      if (element === undefined) this.issues.add(`${this.pointer}/${escapePointer(name)}/${index}`, expected, value)
      else found.push([element, index])
    }
    return found
  }
}

export const asObject = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined

export const escapePointer = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

const summary = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
