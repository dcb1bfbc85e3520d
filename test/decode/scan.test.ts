import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BrokenScan, ElementScanner, type Path, type ScanPlan, scanElements } from '#decode/json/scan.ts'

/** Bytes cut at every multiple of `size`, or at the given places. */
const cut = (bytes: Uint8Array, places: readonly number[]): Uint8Array[] => {
  const edges = [...new Set([0, ...places.map(place => place % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  )
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge))
}

const every = (bytes: Uint8Array, size: number) =>
  cut(
    bytes,
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => index * size),
  )

/** Goes into containers down to a depth and puts the whole value together again. */
class Rebuild implements ScanPlan {
  root: unknown
  readonly paths: Path[] = []
  private readonly depth: number

  constructor(depth: number) {
    this.depth = depth
  }

  enters(path: Path): boolean {
    return path.length < this.depth
  }

  open(path: Path, container: 'array' | 'object'): void {
    this.put(path, container === 'array' ? [] : {})
  }

  value(path: Path, value: unknown): void {
    this.paths.push([...path])
    this.put(path, value)
  }

  private put(path: Path, value: unknown): void {
    if (path.length === 0) this.root = value
    else {
      const parent = path.slice(0, -1).reduce<unknown>((at, key) => Object(at)[key], this.root)
      Object.defineProperty(Object(parent), path.at(-1) ?? '', {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
  }
}

const rebuild = (chunks: readonly Uint8Array[], depth: number): unknown => {
  const plan = new Rebuild(depth)
  const scanner = new ElementScanner(plan)
  for (const chunk of chunks) scanner.push(chunk)
  scanner.end()
  return plan.root
}

const bytesOf = (text: string) => new TextEncoder().encode(text)

const json = fc.jsonValue({ maxDepth: 5, noUnicodeString: false })
const layout = fc.constantFrom(undefined, 1, '\t', ' \r\n')
const places = fc.array(fc.nat({ max: 4000 }), { maxLength: 30 })

describe('the element scanner', () => {
  it('gives what JSON.parse gives, however the bytes are cut', () => {
    fc.assert(
      fc.property(json, layout, fc.integer({ min: 0, max: 4 }), places, (value, indent, depth, places) => {
        const text = JSON.stringify(value, null, indent)
        expect(rebuild(cut(bytesOf(text), places), depth)).toEqual(JSON.parse(text))
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['escaped quotes and backslash runs', String.raw`{"a":["\"","\\","\\\"","\\\\\\","x\\\\\"y"],"\\":"\\"}`],
    ['characters of two to four bytes', '{"schlüssel":["žluťoučký","日本語","😀😀"],"😀":{"é":"\u00e9"}}'],
    ['surrogates written as escapes', String.raw`["\ud83d\ude00","\u0022","\u005c\u005c"]`],
    ['braces and brackets in strings', '{"a":["}]","{[","]]}}",{"}":"{"}]}'],
    ['empty lists, objects and strings', '{"a":[],"b":{},"c":"","":[[],{},""],"d":[{}]}'],
    ['numbers and words', '[0,-1.5e+3,1E400,true,false,null,9007199254740993]'],
    ['a scalar alone', ' 42 '],
    ['a string alone', '"\\""'],
    ['whitespace everywhere', ' \n{ "a" :\t[ 1 , 2 ]\r\n, "b" : { } } \n'],
    ['a byte order mark', '\uFEFF{"a":[1]}'],
    ['zeros that pad the end', '{"a":[1]}\0\0\0'],
  ])('reads %s at every chunk size', (_, text) => {
    const expected = JSON.parse(text.replace(/^\uFEFF|\0+$/g, ''))
    for (let size = 1; size <= 12; size++)
      for (let depth = 0; depth < 4; depth++) expect(rebuild(every(bytesOf(text), size), depth)).toEqual(expected)
  })

  it('says that every proper prefix is cut off', () => {
    const bytes = bytesOf(String.raw`{"a":[{"x":"\"é"},[]],"b":null}`)
    for (let length = 0; length < bytes.length; length++)
      for (const depth of [0, 1, 2, 3])
        expect(() => rebuild(every(bytes.subarray(0, length), 3), depth)).toThrow(
          expect.objectContaining({ name: 'BrokenScan', truncated: true }),
        )
  })

  it.each([
    ['{"a":1} x', 8],
    ['{"a":1}{', 7],
    ['{"a" 1}', 5],
    ['{a:1}', 1],
    ['{"a":1,}', 7],
    ['[1 2]', 3],
    ['[1,]', 3],
    ['{"a":nul}', 5],
    ['}', 0],
    ['{"a":[1}]}', 5],
    ['{"a":1]', 6],
    ['[01]', 1],
    ['{"a":"\n"}', 5],
  ])('refuses %s at byte %i', (text, offset) => {
    for (let size = 1; size < 6; size++)
      expect(() => rebuild(every(bytesOf(text), size), 1)).toThrow(
        expect.objectContaining({ offset, truncated: false }),
      )
  })

  it('refuses what JSON.parse refuses, when it goes into all of it', () => {
    const noise = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '1', 'a', ' ', 'true'),
      maxLength: 12,
    })
    fc.assert(
      fc.property(noise, text => {
        const parses = () => JSON.parse(text)
        const scans = () => rebuild([bytesOf(text)], 20)
        let valid = true
        try {
          parses()
        } catch {
          valid = false
        }
        if (valid) expect(scans()).toEqual(parses())
        else expect(scans).toThrow(BrokenScan)
      }),
      { numRuns: 3000 },
    )
  })

  it('holds no more than one element', async () => {
    const element = bytesOf(`{"uid":"${'x'.repeat(200)}"},`)
    let largest = 0
    const source = function* () {
      yield bytesOf('[')
      for (let index = 0; index < 20_000; index++) yield element
      yield bytesOf('{}]')
    }
    let count = 0
    await scanElements(source(), {
      enters: path => path.length === 0,
      value: () => {
        count++
        largest = Math.max(largest, process.memoryUsage().arrayBuffers)
      },
    })
    expect(count).toBe(20_001)
    expect(largest).toBeLessThan(50e6)
  })
})
