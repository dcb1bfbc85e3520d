import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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
