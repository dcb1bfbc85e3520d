/** A part of a JSON text, found without parsing it. */
export interface Place {
  readonly start: number
  readonly end: number
}

export interface Span extends Place {
  /** Members of all objects inside, repeated ones counted each time. */
  readonly members: number
  /** Some number may have more digits than a double keeps. */
  readonly longNumber: boolean
  /** Lists and objects inside one another. */
  readonly depth: number
}

export interface MemberPlace extends Place {
  readonly name: string
}

/**
 * The same as `outlineOf`, many times as fast, for a text that is indented by two as ztunnel prints it: a raw line break is
 * never inside a string, so that the first bracket on a line of its own, as deep as a member, ends the member. Undefined
 * where the text is laid out in another way, or seems to have a member twice. A layout made to deceive shows when all
 * members are parsed: some member then is no JSON.
 */
export const outlineOfLines = (text: string): readonly MemberPlace[] | undefined => {
  const found: MemberPlace[] = []
  const names = new Set<string>()
  let before = '{'
  for (let at = 0; text.startsWith(`${before}${memberLine}`, at); ) {
    const place = memberOfLines(text, at + before.length + memberLine.length - 1)
    if (place === undefined || names.has(place.name)) return undefined
    names.add(place.name)
    found.push(place)
    before = ','
    at = place.end
  }
  const end = endOfText(text)
  return text.endsWith('\n}', end) && found.at(-1)?.end === end - 2 ? found : undefined
}

const memberLine = '\n  "'

const memberOfLines = (text: string, keyStart: number): MemberPlace | undefined => {
  const keyEnd = stringEnd(text, keyStart)
  const name = keyEnd === undefined ? undefined : parsedText(text.slice(keyStart, keyEnd))
  if (keyEnd === undefined || name === undefined || !text.startsWith(': ', keyEnd)) return undefined
  const start = keyEnd + 2
  const end = endOfLines(text, start) ?? spanAt(text, start)?.end
  return end === undefined ? undefined : { name, start, end: endOfText(text, end) }
}

/** Past the bracket that closes, on a line of its own, the list or object of a member; undefined where it has no lines. */
const endOfLines = (text: string, start: number): number | undefined => {
  const closing = { '[\n': '\n  ]', '{\n': '\n  }' }[text.slice(start, start + 2)]
  if (closing === undefined) return undefined
  const found = text.indexOf(closing, start)
  return found < 0 ? undefined : found + closing.length
}

/** Before the space at the end of a text, or of what stands before `end`. */
const endOfText = (text: string, from = text.length): number => {
  let end = from
  while (isSpace(text.charCodeAt(end - 1))) end--
  return end
}

/**
 * The elements of a list in lists of about `size` characters. An element that is indented by four, as ztunnel prints it, ends
 * with a bracket on a line of its own; a list of any other layout comes whole. Throws what `parse` throws.
 */
export function* listPieces<T>(
  text: string,
  { start, end }: Place,
  parse: (list: string) => T,
  size = pieceSize,
): Iterable<T> {
  for (let at = start + 1; at < end - 1; ) {
    const cut = text.indexOf(elementEnd, at + size)
    const isLast = cut < 0 || cut >= end
    const to = isLast ? end - 1 : cut + elementEnd.length - 2
    const piece = isLast ? parse(`[${text.slice(at, to)}]`) : parsedPiece(() => parse(`[${text.slice(at, to)}]`))
    if (piece === undefined) return yield parse(`[${text.slice(at, end - 1)}]`)
    yield piece
    at = to + 1
  }
}

const pieceSize = 1 << 15
const elementEnd = '\n    },\n'

/** Undefined where a list was cut inside an element. */
const parsedPiece = <T>(parse: () => T): T | undefined => {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Where the members of a JSON object lie in its text: its brackets are counted, its strings passed over. Undefined where
 * the text is no object or its outline is broken; whatever is inside a span may still be.
 */
export const outlineOf = (text: string): readonly MemberPlace[] | undefined => {
  let at = afterSpace(text, 0)
  if (text.charCodeAt(at) !== openObject) return undefined
  at = afterSpace(text, at + 1)
  const found: MemberPlace[] = []
  for (let first = true; text.charCodeAt(at) !== closeObject; first = false) {
    if (!first) {
      if (text.charCodeAt(at) !== comma) return undefined
      at = afterSpace(text, at + 1)
    }
    const key = text.charCodeAt(at) === quote ? stringEnd(text, at) : undefined
    const name = key === undefined ? undefined : parsedText(text.slice(at, key))
    if (key === undefined || name === undefined) return undefined
    at = afterSpace(text, key)
    if (text.charCodeAt(at) !== colon) return undefined
    const span = spanAt(text, afterSpace(text, at + 1))
    if (span === undefined) return undefined
    found.push({ name, start: span.start, end: span.end })
    at = afterSpace(text, span.end)
  }
  return afterSpace(text, at + 1) === text.length ? found : undefined
}

/** The first elements of a list, or members of an object, that begins at `start`. */
export const firstInside = (
  text: string,
  start: number,
  most: number,
): readonly (Span & { readonly key?: string })[] => {
  const found: (Span & { readonly key?: string })[] = []
  const isObject = text.charCodeAt(start) === openObject
  for (let at = afterSpace(text, start + 1); found.length < most; at = afterSpace(text, at + 1)) {
    const end = isObject && text.charCodeAt(at) === quote ? stringEnd(text, at) : undefined
    const key = end === undefined ? undefined : parsedText(text.slice(at, end))
    if (isObject && (end === undefined || key === undefined)) break
    const span = spanAt(text, end === undefined ? at : afterSpace(text, afterSpace(text, end) + 1))
    if (span === undefined) break
    found.push(key === undefined ? span : { ...span, key })
    at = afterSpace(text, span.end)
    if (text.charCodeAt(at) !== comma) break
  }
  return found
}

const [quote, comma, colon, openArray, closeArray, openObject, closeObject] = [0x22, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d]
const [backslash, space, newline, carriage, tab] = [0x5c, 0x20, 0x0a, 0x0d, 0x09]
const [zero, nine, point] = [0x30, 0x39, 0x2e]

const afterSpace = (text: string, from: number): number => {
  let at = from
  while (isSpace(text.charCodeAt(at))) at++
  return at
}

const isSpace = (code: number): boolean => code === space || code === newline || code === carriage || code === tab

const parsedText = (text: string): string | undefined => {
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}

/** Past the closing quote of the string that begins at `start`. */
const stringEnd = (text: string, start: number): number | undefined => {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text.charCodeAt(before) === backslash) before--
    if ((end - before) % 2 === 1) return end + 1
  }
  return undefined
}

/** Digits that every double keeps. */
const safeDigits = 15

/** The value that begins at `start`. */
export const spanAt = (text: string, start: number): Span | undefined => {
  let [at, level, depth, members, digits] = [start, 0, 0, 0, 0]
  let longNumber = false
  for (const size = text.length; at < size; ) {
    const code = text.charCodeAt(at)
    if (code === space) at++
    else if (code === quote) {
      const end = stringEnd(text, at)
      if (end === undefined) return undefined
      at = end
      if (level === 0) break
    } else {
      if (code === openArray || code === openObject) {
        level++
        if (level > depth) depth = level
      } else if (code === closeArray || code === closeObject) {
        if (level === 0) break
        level--
        if (level === 0) {
          at++
          break
        }
      } else if (code === colon) members++
      else if (code === comma && level === 0) break
      digits = isNumeral(code) ? digits + 1 : 0
      if (digits > safeDigits || (digits > 1 && isExponent(code))) longNumber = true
      at++
    }
  }
  return level > 0 || at === start ? undefined : { start, end: at, members, longNumber, depth }
}

const isExponent = (code: number): boolean => code === 0x65 || code === 0x45

/** Digits, the point and the exponent; of the words `true` and `false` only the last letter. */
const isNumeral = (code: number): boolean => (code >= zero && code <= nine) || code === point || isExponent(code)
