import { ExactNumber } from '#model/exact-number.ts'
import { printableJson } from '#render/printable.ts'

/** A JSON array, one batch of elements after the other, so that a long list is never one string. */
export async function* jsonArray(batches: AsyncIterable<Iterable<unknown>>, indent = ''): AsyncIterable<string> {
  let previous: string | undefined
  for await (const batch of batches) {
    const elements = [...batch]
    if (elements.length === 0) continue
    yield previous === undefined ? `${indent}[` : `${previous},`
    previous = jsonText(elements, indent).slice('[\n'.length, -`\n${indent}]`.length)
  }
  if (previous === undefined) yield `${indent}[]`
  else yield `${previous}\n${indent}]`
}

/** Indented by two; the first line without `indent`, so that it can follow a name. */
export const jsonText = (value: unknown, indent = ''): string => {
  const text = written(value, 2)
  return printableJson(indent === '' ? text : text.replaceAll('\n', `\n${indent}`))
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
