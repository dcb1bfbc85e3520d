import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLarge, forEachElement } from '#decode/large.ts'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'

const recorded = 'fixtures/recorded/ztunnel-eras'
const dumps = readdirSync(recorded).map(version => {
  const bytes = readFileSync(`${recorded}/${version}/config_dump.json`)
  return { version, bytes, value: JSON.parse(bytes.toString('utf8')) as Record<string, unknown> }
})

const chunks = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

const scanned = async (bytes: Uint8Array, size: number) => {
  const found = await decodeLarge(chunks(bytes, size), 'dump.json')
  return found.kind === 'ztunnel' ? found.dump : undefined
}

describe('a dump that is too large to parse whole', () => {
  it.each(dumps)('of $version gives the same model as a parsed one', async ({ bytes, value }) => {
    const whole = decodeZtunnel(value, 'dump.json')
    for (const size of [65_536, 1021, 64, 7]) expect(await scanned(bytes, size)).toEqual(whole)
    const compact = new TextEncoder().encode(JSON.stringify(value))
    expect(await scanned(compact, 997)).toEqual(whole)
  })

  it('gives the same model, issues included, when members are damaged, removed or of another era', async () => {
    const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined))
    const dump = fc.nat({ max: dumps.length - 1 })
    const changed = fc.array(fc.tuple(fc.nat(), fc.nat(), anything), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(dump, dump, changed, fc.integer({ min: 1, max: 5000 }), async (first, second, changes, size) => {
        const mixed = { ...dumps[second]?.value, ...structuredClone(dumps[first]?.value) }
        for (const [member, element, replacement] of changes) damage(mixed, member, element, replacement)
        const text = JSON.stringify(mixed)
        const found = await scanned(new TextEncoder().encode(text), size)
        expect(found ?? 'no dump').toEqual(orNone(() => decodeZtunnel(JSON.parse(text), 'dump.json')))
      }),
      { numRuns: 60 },
    )
  })

  it('takes the last of duplicate members and keys, and their order, as JSON.parse does', async () => {
    const workload = (name: string) => `{"uid":"u-${name}","name":"${name}","protocol":"TCP","workloadIps":[]}`
    for (const text of [
      `{"workloads":[${workload('a')},${workload('b')}],"policies":[],"workloads":[${workload('c')}],"services":[]}`,
      `{"by_uid":{"x":${workload('a')},"y":${workload('b')},"x":${workload('c')}},"by_host":{},"by_key":{}}`,
      `{"by_uid":{"b":${workload('a')},"11003":${workload('b')},"__proto__":${workload('c')},"7":${workload('d')}},"by_host":{},"by_key":{}}`,
      `{"workloads":[${workload('a')}],"services":[],"policies":[],"workloads":"gone","config":{"network":"a"},"config":{"network":"b"}}`,
      `{"workloads":"gone","services":[],"policies":[],"workloads":[${workload('a')}]}`,
    ]) {
      const found = await scanned(new TextEncoder().encode(text), 5)
      expect(found ?? 'no dump').toEqual(orNone(() => decodeZtunnel(JSON.parse(text), 'dump.json')))
    }
  })

  it('is put together when it is another kind of file', async () => {
    const configs = [
      { '@type': 'a', dynamic_listeners: [{ name: 'x' }, {}], version_info: '1' },
      { bootstrap: { node: {} } },
    ]
    for (const value of [
      { configs },
      { apiVersion: 'v1', kind: 'List', items: [{ kind: 'Pod' }] },
      [{ a: 1 }, { b: [] }],
      [],
    ])
      for (const size of [3, 4096]) {
        const bytes = new TextEncoder().encode(JSON.stringify(value, null, 1))
        expect(await decodeLarge(chunks(bytes, size), 'x')).toEqual({ kind: 'value', value })
      }
  })
})

describe('each element of a large file', () => {
  it('comes with its section and its key', async () => {
    const found: string[] = []
    const text = '{"config":{"network":""},"workloads":[{"uid":"a"},{"uid":"b"}],"workloadState":{"p1":{"state":"Up"}}}'
    await forEachElement(chunks(new TextEncoder().encode(text), 3), (section, key, value) =>
      found.push(`${section.join('.')} ${key} ${JSON.stringify(value)}`),
    )
    expect(found).toEqual([
      ' config {"network":""}',
      'workloads 0 {"uid":"a"}',
      'workloads 1 {"uid":"b"}',
      'workloadState p1 {"state":"Up"}',
    ])
  })
})

/** Replaces a member of the dump, or an element of it; undefined removes it. */
const damage = (dump: Record<string, unknown>, member: number, element: number, replacement: unknown): void => {
  const names = Object.keys(dump)
  const name = names[member % names.length] ?? ''
  const inner = dump[name]
  const keys = typeof inner === 'object' ? Object.keys(Object(inner)) : []
  const key = keys[element % (keys.length + 1)]
  if (key === undefined) dump[name] = replacement
  else if (Array.isArray(inner)) inner[Number(key)] = replacement
  else Object(inner)[key] = replacement
}

const orNone = (decode: () => unknown): unknown => {
  try {
    return decode()
  } catch {
    return 'no dump'
  }
}
