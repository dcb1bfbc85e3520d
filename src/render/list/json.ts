export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>

/** A JSON array with one element after the other, so that a long list is never one string. Elements are JSON texts. */
export async function* jsonArray(elements: AnyIterable<string>): AsyncIterable<string> {
  let previous: string | undefined
  for await (const element of elements) {
    yield previous === undefined ? '[' : `${previous},`
    previous = `  ${element.replaceAll('\n', '\n  ')}`
  }
  if (previous === undefined) yield '[]'
  else yield `${previous}\n]`
}
