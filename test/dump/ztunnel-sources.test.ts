import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import { largeSource } from '#decode/ztunnel/large-source.ts'
import { dumpSource, eachRecord, eachService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'

const eras = 'fixtures/recorded/ztunnel-eras'
const dumps = readdirSync(eras).map(version => [version, `${eras}/${version}/config_dump.json`] as const)

const all = async <T>(each: (visit: (record: T) => void) => Promise<void>): Promise<readonly T[]> => {
  const found: T[] = []
  await each(record => found.push(record))
  return found
}

async function* slices(text: string) {
  const bytes = new TextEncoder().encode(text)
  for (let start = 0; start < bytes.length; start += 777) yield bytes.subarray(start, start + 777)
}

describe.each(dumps)('the dump of %s', (_, file) => {
  const text = readFileSync(file, 'utf8')
  const whole = dumpSource(JSON.parse(text), file)
  const decoded = decodeZtunnel(JSON.parse(text), file)
  const large = (): Promise<ZtunnelSource | undefined> =>
    largeSource(
      () => slices(text),
      file,
      async () => decoded,
    )

  test('a glance sees what the full reader sees', async () => {
    const workloads = await all(visit => eachWorkload(whole, visit))
    expect(decoded.workloads).toMatchObject(workloads)
    expect(workloads).toHaveLength(decoded.workloads.length)
    const services = await all(visit => eachService(whole, visit))
    expect(decoded.services).toMatchObject(services)
    expect(services).toHaveLength(decoded.services.length)
    expect(await all(visit => eachRecord(whole, 'policy', visit))).toEqual(decoded.policies)
    expect(whole.issues.list.length).toBeLessThanOrEqual(decoded.issues.length)
  })

  test('a file that is too large to parse gives the same', async () => {
    const scanned = await large()
    if (scanned === undefined) throw new Error('not recognised')
    const { issues, ...facts } = whole.facts
    expect(scanned.facts).toMatchObject(facts)
    for (const each of [eachWorkload, eachService] as const)
      expect(await all<unknown>(visit => each(scanned, visit))).toEqual(await all<unknown>(visit => each(whole, visit)))
    for (const kind of ['policy', 'certificate', 'pod'] as const)
      expect(await all<unknown>(visit => eachRecord(scanned, kind, visit))).toEqual(
        await all<unknown>(visit => eachRecord(whole, kind, visit)),
      )
  })
})
