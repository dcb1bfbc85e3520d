import fc from 'fast-check'
import { expect, test } from 'vitest'
import { endOfUtf8, Utf8Watch } from '#decode/utf8.ts'

/** The first byte that is no UTF-8, as the platform's own decoder finds it. */
const firstBroken = (bytes: Uint8Array): number | undefined => {
  const isGood = (size: number) => {
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(0, size))
      return true
    } catch {
      return false
    }
  }
  if (isGood(bytes.length)) return undefined
  return Array.from(bytes, (_, size) => size).findLast(isGood)
}

const pieces = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map(text => Buffer.from(text)),
  fc.uint8Array({ maxLength: 4 }),
)

test('the first byte that is no UTF-8 is found, however a file is cut', () =>
  fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), async (parts, size) => {
      const bytes = Buffer.concat(parts)
      const chunks = async function* () {
        for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
      }
      const watch = new Utf8Watch()
      const passed: Uint8Array[] = []
      for await (const chunk of watch.over(chunks())) passed.push(chunk)
      expect(Buffer.concat(passed)).toEqual(bytes)
      expect(endOfUtf8(bytes)).toBe(firstBroken(bytes))
      expect(watch.brokenAt).toBe(firstBroken(bytes))
    }),
    { numRuns: 1000 },
  ))
