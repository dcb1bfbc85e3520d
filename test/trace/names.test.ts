import { describe, expect, test } from 'vitest'
import type { AskProxy } from '#trace/names.ts'
import { resolveName } from '#trace/names.ts'
import { object, worldWith } from './objects.ts'

const world = worldWith(
  object('Service', 'shop', 'cart', { spec: { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::1'] } }),
  object('Service', 'misc', 'db', { spec: { clusterIP: 'None' } }),
  object('Service', 'misc', 'out', { spec: { externalName: 'example.com' } }),
  object('EndpointSlice', 'misc', 'db-x', {
    labels: { 'kubernetes.io/service-name': 'db' },
    raw: {
      endpoints: [
        { addresses: ['10.0.0.1'], hostname: 'db-0', conditions: { ready: true } },
        { addresses: ['10.0.0.2'], hostname: 'db-1', conditions: { ready: true } },
        { addresses: ['10.0.0.3'], hostname: 'db-2', conditions: { ready: false } },
      ],
    },
  }),
)

const ask = (host: string, options: { namespace?: string; proxy?: AskProxy; families?: readonly (4 | 6)[] } = {}) =>
  resolveName(world, host, { namespace: 'shop', domain: 'cluster.local', families: [4], ...options })

describe('the search list of resolv.conf', () => {
  test.each([
    ['cart', ['10.96.0.1']],
    ['cart.shop', ['10.96.0.1']],
    ['cart.shop.svc', ['10.96.0.1']],
    ['cart.shop.svc.cluster.local', ['10.96.0.1']],
    ['cart.shop.svc.cluster.local.', ['10.96.0.1']],
    ['db.misc', ['10.0.0.1', '10.0.0.2']],
    ['db-1.db.misc', ['10.0.0.2']],
  ])('%s', (host, addresses) => {
    expect(ask(host)).toMatchObject({ kind: 'found', by: 'cluster-dns', addresses })
  })

  test('a short name of another namespace does not resolve', () => {
    expect(ask('db')).toMatchObject({ kind: 'unknown', name: 'db' })
  })

  test('a name of the cluster that no Service has does not exist', () => {
    expect(ask('db.nowhere.svc.cluster.local')).toMatchObject({ kind: 'no-such-name', by: 'cluster-dns' })
  })

  test('the family decides among the addresses of a dual-stack service', () => {
    expect(ask('cart', { families: [6, 4] })).toMatchObject({ addresses: ['fd00::1', '10.96.0.1'] })
  })

  test('a name outside the cluster and an ExternalName are for the upstream DNS', () => {
    expect(ask('www.example.com')).toEqual({ kind: 'unknown', name: 'www.example.com' })
    expect(ask('out.misc')).toEqual({ kind: 'unknown', name: 'out.misc.svc.cluster.local' })
  })
})

describe("ztunnel's DNS proxy", () => {
  const proxy: AskProxy = name =>
    name === 'se.example.com'
      ? { kind: 'answered', addresses: ['240.240.0.1'], evidence: [] }
      : name === 'v6only.example.com'
        ? { kind: 'answered', addresses: [], evidence: [] }
        : { kind: 'forwarded' }

  test('answers first what the cluster DNS does not know', () => {
    expect(ask('se.example.com', { proxy })).toMatchObject({
      kind: 'found',
      by: 'ztunnel-dns',
      addresses: ['240.240.0.1'],
    })
  })

  test('forwards the rest to the cluster DNS', () => {
    expect(ask('cart', { proxy })).toMatchObject({ by: 'cluster-dns', addresses: ['10.96.0.1'] })
  })

  test('an empty answer of the proxy is final', () => {
    expect(ask('v6only.example.com', { proxy })).toMatchObject({ kind: 'no-such-name' })
  })
})
