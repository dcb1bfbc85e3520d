import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { ambientctl } from '../cli/ambientctl.ts'
import { waypointPod, webPod } from './mesh.ts'
import { documented, People, type Person } from './people.ts'

const mesh = inject('mesh')
let people: People
/** Somebody with the rights of docs/rbac.yaml and no others. */
let reader: Person
const folder = mkdtempSync(join(tmpdir(), 'ambientctl-cluster-test-'))
const [dumps, taken] = [join(folder, 'dumps'), join(folder, 'taken')]

beforeAll(async () => {
  people = await People.arrive()
  reader = await people.person('reader', documented)
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(dumps, file)), { recursive: true })
    writeFileSync(join(dumps, file), text)
  }
  write(`ztunnel/${mesh.node}/config_dump.json`, mesh.dumps.ztunnel)
  write(`waypoint/${waypointPod}/config_dump.json`, mesh.dumps.waypoint['/config_dump?include_eds'] ?? '')
  write(`waypoint/${waypointPod}/clusters.json`, mesh.dumps.waypoint['/clusters?format=json'] ?? '')
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await people.leave()
})

test('whoever has the rights of docs/rbac.yaml has all that are needed', async () => {
  const { code, out } = await reader.ambientctl('check', 'access')
  expect([code, out]).toEqual([0, expect.stringMatching(/^context test: (\d+) of \1 rights\n/)])
})

test.each([
  [['dump', 'ztunnel', 'workloads']],
  [['dump', 'ztunnel', 'services', '-o', 'csv']],
  [['dump', 'ztunnel', 'policies', 'ds/ztunnel', '-o', 'json']],
  [['dump', 'ztunnel', 'certificates', '--node', mesh.node]],
  [['dump', 'waypoint', 'listeners', 'waypoint.shop']],
  [['dump', 'waypoint', 'endpoints', 'deploy/waypoint.shop']],
  [['dump', 'waypoint', 'chains', `pod/${waypointPod}`]],
])('%s through a port-forward is what the proxy holds', async args => {
  const live = await reader.ambientctl(...args)
  const files = await ambientctl([...args.filter(arg => arg !== 'ds/ztunnel'), '--snapshot', dumps])
  expect([live.code, live.err]).toEqual([0, ''])
  expect(live.out).toBe(files.out.replaceAll(`${dumps}/`, ''))
  expect(live.out.length).toBeGreaterThan(200)
})

describe('rules in the network namespace of a pod', () => {
  test('are read in the kernel, through istio-cni', async () => {
    const { code, out, err } = await reader.ambientctl('dump', 'redirection', webPod)
    expect([code, err]).toEqual([0, `note: rules of ${webPod}: read from the kernel, through istio-cni\n`])
    expect(out).toMatch(/TCP to others +IPv4 +ztunnel, port 15001 \(outbound\) +nat ISTIO_OUTPUT #6/)
    expect(out).toMatch(/HBONE in \(15008\) +IPv4 +ztunnel, port 15008/)
    expect(out).toMatch(/nothing missing, nothing foreign/)
  })

  test('are none for a pod outside the mesh', async () => {
    const { code, out } = await reader.ambientctl('dump', 'redirection', 'legacy/old-68667874b-26nch')
    expect(code).toBe(0)
    expect(out).toMatch(/TCP to others +IPv4 +leaves by eth0 as it is/)
    expect(out).not.toMatch(/15001/)
  })
})

test.each([
  ['deploy/web.shop', 'http://ledger.pay/'],
  ['shop/web', 'http://catalog.shop/'],
  ['legacy/old-68667874b-26nch', 'http://ledger.pay/'],
  ['shop/cart-7547b8b4c7-cwdkc', 'http://ledger.pay/'],
])('trace %s %s: the verdict of the recorded mesh, hop by hop', async (from, to) => {
  const args = ['trace', from, to, '--verbosity', 'minimal']
  const live = await reader.ambientctl(...args)
  const files = await ambientctl([...args, '--snapshot', 'fixtures/demo'])
  expect([live.code, live.out]).toEqual([files.code, files.out])
  expect(live.err).not.toMatch(/missing|assumed/)
})

describe('a snapshot', () => {
  test('is complete, and says of each file how it was had', async () => {
    const { code, out, err } = await reader.ambientctl('snapshot', '-o', taken)
    expect([code, out, err]).toEqual([0, expect.stringMatching(/\d+ files\n$/), expect.not.stringMatching(/missing/)])
    const { items, missing } = JSON.parse(readFileSync(join(taken, 'snapshot.json'), 'utf8'))
    expect(missing).toEqual([])
    const hows = new Map<string, string>(items.map((item: { path: string; how: string }) => [item.path, item.how]))
    expect(hows.get(`ztunnel/${mesh.node}/config_dump.json`)).toBe(
      `port-forward to pod istio-system/${mesh.ztunnel}, port 15000, /config_dump`,
    )
    expect(hows.get(`netns/${webPod}/iptables-nft-save.txt`)).toBe(`nsenter in pod istio-system/${mesh.agent}`)
    expect(readdirSync(join(taken, 'node', mesh.node))).toContain('ip-addr.json')
  })

  test.each([
    [['dump', 'ztunnel']],
    [['dump', 'waypoint', 'routes', 'waypoint.shop']],
    [['dump', 'redirection', webPod]],
    [['trace', 'deploy/web.shop', 'http://ledger.pay/']],
    [['trace', 'shop/web', 'http://catalog.shop/', '--verbosity', 'detailed']],
    [['check', '--fail-on', 'never']],
  ])('%s answers from it as from the cluster', async args => {
    const [live, files] = [await reader.ambientctl(...args), await ambientctl([...args, '--snapshot', taken])]
    expect(files.code).toBe(live.code)
    expect(files.out.replaceAll(`${taken}/`, '')).toBe(live.out)
  })

  test('keeps when it was captured, which is now for a cluster', async () => {
    const times = async (...args: string[]) =>
      Promise.all([
        reader.ambientctl('dump', 'ztunnel', ...args),
        ambientctl(['dump', 'ztunnel', ...args, '--snapshot', taken]),
      ])
    for (const { out } of await times()) expect(out).toContain(', captured 2026-11-25T12:00:00.000Z\n')
    for (const { out } of await times('-o', 'json'))
      expect(JSON.parse(out).ztunnels[0].capturedAt).toBe('2026-11-25T12:00:00.000Z')
  })

  test('has the findings of the recorded mesh', async () => {
    const { out } = await ambientctl(['check', '--snapshot', taken, '--fail-on', 'never'])
    expect(out).toMatch(/AMB008 HTTP conditions in a policy that ztunnel enforces\n.*pay\/l7only-allow-path/)
  })

  test('of one request is enough for its trace', async () => {
    const request = ['--from', 'deploy/web.shop', '--to', 'http://catalog.shop/']
    const file = join(folder, 'request.tar.gz')
    expect((await reader.ambientctl('snapshot', ...request, '-o', file)).code).toBe(0)
    const trace = ['trace', 'deploy/web.shop', 'http://catalog.shop/']
    const [live, files] = [await reader.ambientctl(...trace), await ambientctl([...trace, '--snapshot', file])]
    expect(files.out.replaceAll(`${file}/`, '')).toBe(live.out)
  })
})
