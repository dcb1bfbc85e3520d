import { printableJson } from '#render/printable.ts'

/** A JSON array, one element after the other, so that a long list is never one string. */
export async function* jsonArray(batches: AsyncIterable<Iterable<unknown>>, indent = ''): AsyncIterable<string> {
  let previous: string | undefined
  for await (const batch of batches)
    for (const element of batch) {
      yield previous === undefined ? `${indent}[` : `${previous},`
      previous = `${indent}  ${jsonText(element, `${indent}  `)}`
    }
  if (previous === undefined) yield `${indent}[]`
  else yield `${previous}\n${indent}]`
}

/** Indented by two; the first line without `indent`, so that it can follow a name. */
export const jsonText = (value: unknown, indent = ''): string => {
  const text = JSON.stringify(value, null, 2) ?? 'null'
  return printableJson(indent === '' ? text : text.replaceAll('\n', `\n${indent}`))
}

/** One line. */
export const jsonLine = (value: unknown): string => printableJson(JSON.stringify(value) ?? 'null')
