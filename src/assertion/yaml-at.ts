import { isMap, isScalar, isSeq, type LineCounter, type Node, type YAMLMap } from 'yaml'
import { closest } from '#reason/closest.ts'
import type { Place } from './suite.ts'

/** What is wrong in an assertion file, where, and what was probably meant. */
export interface Complaint {
  readonly place: Place
  readonly says: string
  readonly suggestion?: string
}

export interface Source {
  readonly file: string
  readonly lines: LineCounter
  readonly complaints: Complaint[]
}

/** A node of a YAML file that knows where it stands; readers complain instead of throwing, so that all faults are told at once. */
export class YamlAt {
  private readonly source: Source
  private readonly node: Node | null | undefined
  private readonly path: string
  private readonly around: number

  constructor(source: Source, node: Node | null | undefined, path: string, around = 0) {
    this.source = source
    this.node = node
    this.path = path
    this.around = around
  }

  get place(): Place {
    return this.placeOf(this.node?.range?.[0] ?? this.around)
  }

  get isMap(): boolean {
    return isMap(this.node)
  }

  get isList(): boolean {
    return isSeq(this.node)
  }

  complain(says: string, suggestion?: string, offset?: number): undefined {
    const place = offset === undefined ? this.place : this.placeOf(offset)
    this.source.complaints.push({ place, says, ...(suggestion !== undefined && { suggestion }) })
    return undefined
  }

  /** The members that may stand here; any other is complained about. Undefined when this is no mapping. */
  members<Key extends string>(...known: readonly Key[]): Partial<Record<Key, YamlAt>> | undefined {
    if (!isMap(this.node)) return this.complain(`${this.path} must be a mapping of ${known.join(', ')}`)
    const found: Partial<Record<Key, YamlAt>> = {}
    for (const { key, value } of (this.node as YAMLMap<Node, Node | null>).items) {
      const name = isScalar(key) ? String(key.value) : ''
      const offset = key?.range?.[0] ?? this.around
      if (isOneOf(name, known)) found[name] = new YamlAt(this.source, value, `${this.path}.${name}`, offset)
      else {
        const meant = closest(name, known)
        this.complain(`${this.path} has no member ${name}`, meant ?? `one of ${known.join(', ')}`, offset)
      }
    }
    return found
  }

  /** Any members, as text. */
  texts(): Readonly<Record<string, YamlAt>> {
    if (!isMap(this.node)) {
      this.complain(`${this.path} must be a mapping`)
      return {}
    }
    return Object.fromEntries(
      (this.node as YAMLMap<Node, Node | null>).items.map(({ key, value }) => {
        const name = isScalar(key) ? String(key.value) : ''
        return [name, new YamlAt(this.source, value, `${this.path}.${name}`, key?.range?.[0])]
      }),
    )
  }

  list(): readonly YamlAt[] {
    if (!isSeq(this.node)) {
      this.complain(`${this.path} must be a list`)
      return []
    }
    return this.node.items.map(
      (item, index) => new YamlAt(this.source, item as Node, `${this.path}[${index}]`, this.around),
    )
  }

  /** A list that holds something, or one value that stands for a list of one. */
  oneOrMore(): readonly YamlAt[] {
    const all = this.isList ? this.list() : [this]
    if (all.length === 0) this.complain(`${this.path} is empty`)
    return all
  }

  get isNull(): boolean {
    return this.node === null || this.node === undefined || (isScalar(this.node) && this.node.value === null)
  }

  text(): string | undefined {
    const value = this.scalar()
    if (typeof value === 'string' && value !== '') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    if (value instanceof Date) return value.toISOString().slice(0, 10)
    return this.complain(`${this.path} must be a text`)
  }

  number(): number | undefined {
    const value = this.scalar()
    return typeof value === 'number' ? value : this.complain(`${this.path} must be a number`)
  }

  flag(): boolean | undefined {
    const value = this.scalar()
    return typeof value === 'boolean' ? value : this.complain(`${this.path} must be true or false`)
  }

  oneOf<Value extends string>(values: readonly Value[]): Value | undefined {
    const value = this.text()
    if (value === undefined || isOneOf(value, values)) return value as Value | undefined
    return this.complain(`${this.path} cannot be ${value}`, closest(value, values) ?? `one of ${values.join(', ')}`)
  }

  private scalar(): unknown {
    return isScalar(this.node) ? this.node.value : undefined
  }

  private placeOf(offset: number): Place {
    const { line, col } = this.source.lines.linePos(offset)
    return { file: this.source.file, line: Math.max(1, line), column: Math.max(1, col) }
  }
}

const isOneOf = <Value extends string>(value: string, values: readonly Value[]): value is Value =>
  (values as readonly string[]).includes(value)
