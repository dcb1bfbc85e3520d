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

type Members = Readonly<Record<string, unknown>>

/**
 * One JSON object under reading: typed look-ups that note an issue on a wrong type, and remember what was asked for.
 * A look-up takes a second, older spelling; an absent or null member is undefined, without an issue.
 */
export class At {
  readonly members: Members
  readonly issues: Issues
  private readonly parent: At | undefined
  private readonly path: string
  private readonly index: number | undefined
  private readonly issuesBefore: number
  private readonly asked: string[] = []
  private children: At[] | undefined
  /** Read as a map: no key of it is unknown. */
  private mapped = false

  /** `path` is the pointer of a root, the (unescaped) member of a child; `index` says which element of that member. */
  constructor(members: Members, issues: Issues, path: string = '', parent?: At, index?: number) {
    this.members = members
    this.issues = issues
    this.path = path
    this.parent = parent
    this.index = index
    this.issuesBefore = issues.list.length
  }

  get pointer(): JsonPointer {
    if (this.parent === undefined) return this.path
    return `${this.parent.pointer}/${this.relative}`
  }

  /** Whether reading it, or anything inside it, left an issue. Ask after reading. */
  get damaged(): boolean {
    return this.issues.list.length > this.issuesBefore
  }

  has(name: string): boolean {
    return this.members[name] !== undefined && this.members[name] !== null
  }

  keys(): readonly string[] {
    return Object.keys(this.members)
  }

  /** The member as it came, marked as read. */
  raw(name: string): unknown {
    const value = this.members[name]
    if (value !== undefined) this.asked.push(name)
    return value
  }

  /** Marks a member as known without reading it. */
  skip(name: string): void {
    this.raw(name)
  }

  text(name: string, older?: string): string | undefined {
    const spelling = this.spelling(name, older)
    const value = this.members[spelling]
    if (typeof value === 'string') return value
    return this.absent(value) ? undefined : this.wrong(spelling, 'a string')
  }

  number(name: string, older?: string): number | undefined {
    const spelling = this.spelling(name, older)
    const value = this.members[spelling]
    if (typeof value === 'number') return value
    return this.absent(value) ? undefined : this.wrong(spelling, 'a number')
  }

  /** A whole number from 0 to `max`. */
  whole(name: string, max: number, older?: string): number | undefined {
    const value = this.number(name, older)
    if (value === undefined || isWhole(value, max)) return value
    return this.wrong(this.spelling(name, older), `a whole number from 0 to ${max}`)
  }

  flag(name: string, older?: string): boolean | undefined {
    const spelling = this.spelling(name, older)
    const value = this.members[spelling]
    if (typeof value === 'boolean') return value
    return this.absent(value) ? undefined : this.wrong(spelling, 'true or false')
  }

  /** One of a closed set of words; an empty one is absent, which is how Go writes a word that was not set. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.raw(name)
    if (this.absent(value) || value === '') return undefined
    return values.find(allowed => allowed === value) ?? this.wrong(name, values.join(' | '))
  }

  object(name: string, older?: string): At | undefined {
    const spelling = this.spelling(name, older)
    const value = this.members[spelling]
    if (this.absent(value)) return undefined
    const members = asObject(value)
    return members === undefined ? this.wrong(spelling, 'an object') : this.child(members, spelling)
  }

  array(name: string, older?: string): readonly unknown[] | undefined {
    const spelling = this.spelling(name, older)
    const value = this.members[spelling]
    if (Array.isArray(value)) return value
    return this.absent(value) ? undefined : this.wrong(spelling, 'an array')
  }

  /** Reads each object of a map; values of another type are noted and left out. */
  eachObject(read: (value: At, key: string) => void): void {
    this.mapped = true
    for (const key in this.members) {
      const members = asObject(this.members[key])
      if (members !== undefined) read(this.child(members, key), key)
      else this.wrong(key, 'an object')
    }
  }

  /** Reads each number of a map; values of another type are noted and left out. */
  eachNumber(read: (value: number, key: string) => void): void {
    this.mapped = true
    for (const key in this.members) {
      const value = this.members[key]
      if (typeof value === 'number') read(value, key)
      else this.wrong(key, 'a number')
    }
  }

  /** The objects of a list; elements of another type are noted and left out. */
  objects(name: string, older?: string): readonly At[] {
    return this.elements(name, older, 'an object', asObject, (members, spelling, index) =>
      this.child(members, spelling, index),
    )
  }

  texts(name: string, older?: string): readonly string[] {
    return this.elements(name, older, 'a string', asText, text => text)
  }

  numbers(name: string, older?: string): readonly number[] {
    return this.elements(name, older, 'a number', asNumber, number => number)
  }

  /** The elements of a list that `read` understands; `expected` names the others in an issue. */
  list<T>(
    name: string,
    older: string | undefined,
    expected: string,
    read: (value: unknown) => T | undefined,
  ): readonly T[] {
    return this.elements(name, older, expected, read, element => element)
  }

  /** Notes that member `name` is not what was expected. */
  wrong(name: string, expected: string, severity: DecodeIssue['severity'] = 'error'): undefined {
    this.issues.add(`${this.pointer}/${escapePointer(name)}`, expected, this.members[name], severity)
    return undefined
  }

  /** Members nobody asked for, here and in what was read below (keyed by relative pointer), or undefined when all were read. */
  unread(): Members | undefined {
    let left: [string, unknown][] | undefined
    for (const name in this.members) {
      if (this.mapped || this.asked.includes(name)) continue
      left ??= []
      left.push([escapePointer(name), this.members[name]])
    }
    for (const child of this.children ?? []) {
      const below = child.unread()
      if (below === undefined) continue
      left ??= []
      for (const name in below) left.push([`${child.relative}/${name}`, below[name]])
    }
    return left === undefined ? undefined : Object.fromEntries(left)
  }

  private get relative(): string {
    const path = escapePointer(this.path)
    return this.index === undefined ? path : `${path}/${this.index}`
  }

  private child(members: Members, name: string, index?: number): At {
    const child = new At(members, this.issues, name, this, index)
    this.children ??= []
    this.children.push(child)
    return child
  }

  private absent(value: unknown): boolean {
    return value === undefined || value === null
  }

  /** Which spelling this object uses; both count as read. */
  private spelling(name: string, older: string | undefined): string {
    const current = this.raw(name)
    if (older === undefined) return name
    return this.raw(older) !== undefined && current === undefined ? older : name
  }

  private elements<T, R>(
    name: string,
    older: string | undefined,
    expected: string,
    read: (value: unknown) => T | undefined,
    keep: (element: T, spelling: string, index: number) => R,
  ): readonly R[] {
    const values = this.array(name, older)
    if (values === undefined || values.length === 0) return nothing
    const spelling = older !== undefined && this.members[name] === undefined ? older : name
    const found: R[] = []
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      const element = read(value)
      if (element === undefined) this.issues.add(`${this.pointer}/${escapePointer(spelling)}/${index}`, expected, value)
      else found.push(keep(element, spelling, index))
    }
    return found
  }
}

const nothing: readonly never[] = []

export const asObject = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined

export const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)

export const isWhole = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max

export const escapePointer = (key: string): string =>
  key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key

const summary = (value: unknown): string => {
  const text = preview(value, 3)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

/** JSON text of the beginning of a value: enough for a summary, whatever its size or depth. */
const preview = (value: unknown, depth: number): string => {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100))
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth === 0) return Array.isArray(value) ? '[…]' : '{…}'
  if (Array.isArray(value))
    return `[${value
      .slice(0, 8)
      .map(element => preview(element, depth - 1))
      .join(',')}]`
  const members = Object.entries(value).slice(0, 8)
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${preview(member, depth - 1)}`).join(',')}}`
}
