import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sidecarDump } from '../support/sidecar.ts'
import { ambientctl } from './ambientctl.ts'

const dump = join(mkdtempSync(join(tmpdir(), 'ambientctl-')), 'sidecar.json')
writeFileSync(dump, JSON.stringify(sidecarDump()))

const mesh = 'fixtures/recorded/mesh-1.30/scenario-22-ingress'
const app = 'legacy/app-5d8f7c9b8-xyz12'

const trace = async (to: string, ...snapshots: readonly string[]): Promise<string> => {
  const { out, err, code } = await ambientctl(['trace', app, to, ...snapshots.flatMap(path => ['--snapshot', path])])
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

test('a sidecar sends by its own routes, and the waypoint that takes it sees its identity', async () => {
  const out = await trace('http://app.tenant/secret', dump, mesh)
  expect(out).toMatch(/2 sidecar +sidecar legacy\/app-5d8f7c9b8-xyz12 +0\.0\.0\.0_80: the unnamed chain/)
  expect(out).toContain('to envoy://connect_originate/10.244.0.74:15008 of cluster outbound|80||app.tenant')
  expect(out).toContain('denied (AuthorizationPolicy tenant/app-deny-secret)')
  expect(out).toContain('client sees: HTTP 403 "RBAC: access denied"')
  expect(out).toContain('the rules of legacy/app-5d8f7c9b8-xyz12 send its traffic to its sidecar')
})

test('past a waypoint that it does not use, the destination sees the sidecar', async () => {
  const out = await trace('http://cart.shop/admin', dump, mesh)
  expect(out).toContain('DELIVERED')
  expect(out).toContain('which sees 10.244.0.200 as spiffe://cluster.local/ns/legacy/sa/app')
})

test('what the sidecar has no listener for leaves it as it came', async () => {
  const out = await trace('tcp://10.96.84.165:9000', dump, mesh)
  expect(out).toContain('virtualOutbound: chain virtualOutbound-catchall-tcp')
  expect(out).toContain('plaintext from 10.244.0.200 (no identity) to 10.244.0.36:9000')
})

test('with nothing but its dump, names are those of its routes, and the answer ends where the input does', async () => {
  const out = await trace('http://app.tenant/x', dump)
  expect(out).toContain('app.tenant is 10.96.82.236 (the routes of the sidecar)')
  expect(out).toContain('route default')
  expect(out).toContain('UNDETERMINED nothing in the input tells who answers at 10.244.0.74:15008')
  expect(await trace('http://nosuch/x', dump)).toContain('nosuch has no address in the input (cluster DNS)')
})

test('a gateway is known by its dump alone, too', async () => {
  const gateway = `${mesh}/waypoints/ingress-edge.envoy-config_dump.json.gz`
  const from = 'ingress/edge-istio-7699ddd55b-9x5cg'
  const { out } = await ambientctl(['trace', from, 'http://app.example.com/x', '--snapshot', gateway])
  expect(out).toContain('route tenant.edge-app.0 (HTTPRoute or GRPCRoute tenant/edge-app)')
  expect(out).toContain('UNDETERMINED nothing in the input tells who answers at 10.244.0.74:15008')
})

describe('a sidecar at the destination', () => {
  const from = (source: string, to: string, file: string) =>
    ambientctl(['trace', source, to, '--snapshot', file, '--snapshot', mesh])
  const strict = join(mkdtempSync(join(tmpdir(), 'ambientctl-')), 'strict.json')
  writeFileSync(strict, JSON.stringify(sidecarDump('STRICT')))

  test('takes clear text where it may, by its own policies', async () => {
    const { out } = await from('shop/web', 'http://10.244.0.200:8080/x', dump)
    expect(out).toMatch(/sidecar +sidecar legacy\/app-5d8f7c9b8-xyz12 +virtualInbound: chain 0\.0\.0\.0_8080/)
    expect(out).toContain('DELIVERED to legacy/app-5d8f7c9b8-xyz12 10.244.0.200:8080, which sees 127.0.0.6')
    const denied = await from('shop/web', 'http://10.244.0.200:8080/secret', dump)
    expect(denied.out).toContain('denied (AuthorizationPolicy legacy/deny-secret)')
    expect(denied.out).toContain('client sees: HTTP 403 "RBAC: access denied"')
  })

  test('has no chain for clear text under STRICT', async () => {
    const { out } = await from('shop/web', 'http://10.244.0.200:8080/x', strict)
    expect(out).toContain('REJECTED  waypoint-closed')
    expect(out).toContain('NR filter_chain_not_found')
  })

  test('takes the TLS of another sidecar, whose identity it sees', async () => {
    const other = join(mkdtempSync(join(tmpdir(), 'ambientctl-')), 'other.json')
    writeFileSync(other, JSON.stringify(sidecarDump('STRICT', { name: 'web-0', ip: '10.244.0.201' })))
    const { out } = await ambientctl([
      ...['trace', 'legacy/web-0', 'http://app.legacy/x', '--verbosity', 'detailed'],
      ...['--snapshot', other, '--snapshot', strict],
    ])
    expect(out).toContain('spiffe://cluster.local/ns/legacy/sa/app')
    expect(out).toContain('DELIVERED to legacy/app-5d8f7c9b8-xyz12 10.244.0.200:8080')
  })

  const injected = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'old-0', namespace: 'legacy', annotations: { 'sidecar.istio.io/status': '{}' } },
    spec: {
      nodeName: 'node1',
      containers: [
        { name: 'app', ports: [{ containerPort: 8080 }, { containerPort: 9000 }] },
        { name: 'istio-proxy', args: ['proxy', 'sidecar'] },
      ],
    },
    status: { phase: 'Running', podIPs: [{ ip: '10.244.0.222' }] },
  }

  test.each([
    ['8080', {}, 'UNDETERMINED'],
    ['9000', { 'traffic.sidecar.istio.io/excludeInboundPorts': '9000' }, 'DELIVERED'],
    ['8080', { 'sidecar.istio.io/interceptionMode': 'NONE' }, 'DELIVERED'],
  ])('without its dump, port %s of a pod with %o is %s', async (port, more, verdict) => {
    const pod = join(mkdtempSync(join(tmpdir(), 'ambientctl-')), 'pod.json')
    const { metadata } = injected
    const annotations = { ...metadata.annotations, ...more }
    writeFileSync(pod, JSON.stringify({ ...injected, metadata: { ...metadata, annotations } }))
    const { out } = await from('shop/web', `http://10.244.0.222:${port}/x`, pod)
    expect(out.split('\n')[0]).toContain(verdict)
    if (verdict === 'UNDETERMINED') expect(out).toContain('no dump of the sidecar or gateway legacy/old-0')
  })
})
