import { printable } from '#render/printable.ts'
import { jsonLine } from '../json.ts'
import { below, isInSlice, type Path, passes, reached, type Step } from './path.ts'
import { faulty, type Part, type PathPart, readParts } from './template.ts'

/** A template whose paths begin with elements of a list. */
export interface Template {
  /** In front of the first path. */
  readonly before: string
  /** The paths, each with the text behind it. */
  readonly parts: readonly ListPart[]
  /** Some path counts from the end of the list. */
  readonly needsLength: boolean
}

interface ListPart {
  readonly part: PathPart
  /** Without unions: what they reach comes one after the other. */
  readonly paths: readonly ListPath[]
  readonly after: string
}

interface ListPath {
  readonly select: Step
  readonly path: Path
}

/** Throws a UserError for a template that is none, or whose paths do not begin with elements of the list. */
export const readTemplate = (text: string): Template => {
  let before = ''
  const parts: ListPart[] = []
  for (const part of readParts(text)) {
    const last = parts.at(-1)
    if (part.kind !== 'text') parts.push({ part, paths: withoutUnions(part.path).map(listPath), after: '' })
    else if (last === undefined) before += part.text
    else parts.splice(-1, 1, { ...last, after: last.after + part.text })
  }
  if (parts.length === 0) throw faulty('it has no path in braces')
  const needsLength = parts.some(({ paths }) => paths.some(({ select }) => countsFromEnd(select)))
  return { before, parts, needsLength }
}

/** The branches of the last union come one after the other, in each of them those of the union before. */
const withoutUnions = (path: Path): readonly Path[] =>
  path.reduce<readonly Path[]>(
    (found, step) =>
      step.kind === 'union'
        ? step.branches.flatMap(branch => found.map(steps => [...steps, ...branch]))
        : found.map(steps => [...steps, step]),
    [[]],
  )

const listPath = ([select, ...path]: Path): ListPath => {
  const isOfElements =
    select?.kind === 'below' ? path[0]?.kind === 'member' : select !== undefined && select.kind !== 'member'
  if (select === undefined || !isOfElements)
    throw faulty('its paths must begin with elements of the list, such as [*] or [0]')
  return { select, path }
}

const countsFromEnd = (step: Step): boolean => step.kind === 'slice' && (step.start < 0 || (step.end ?? 0) < 0)

type Batches = () => AsyncIterable<Iterable<unknown>>

/**
 * Lines of the template filled in. Of its paths the first is printed as the elements come, those behind it when they ended.
 * `batches` gives the list anew on each call: it is counted first for paths that need its length.
 */
export async function* listByTemplate(template: Template, batches: Batches): AsyncIterable<string> {
  let line = ''
  for await (const text of filledIn(template, batches)) {
    const [first = '', ...more] = text.split('\n')
    line += first
    for (const next of more) {
      yield line
      line = next
    }
  }
  if (line !== '') yield line
}

async function* filledIn({ before, parts, needsLength }: Template, batches: Batches): AsyncIterable<string> {
  const length = needsLength ? await lengthOf(batches()) : Number.POSITIVE_INFINITY
  const writers = parts.map(part => new Writer(part, length))
  yield before
  let index = 0
  for await (const batch of batches())
    for (const element of batch) {
      for (const [number, writer] of writers.entries()) {
        const text = writer.add(element, index, number === 0 ? 'now' : 'later')
        if (text !== '') yield text
      }
      index++
    }
  for (const [number, { after }] of parts.entries()) yield `${writers[number]?.kept() ?? ''}${after}`
}

const lengthOf = async (batches: AsyncIterable<Iterable<unknown>>): Promise<number> => {
  let length = 0
  for await (const batch of batches) for (const _ of batch) length++
  return length
}

/** What a part of the template makes of the list. */
class Writer {
  private readonly part: PathPart
  private readonly paths: readonly { readonly select: Select; readonly path: Path; readonly later: string[] }[]
  private isBegun = false

  constructor({ part, paths }: ListPart, length: number) {
    this.part = part
    this.paths = paths.map(({ select, path }) => ({ select: selecting(select, length), path, later: [] }))
  }

  /** The text of an element that can be printed now; what another path must precede is kept. */
  add(element: unknown, index: number, first: 'now' | 'later'): string {
    let now = ''
    for (const [number, { select, path, later }] of this.paths.entries()) {
      const texts = reached(path, select(element, index)).map(value => this.textOf(value))
      if (number === 0 && first === 'now') now = this.joined(texts)
      else for (const text of texts) later.push(text)
    }
    return now
  }

  kept(): string {
    return this.paths.map(({ later }) => this.joined(later)).join('')
  }

  private textOf(value: unknown): string {
    return this.part.kind === 'range' ? filled(this.part.parts, value) : valueText(value)
  }

  /** Values of a path have a blank between them. */
  private joined(texts: readonly string[]): string {
    if (this.part.kind === 'range' || texts.length === 0) return texts.join('')
    const text = texts.join(' ')
    const isFirst = !this.isBegun
    this.isBegun = true
    return isFirst ? text : ` ${text}`
  }
}

type Select = (element: unknown, index: number) => readonly unknown[]

/** What the first step of a path, from the list, reaches at an element. */
const selecting = (step: Step, length: number): Select => {
  switch (step.kind) {
    case 'slice': {
      const isIn = isInSlice(step, length)
      return (element, index) => (isIn(index) ? [element] : [])
    }
    case 'filter':
      return element => (passes(step, element) ? [element] : [])
    case 'below':
      return below
    default:
      return element => [element]
  }
}

const filled = (parts: readonly Part[], value: unknown): string => parts.map(part => partText(part, value)).join('')

const partText = (part: Part, value: unknown): string => {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'path':
      return reached(part.path, [value]).map(valueText).join(' ')
    case 'range':
      return reached(part.path, [value])
        .map(inner => filled(part.parts, inner))
        .join('')
  }
}

const valueText = (value: unknown): string => (typeof value === 'string' ? printable(value) : jsonLine(value))
