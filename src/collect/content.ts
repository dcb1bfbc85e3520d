import type { InputContent } from '#decode/input.ts'
import { endOfUtf8 } from '#decode/utf8.ts'

export type Unreadable = Extract<InputContent, { kind: 'unreadable' }>

export const unreadable = (why: string, next: readonly string[] = []): Unreadable => ({ kind: 'unreadable', why, next })

const signatures: readonly (readonly [string, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['bzip2', [0x42, 0x5a, 0x68]],
]

/** Unpacked bytes as text, or why they are none. */
export const contentOf = (bytes: Uint8Array): InputContent => {
  const packed = signatures.find(([, signature]) => signature.every((byte, index) => bytes[index] === byte))?.[0]
  if (packed !== undefined) return unreadable(`is a ${packed} archive`, ['unpack it and give what is in it'])
  const encoding = encodingOf(bytes)
  const text = decodeText(bytes, encoding)
  if (text.includes('\0'))
    return unreadable('is a binary file', ['known inputs are text: JSON, YAML, rules; plain or gzip'])
  const end = encoding === 'utf-8' ? endOfUtf8(bytes) : undefined
  return { kind: 'text', text, ...(end !== undefined && { undecoded: placeOf(bytes.subarray(0, end)) }) }
}

const newline = 0x0a

/** What comes after these bytes; the column counts bytes, from 1. */
const placeOf = (before: Uint8Array): string => {
  let line = 1
  for (let at = before.indexOf(newline); at >= 0; at = before.indexOf(newline, at + 1)) line++
  return `line ${line}, column ${before.length - before.lastIndexOf(newline)}`
}

/** Byte order marks, UTF-16 as PowerShell's `>` writes it, and the zeros that pad a file are not content. */
const decodeText = (bytes: Uint8Array, encoding: string): string => {
  const text = new TextDecoder(encoding).decode(bytes)
  let end = text.trimEnd().length
  while (text[end - 1] === '\0') end--
  return text[end] === '\0' ? text.slice(0, end) : text
}

const encodingOf = ([first, second]: Uint8Array): string => {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}
