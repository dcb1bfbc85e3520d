import { UserError } from '#errors.ts'
import { printable } from '#render/printable.ts'
import { jsonLine } from './json.ts'

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'range'; readonly path: string; readonly parts: Part[] }
type ListPart = Exclude<Part, { kind: 'text' }>

/** A template of kubectl's `-o jsonpath` for a list: `{range [*]}{.name}{"\\n"}{end}`. */
export type Template = readonly Part[]

const token =
  /\{\s*(?:range\s+(?<range>.+?)|(?<end>end)|(?<quoted>"(?:[^"\\]|\\.)*")|(?<path>.+?))\s*\}|(?<text>[^{]+)/gsy

/** Throws a UserError for a template that is none, or whose paths do not begin with elements of the list. */
export const readTemplate = (text: string): Template => {
  const top: Part[] = []
  const open: Part[][] = [top]
  let end = 0
  for (const { groups = {}, index, 0: whole } of text.matchAll(token)) {
    end = index + whole.length
    const into = open.at(-1) ?? top
    if (groups.range !== undefined) {
      const parts: Part[] = []
      into.push({ kind: 'range', path: plainPath(groups.range), parts })
      open.push(parts)
    } else if (groups.end !== undefined) {
      if (open.length === 1) throw faulty('{end} ends no {range}')
      open.pop()
    } else if (groups.path !== undefined) into.push({ kind: 'path', path: plainPath(groups.path) })
    else into.push({ kind: 'text', text: groups.text ?? quoted(groups.quoted ?? '') })
  }
  if (end < text.length) throw faulty(`it is not understood from "${text.slice(end)}" on`)
  if (open.length > 1) throw faulty('a {range} has no {end}')
  const paths = top.filter(isOfList)
  if (paths.length === 0) throw faulty('it has no path in braces')
  for (const { path } of paths) if (!/^\[(\*|\d+|\?.*)\]/.test(path)) throw faulty(`{${path}} is no path of a list`)
  return top
}

const faulty = (what: string): UserError =>
  new UserError('usage', `the template of -o jsonpath cannot be used: ${what}`, {
    next: [`-o jsonpath='{range [*]}{.name}{"\\n"}{end}', with the members that -o json shows`],
  })

const quoted = (text: string): string => {
  try {
    return JSON.parse(text)
  } catch {
    throw faulty(`${text} is no text`)
  }
}

/** Without the root's sign; `.a\\.b` as `['a.b']`. */
const plainPath = (path: string): string =>
  path
    .replace(/^[$@]?\.?(?=\[)|^[$@]/, '')
    .replace(/^\.$/, '')
    .replace(/\.((?:[^.[\]\\]|\\.)+)/g, (member, name: string) =>
      name.includes('\\') ? `['${name.replaceAll('\\', '')}']` : member,
    )

const isOfList = (part: Part): part is ListPart => part.kind !== 'text'

/** Lines of the template filled in. Of its paths the first is printed as the elements come, those behind it when they ended. */
export async function* listByTemplate(
  template: Template,
  batches: AsyncIterable<Iterable<unknown>>,
): AsyncIterable<string> {
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

async function* filledIn(template: Template, batches: AsyncIterable<Iterable<unknown>>): AsyncIterable<string> {
  const find = await finder()
  const at = template.findIndex(isOfList)
  const writers = template.slice(at).map(part => (isOfList(part) ? listWriter(part, find) : undefined))
  const texts: string[][] = writers.map(() => [])
  yield fill(template.slice(0, at), undefined, find)
  let index = 0
  for await (const batch of batches)
    for (const element of batch) {
      for (const [number, write] of writers.entries()) {
        const text = write?.(element, index) ?? ''
        if (number === 0) yield text
        else texts[number]?.push(text)
      }
      index++
    }
  for (const [number, part] of template.slice(at).entries())
    yield part.kind === 'text' ? part.text : (texts[number]?.join('') ?? '')
}

type Find = (path: string, value: unknown) => readonly unknown[]

const finder = async (): Promise<Find> => {
  const { JSONPath } = await import('jsonpath-plus')
  return (path, value) => {
    if (path === '') return [value]
    if (typeof value !== 'object' || value === null) return []
    try {
      return JSONPath({ path: `$${path}`, json: value, wrap: true, eval: 'safe' })
    } catch (error) {
      throw faulty(`{${path}}: ${error instanceof Error ? error.message : error}`)
    }
  }
}

/** What an element of the list adds; values of a path have a blank between them. */
const listWriter = (part: ListPart, find: Find): ((element: unknown, index: number) => string) => {
  const [head = '', position] = /^\[(\d+)\]/.exec(part.path) ?? []
  let separator = ''
  return (element, index) => {
    const isElsewhere = position !== undefined && Number(position) !== index
    if (isElsewhere) return ''
    const found = position === undefined ? find(part.path, [element]) : find(part.path.slice(head.length), element)
    if (part.kind === 'range') return found.map(value => fill(part.parts, value, find)).join('')
    if (found.length === 0) return ''
    const text = `${separator}${found.map(valueText).join(' ')}`
    separator = ' '
    return text
  }
}

const fill = (parts: readonly Part[], value: unknown, find: Find): string =>
  parts.map(part => filled(part, value, find)).join('')

const filled = (part: Part, value: unknown, find: Find): string => {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'path':
      return find(part.path, value).map(valueText).join(' ')
    case 'range':
      return find(part.path, value)
        .map(inner => fill(part.parts, inner, find))
        .join('')
  }
}

const valueText = (value: unknown): string => (typeof value === 'string' ? printable(value) : jsonLine(value))
