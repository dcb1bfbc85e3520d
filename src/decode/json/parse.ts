export type ParsedJson = { readonly ok: true; readonly value: unknown } | BrokenJson

export interface BrokenJson {
  readonly ok: false
  /** The text ended in the middle: a transfer was cut off. */
  readonly truncated: boolean
  /** Where reading stopped, in characters from 0; undefined where the engine does not tell. */
  readonly offset: number | undefined
  readonly line: number
  readonly column: number
  readonly message: string
}

/** `JSON.parse` whose failure says whether the text is cut off, and where. */
export const parseJson = (text: string): ParsedJson => {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    return broken(text, error instanceof Error ? error.message : String(error))
  }
}

const broken = (text: string, message: string): BrokenJson => {
  const position = /at position (\d+)/.exec(message)?.[1]
  const offset = position === undefined ? undefined : Number(position)
  const ended = /end of JSON input|Unterminated string/i.test(message)
  const upTo = text.slice(0, offset ?? text.length)
  const line = upTo.split('\n').length
  return {
    ok: false,
    truncated: ended || (offset !== undefined && text.slice(offset).trim() === ''),
    offset: offset ?? (ended ? text.length : undefined),
    line,
    column: upTo.length - upTo.lastIndexOf('\n'),
    message,
  }
}
