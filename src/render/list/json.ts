import { ExactNumber } from '#model/exact-number.ts'
import { isPlain, printableJson } from '#render/printable.ts'

/** What stands around a JSON value: `indent` before its lines but the first, `head` before this, `tail` behind the last. */
export interface JsonPlace {
  readonly indent: string
  readonly head: string
  readonly tail: string
}

/** Elements of a long list; `text` is how a dump has them below a section, indented by four. */
export class Elements implements Iterable<unknown> {
  readonly values: readonly unknown[]
  readonly text: string | undefined

  constructor(values: readonly unknown[], text: string | undefined) {
    this.values = values
    this.text = text
  }

  [Symbol.iterator](): Iterator<unknown> {
    return this.values[Symbol.iterator]()
  }
}

/** A JSON array, one batch of elements after the other, so that a long list is never one string. */
export async function* jsonArray(
  batches: AsyncIterable<Iterable<unknown>>,
  { indent, head, tail }: JsonPlace = { indent: '', head: '', tail: '' },
): AsyncIterable<string> {
  let previous: string | undefined
  for await (const batch of batches) {
    const elements = [...batch]
    if (elements.length === 0) continue
    yield previous === undefined ? `${head}[` : `${previous},`
    previous = knownText(batch, indent) ?? jsonText(elements, indent).slice('[\n'.length, -`\n${indent}]`.length)
  }
  yield previous === undefined ? `${head}[]${tail}` : `${previous}\n${indent}]${tail}`
}

/** As the dump has it where that is how it would be written here, several times as fast as to write it anew. */
const knownText = (batch: Iterable<unknown>, indent: string): string | undefined =>
  batch instanceof Elements && indent === '  ' && batch.text !== undefined && isPlain(batch.text)
    ? batch.text
    : undefined

/** Indented by two; the first line without `indent`, so that it can follow a name. */
export const jsonText = (value: unknown, indent = ''): string => printableJson(within(indent, value))

/** Inside as many lists, which are taken off again: six times as fast as to indent the text. */
const within = (indent: string, value: unknown): string => {
  const step = 2
  let [nested, lead, trail] = [value, 0, 0]
  for (let depth = indent.length; depth > 0; depth -= step) {
    nested = [nested]
    lead += '[\n'.length + depth
    trail += '\n]'.length + depth - step
  }
  const text = written(nested, step)
  return text.slice(lead, text.length - trail)
}

/** One line. */
export const jsonLine = (value: unknown): string => printableJson(written(value, 0))

/** `JSON.stringify` cannot write a number that no double has. */
const written = (value: unknown, indent: number): string => {
  const text = JSON.stringify(value, null, indent) ?? 'null'
  return text.includes(ExactNumber.mark) ? exactText(value, indent === 0 ? '' : '\n', ' '.repeat(indent)) : text
}

/** The same text, member by member; `line` is a line break and what stands before the value on its line. */
const exactText = (value: unknown, line: string, step: string): string => {
  if (value instanceof ExactNumber) return value.text
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const colon = step === '' ? ':' : ': '
  const inner = `${line}${step}`
  const [open, close, parts] = Array.isArray(value)
    ? ['[', ']', value.map(element => exactText(element, inner, step))]
    : [
        '{',
        '}',
        Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}${colon}${exactText(member, inner, step)}`),
      ]
  return parts.length === 0 ? `${open}${close}` : `${open}${inner}${parts.join(`,${inner}`)}${line}${close}`
}
