import { describe, expect, test } from 'vitest'
import { UserError } from '#errors.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { resolveSource } from '#trace/source.ts'
import { worldOf } from '#trace/world.ts'
import { object, pod, worldWith } from './objects.ts'

const world = worldWith(
  pod('shop', 'web-84c57879c9-b', '10.0.0.2', { owner: { kind: 'ReplicaSet', name: 'web-84c57879c9' } }),
  pod('shop', 'web-84c57879c9-a', '10.0.0.1', { owner: { kind: 'ReplicaSet', name: 'web-84c57879c9' } }),
  pod('pay', 'web-5f8cc554cd-z', '10.0.0.3', { owner: { kind: 'ReplicaSet', name: 'web-5f8cc554cd' } }),
  pod('misc', 'db-0', '10.0.0.4', { owner: { kind: 'StatefulSet', name: 'db' } }),
  pod('misc', 'dotted.name', '10.0.0.5'),
  object('Node', '', 'n1', { status: { addresses: [{ type: 'InternalIP', address: '172.30.0.2' }] } }),
)

describe('FROM', () => {
  test.each([
    ['shop/web-84c57879c9-b', 'web-84c57879c9-b'],
    ['web-84c57879c9-b.shop', 'web-84c57879c9-b'],
    ['shop/web', 'web-84c57879c9-a'],
    ['deploy/web.shop', 'web-84c57879c9-a'],
    ['deployment/web.pay', 'web-5f8cc554cd-z'],
    ['sts/db.misc', 'db-0'],
    ['pod/db-0.misc', 'db-0'],
    ['10.0.0.3', 'web-5f8cc554cd-z'],
    ['misc/dotted.name', 'dotted.name'],
    ['dotted.name.misc', 'dotted.name'],
    ['dotted.name', 'dotted.name'],
  ])('%s is pod %s', (from, name) => {
    const source = resolveSource(world, from)
    expect(source.kind === 'pod' && source.pod.name).toBe(name)
  })

  test('a Deployment known only to ztunnel, which calls its pod type `pod`, is found', async () => {
    const demo = worldOf(await readMesh(['fixtures/demo']))
    expect(resolveSource(demo, 'deploy/evil.blocked')).toMatchObject({ kind: 'pod', pod: { namespace: 'blocked' } })
  })

  test('a workload of several pods says how many it stands for', () => {
    expect(resolveSource(world, 'deploy/web.shop')).toMatchObject({ oneOf: 2 })
  })

  test('a namespace settles a bare name', () => {
    expect(resolveSource(world, 'deploy/web', { namespace: 'pay' })).toMatchObject({ ip: '10.0.0.3' })
  })

  test('a node has its address', () => {
    expect(resolveSource(world, 'node/n1')).toEqual({ kind: 'node', node: 'n1', ip: '172.30.0.2' })
  })

  test('a name in two namespaces is an error that lists both', () => {
    expect(() => resolveSource(world, 'deploy/web')).toThrow(
      expect.objectContaining({
        kind: 'usage',
        next: [expect.stringMatching(/pay\/web.*shop\/web|shop\/web.*pay\/web/)],
      }) as UserError,
    )
  })

  test('an unknown name lists what is like it', () => {
    expect(() => resolveSource(world, 'shop/wob')).toThrow(UserError)
    expect(() => resolveSource(world, 'node/n9')).toThrow(
      expect.objectContaining({ next: ['one of: node/n1'] }) as UserError,
    )
  })
})
