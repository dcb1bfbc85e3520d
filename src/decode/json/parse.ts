import { BrokenScan, ElementScanner, maxDepth, tooDeep } from './scan.ts'

export type ParsedJson = { readonly ok: true; readonly value: unknown } | BrokenJson

export interface BrokenJson {
  readonly ok: false
  /** The text ended in the middle: a transfer was cut off. */
  readonly truncated: boolean
  /** Where reading stopped, from 1; the column counts bytes. */
  readonly line: number
  readonly column: number
  readonly message: string
}

/** `JSON.parse` whose failure says whether the text is cut off, and where; what is nested too deep to work with fails too. */
export const parseJson = (text: string): ParsedJson => {
  try {
    const value: unknown = JSON.parse(text)
    return isDeeper(value, maxDepth) ? broken(text, tooDeep) : { ok: true, value }
  } catch (error) {
    return broken(text, error instanceof Error ? error.message : String(error))
  }
}

const isDeeper = (value: unknown, most: number): boolean => {
  if (typeof value !== 'object' || value === null) return false
  if (most === 0) return true
  if (Array.isArray(value)) return value.some(element => isDeeper(element, most - 1))
  for (const name in value) if (isDeeper((value as Record<string, unknown>)[name], most - 1)) return true
  return false
}

/** Not every release of the engine tells the place: the scanner finds it. */
const broken = (text: string, message: string): BrokenJson => {
  const bytes = new TextEncoder().encode(text)
  const found = findBreak(bytes)
  const upTo = bytes.subarray(0, found?.offset ?? bytes.length)
  return {
    ok: false,
    truncated: found?.truncated ?? false,
    line: count(upTo, newline) + 1,
    column: upTo.length - upTo.lastIndexOf(newline),
    message: found?.message ?? message,
  }
}

const newline = 0x0a

/** Levels that the search goes into; what is broken deeper is reported where that level begins. */
const searched = 100

const findBreak = (bytes: Uint8Array): BrokenScan | undefined => {
  const scanner = new ElementScanner({ enters: path => path.length < searched, value: () => undefined })
  try {
    scanner.push(bytes)
    scanner.end()
    return undefined
  } catch (error) {
    if (error instanceof BrokenScan) return error
    throw error
  }
}

const count = (bytes: Uint8Array, wanted: number): number => {
  let found = 0
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) found++
  return found
}
