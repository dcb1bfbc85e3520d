import { Buffer, isUtf8 } from 'node:buffer'
import type { DecodeIssue } from '#model/issue.ts'

/** Bytes before the first one that is no UTF-8; undefined where all are. */
export const endOfUtf8 = (bytes: Uint8Array): number | undefined => {
  if (isUtf8(bytes)) return undefined
  let [good, bad] = [0, bytes.length]
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2)
    const whole = wholeCharacters(bytes.subarray(0, middle))
    if (whole === undefined) bad = middle - 1
    else good = middle
  }
  return wholeCharacters(bytes.subarray(0, good)) ?? good
}

/** A character has four bytes at most: so many may be missing at the end of a piece, less one. */
const longestBegun = 3

/** Bytes of the whole characters at the start of a piece that may end within one; undefined where it is no UTF-8. */
const wholeCharacters = (piece: Uint8Array): number | undefined => {
  for (let cut = 0; cut <= Math.min(longestBegun, piece.length); cut++)
    if (isUtf8(piece.subarray(0, piece.length - cut))) return piece.length - cut
  return undefined
}

/** Looks at the pieces of a file as they pass. */
export class Utf8Watch {
  /** Bytes before the first one that is no UTF-8, once it has passed. */
  brokenAt: number | undefined
  private passed = 0
  private begun: Uint8Array = new Uint8Array()

  async *over(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      if (this.brokenAt === undefined) this.look(piece)
      yield piece
    }
    if (this.begun.length > 0) this.brokenAt ??= this.passed
  }

  private look(piece: Uint8Array): void {
    const bytes = this.begun.length === 0 ? piece : Buffer.concat([this.begun, piece])
    const whole = wholeCharacters(bytes)
    if (whole === undefined) this.brokenAt = this.passed + (endOfUtf8(bytes) ?? 0)
    else {
      this.passed += whole
      this.begun = bytes.subarray(whole)
    }
  }
}

/** `at` is where the first such byte lies. */
export const notUtf8 = (file: string, at: string): DecodeIssue => ({
  severity: 'error',
  file,
  at,
  expected: 'UTF-8',
  found: 'bytes that are none, and perhaps more of them further on: U+FFFD stands for them',
})

export const bytePlace = (offset: number): string => `byte ${(offset + 1).toLocaleString('en')}`
