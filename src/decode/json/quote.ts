const [quote, backslash] = [0x22, 0x5c]

/**
 * The closing quote of a string, from a place inside it. A quote closes unless an odd run of backslashes precedes it; the
 * run may have begun in the chunk before (`escaped`). Without a closing quote, tells whether the next chunk begins escaped.
 */
export const quoteEnd = (
  chunk: Uint8Array,
  from: number,
  escaped: boolean,
): { readonly at: number | undefined; readonly escaped: boolean } => {
  let start = from
  let carried = escaped
  for (;;) {
    const found = chunk.indexOf(quote, start)
    const end = found < 0 ? chunk.length : found
    const odd = isOddRun(chunk, start, end, carried)
    if (found < 0) return { at: undefined, escaped: odd }
    if (!odd) return { at: found, escaped: false }
    start = found + 1
    carried = false
  }
}

/** Whether an odd number of backslashes ends at `end`, counting the carried one when the run reaches back to `start`. */
const isOddRun = (chunk: Uint8Array, start: number, end: number, carried: boolean): boolean => {
  let at = end
  while (at > start && chunk[at - 1] === backslash) at--
  const run = end - at + (at === start && carried ? 1 : 0)
  return run % 2 === 1
}
