import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Sharer } from '#decode/json/share.ts'
import { decodeLarge } from '#decode/large.ts'

test('what comes back is equal to what was given, and equal parts are one', () => {
  const sharer = new Sharer()
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = JSON.stringify(value)
      const [first, second] = [sharer.share(JSON.parse(text)), sharer.share(JSON.parse(text))]
      expect(JSON.stringify(first)).toBe(text)
      expect(second).toEqual(first)
      expect(Object.is(second, first)).toBe(true)
    }),
  )
})

test('a number is not the text that looks like it, and the order of members stays', () => {
  const sharer = new Sharer()
  const values = [{ a: 1 }, { a: '1' }, { a: 'number 1' }, { a: true }, { a: 'true' }, { a: null }, [1], { 0: 1 }]
  for (const value of values) expect(sharer.share(structuredClone(value))).toEqual(value)
  expect(JSON.stringify(sharer.share({ x: 1, y: 2 }))).toBe('{"x":1,"y":2}')
  expect(JSON.stringify(sharer.share({ y: 2, x: 1 }))).toBe('{"y":2,"x":1}')
})

const recorded = 'fixtures/recorded/mesh-1.30/scenario-00-base/waypoints/shop-waypoint.envoy-config_dump.json'

test.each([997, 65_536])('an Envoy dump in pieces of %d bytes is what JSON.parse gives', async size => {
  const bytes = readFileSync(recorded)
  const pieces = function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const found = await decodeLarge(pieces(), 'x')
  expect(found).toEqual({ kind: 'value', value: JSON.parse(bytes.toString()) })
  expect(JSON.stringify(found.kind === 'value' && found.value)).toBe(JSON.stringify(JSON.parse(bytes.toString())))
})

test('what the chains of a listener have in common is held once, in either spelling', async () => {
  const chain = (name: string) => ({
    name,
    filters: [{ name: 'f', typed_config: { '@type': 't', long: 'x'.repeat(99) } }],
  })
  const chains = [chain('a'), chain('b'), chain('c')]
  for (const listener of [
    { static_listeners: [{ listener: { filter_chains: chains } }] },
    { dynamicListeners: [{ activeState: { listener: { filterChains: chains } } }] },
  ]) {
    const text = JSON.stringify({ configs: [{ '@type': 'l', ...listener }] })
    const found = await decodeLarge([new TextEncoder().encode(text)], 'x')
    const filters = allFilters(found.kind === 'value' ? found.value : undefined)
    expect(filters).toHaveLength(3)
    expect(filters[2]).toBe(filters[1])
  }
})

const allFilters = (value: unknown): unknown[] => {
  if (typeof value !== 'object' || value === null) return []
  const found = Object.entries(value).flatMap(([name, member]) => (name === 'filters' ? [member] : allFilters(member)))
  return found
}
