import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findFiles } from '#collect/files.ts'
import { archiveLimit } from '#collect/limits.ts'
import { findingsIn } from '#pipeline/check-mesh.ts'
import { followAlong, fromFiles } from '#pipeline/follow-along.ts'
import { Holdings } from '#pipeline/holdings.ts'
import { traceIn } from '#pipeline/trace-request.ts'
import { parseTarget } from '#trace/request.ts'
import type { World } from '#trace/world.ts'
import { inFolder } from './snapshot-folder.ts'

const demo = 'fixtures/demo'
/** More than one proxy of the demo has, less than the demo. */
const little = 600_000

const holdings = async (folder: string, limit?: number) => Holdings.of(await findFiles([folder]), limit)

const requests = [
  ['deploy/web.shop', 'http://cart.shop/'],
  ['deploy/web.shop', 'http://ledger.pay/'],
  ['deploy/ledger.pay', 'http://catalog.shop/'],
  ['external', 'http://cart.shop/'],
] as const

/** What is at hand of a large mesh is no less than what a request meets. */
const asTold = async (folder: string, [from, to]: readonly [string, string], limit?: number) => {
  const followed = await followAlong(fromFiles(await holdings(folder, limit)), (world: World) =>
    traceIn(world, parseTarget(to, {}), { from, request: {} }),
  )
  return { trace: JSON.parse(JSON.stringify(followed.trace)), unread: followed.world.mesh.unread?.length ?? 0 }
}

/** The demo on three nodes, of which two have nothing but a ztunnel. */
const threeNodes = (folder: string): void => {
  cpSync(demo, folder, { recursive: true })
  const index = JSON.parse(readFileSync(join(folder, 'snapshot.json'), 'utf8'))
  const [ztunnel] = index.items
  for (const node of ['node2', 'node3']) {
    const path = `ztunnel/${node}/config_dump.json`
    cpSync(join(demo, 'ztunnel/node1'), join(folder, 'ztunnel', node), { recursive: true })
    const file = join(folder, path)
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"localNode": "[^"]*"/, `"localNode": "${node}"`))
    index.items.push({ ...ztunnel, path, subject: { node } })
  }
  writeFileSync(join(folder, 'snapshot.json'), JSON.stringify(index))
}

describe.each(['with its index', 'without an index'])('a large snapshot %s', kind => {
  const prepared = async <T>(use: (folder: string) => Promise<T>): Promise<T> =>
    inFolder({}, async folder => {
      threeNodes(folder)
      if (kind === 'without an index') rmSync(join(folder, 'snapshot.json'))
      return use(folder)
    })

  test.each(requests)('%s to %s goes the same way as when everything is read', async (...request) =>
    prepared(async folder => {
      const whole = await asTold(folder, request)
      const needed = await asTold(folder, request, little)
      expect(needed.trace).toEqual(whole.trace)
      expect([whole.unread, needed.unread]).toEqual([0, expect.toSatisfy((count: number) => count > 0)])
    }),
  )

  test('has the findings of everything', async () =>
    prepared(async folder => {
      const whole = (await findingsIn(await holdings(folder))).findings
      const portions = (await findingsIn(await holdings(folder, little))).findings
      expect(portions.map(({ code, says }) => [code, says])).toEqual(whole.map(({ code, says }) => [code, says]))
    }))
})

test('what there is no room for is told', async () =>
  inFolder({}, async folder => {
    threeNodes(folder)
    const held = await holdings(folder, 1)
    await held.fetch([({ node }) => node === 'node2', ({ node }) => node === 'node3'])
    expect(held.mesh().ztunnels.map(({ config }) => config.localNode)).toEqual(['node1', 'node2'])
    expect(held.mesh().unread).toContainEqual({ kind: 'ztunnel', name: 'node3' })
    expect(held.mesh().issues.map(({ severity, file }) => [severity, file])).toEqual([
      ['warning', join(folder, 'ztunnel/node3/config_dump.json')],
    ])
    await expect(held.fetchAll(({ kind }) => kind === 'netns', 'name a pod')).rejects.toMatchObject({
      kind: 'usage',
      next: ['name a pod'],
    })
  }))

test('an archive may unpack to what its own size makes likely', () => {
  expect(archiveLimit(1_000_000)).toBe(1024 ** 3)
  expect(archiveLimit(230_000_000)).toBeGreaterThan(5e9)
})
