import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ambientctl, clusterExamples, type Ended } from '../cli/ambientctl.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { demoContents, webPod, writeKubeconfig } from './demo-cluster.ts'
import { TestCluster } from './server.ts'

let authority: Authority
let cluster: TestCluster
let kubeconfig: string
beforeAll(async () => {
  authority = makeAuthority()
  cluster = await TestCluster.start(demoContents(), { identity: authority.server })
  kubeconfig = writeKubeconfig({ server: cluster.url, ca: authority.ca })
})
afterAll(() => cluster.stop())

const live = (...args: string[]): Promise<Ended> => ambientctl([...args, '-c', kubeconfig])
const fromFiles = (...args: string[]): Promise<Ended> => ambientctl([...args, '--snapshot', 'fixtures/demo'])

/** Folders of the fixture, and nothing else, make the two differ. */
const withoutPlaces = (text: string): string => text.replaceAll('fixtures/demo/', '')

describe('a cluster says the same as its files', () => {
  test.each([
    [['dump', 'ztunnel', 'workloads']],
    [['dump', 'ztunnel', 'services', '-o', 'csv']],
    [['dump', 'ztunnel', 'certificates', '--node', 'node1']],
    [['dump', 'ztunnel', 'workloads', 'shop/web-84c57879c9-lr4pm']],
    [['dump', 'waypoint', 'listeners', 'waypoint.shop']],
    [['dump', 'waypoint', 'endpoints', 'deploy/waypoint.shop']],
    [['dump', 'redirection', webPod]],
    [['dump', 'redirection', '--node', 'node1']],
    [['trace', 'deploy/web.shop', 'http://ledger.pay/']],
    [['trace', 'shop/web', 'http://catalog.shop/', '--verbosity', 'minimal']],
  ])('%s', async args => {
    const [here, there] = [await live(...args), await fromFiles(...args)]
    expect(withoutPlaces(here.out)).toBe(withoutPlaces(there.out))
    expect(here.code).toBe(there.code)
  })
})

test('a trace collects only what the request meets', async () => {
  cluster.requests.length = 0
  await live('trace', 'deploy/web.shop', 'http://ledger.pay/')
  const streams = cluster.requests.filter(request => request.startsWith('UPGRADE'))
  expect(streams.filter(request => request.endsWith('/portforward'))).toEqual([
    'UPGRADE /api/v1/namespaces/istio-system/pods/ztunnel-thphm/portforward',
  ])
})

test('the source of the rules is told', async () => {
  const { err } = await live('dump', 'redirection', webPod)
  expect(err).toBe(`note: rules of ${webPod}: read from the kernel, through istio-cni\n`)
})

test('rules that are only intended are marked so in the answer', async () => {
  cluster.faults.plan(/UPGRADE .*exec/, { kind: 'status', code: 403 })
  const text = await live('dump', 'redirection', 'misc/db-1')
  const json = await live('dump', 'redirection', 'misc/db-1', '-o', 'json')
  cluster.faults.forget()
  expect(text.out).toMatch(/ {2}rules +intended: what was programmed, not what the kernel holds\n/)
  expect(text.out).toMatch(/ {2}as intended +redirected/)
  expect(text.err).toMatch(
    /note: rules of misc\/db-1: intended: .*\n {2}because: not permitted: get and create pods\/exec/,
  )
  expect(JSON.parse(json.out).namespaces).toMatchObject([{ source: 'intended' }])
})

test('rules that nobody can read are an error with the ways to them', async () => {
  cluster.faults.plan(/UPGRADE .*exec/, { kind: 'status', code: 403 })
  const { code, err } = await live('dump', 'redirection', webPod)
  cluster.faults.forget()
  expect([code, err]).toEqual([77, expect.stringMatching(/error: the rules of pod shop\/web.* cannot be read/)])
  expect(err).toMatch(/try: add this rule.*pods\/exec.*\n.*\n {2}try: --debug-container IMAGE/)
})

describe('which cluster, and as whom', () => {
  test('--snapshot reads no kubeconfig', async () => {
    const { code } = await ambientctl(['check', '--snapshot', 'fixtures/demo', '--fail-on', 'never'], {
      env: { KUBECONFIG: '/nonexistent' },
    })
    expect(code).toBe(0)
  })

  test('KUBECONFIG names several files, of which some may be missing', async () => {
    const { code } = await ambientctl(['dump', 'ztunnel'], { env: { KUBECONFIG: `/nonexistent:${kubeconfig}` } })
    expect(code).toBe(0)
  })

  test.each([
    [['--context', 'other'], 64, /there is no context other\n {2}try: contexts: test/],
    [['-c', '/nonexistent'], 65, /there is no kubeconfig \/nonexistent/],
    [['--as-group', 'admins'], 64, /--as-group needs --as/],
    [['--request-timeout', 'soon'], 64, /cannot read the time "soon"/],
    [['--node', 'node9'], 69, /no ztunnel runs on node node9\n {2}try: nodes with a ztunnel: node1/],
    [['nobody.shop'], 64, /no pod is called "nobody.shop"/],
    [['--context', 'test', '--snapshot', 'fixtures/demo'], 64, /--snapshot/],
  ])('%s', async (args, code, says) => {
    const ended = await ambientctl(['dump', 'ztunnel', ...args], { env: { KUBECONFIG: kubeconfig } })
    expect([ended.code, ended.err]).toEqual([code, expect.stringMatching(says)])
  })

  test('no kubeconfig at all', async () => {
    const { code, err } = await ambientctl(['check'])
    expect([code, err]).toEqual([64, expect.stringMatching(/there is no kubeconfig.*--snapshot PATH/s)])
  })

  test('impersonation', async () => {
    cluster.headers.length = 0
    await live('dump', 'ztunnel', '--as', 'ops', '--as-group', 'a', '--as-group', 'b')
    expect(
      new Set(cluster.headers.map(headers => `${headers['impersonate-user']} ${headers['impersonate-group']}`)),
    ).toEqual(new Set(['ops a, b']))
  })

  test('a credential plugin gives the token', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'good' },
    }
    const user = {
      exec: {
        apiVersion: credential.apiVersion,
        command: 'sh',
        args: ['-c', `echo '${JSON.stringify(credential)}'`],
        interactiveMode: 'Never',
      },
    }
    const file = writeKubeconfig({ server: cluster.url, ca: authority.ca, user })
    expect((await ambientctl(['dump', 'ztunnel', '-c', file])).code).toBe(0)
  })

  test('a credential plugin that fails', async () => {
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', 'echo no >&2; exit 1'] },
    }
    const file = writeKubeconfig({ server: cluster.url, ca: authority.ca, user })
    const { code, err } = await ambientctl(['dump', 'ztunnel', '-c', file])
    expect([code, err]).toEqual([
      77,
      expect.stringMatching(/credentials of context test cannot be had\n {2}because: no/),
    ])
  })

  test('an expired token', async () => {
    const file = writeKubeconfig({ server: cluster.url, ca: authority.ca, token: 'old' })
    const { code, err } = await ambientctl(['trace', 'shop/web', 'http://ledger.pay/', '-c', file])
    expect([code, err]).toEqual([77, expect.stringMatching(/has the token expired/)])
  })
})

describe('meshes that are not there', () => {
  const without = async (hide: (name: string) => boolean, ...args: string[]): Promise<Ended> => {
    const contents = demoContents()
    const pods = contents.objects['/v1/pods'] ?? []
    const kept = pods.flatMap(({ metadata, ...pod }) => {
      const { annotations: _, ...rest } = metadata as { readonly name: string; readonly annotations?: unknown }
      return hide(rest.name) ? [] : [{ ...pod, metadata: rest }]
    })
    const other = await TestCluster.start(
      { ...contents, objects: { ...contents.objects, '/v1/pods': kept } },
      { identity: authority.server },
    )
    try {
      return await ambientctl([...args, '-c', writeKubeconfig({ server: other.url, ca: authority.ca })])
    } finally {
      await other.stop()
    }
  }

  const asked = [
    ['dump', 'ztunnel'],
    ['dump', 'redirection'],
    ['check'],
    ['snapshot', '-o', join(tmpdir(), 'ambientctl-nothing')],
    ['test', 'fixtures/assertions/demo.yaml'],
  ]

  test.each(asked)('sidecars only: %s %s', async (...args) => {
    const { code, err } = await without(name => /^(ztunnel|istio-cni|waypoint)/.test(name), ...args)
    expect([code, err]).toEqual([69, expect.stringMatching(/sidecars only\n {2}try: istioctl proxy-config/)])
  })

  test.each(asked)('no Istio: %s %s', async (...args) => {
    const { code, err } = await without(name => /^(ztunnel|istio|waypoint|egress)/.test(name), ...args)
    expect([code, err]).toEqual([69, expect.stringMatching(/Istio is not installed\n {2}try: --context NAME/)])
  })

  test('a trace goes on by what Kubernetes does, and says that there is no mesh', async () => {
    const { code, out, err } = await without(
      name => /^(ztunnel|istio|waypoint|egress)/.test(name),
      'trace',
      'shop/web',
      'http://catalog.shop/',
    )
    expect([code, out]).toEqual([0, expect.stringMatching(/DELIVERED\n/)])
    expect(err).toMatch(/note: no ztunnel runs in this cluster, and no istiod: Istio is not installed\n/)
    expect(err).not.toMatch(/missing/)
  })
})

test('one failing proxy costs only its evidence', async () => {
  cluster.faults.plan(/UPGRADE .*waypoint/, { kind: 'status', code: 403 }, 1)
  const { out, err } = await live('check', '--fail-on', 'never')
  expect(err).toMatch(
    /missing: dump of shop\/waypoint-6dcd798b58-cl4g5: not permitted: get and create pods\/portforward in namespace shop/,
  )
  expect(err).toMatch(
    /try: add this rule to a role of yours: - \{apiGroups: \[""\], resources: \["pods\/portforward"\]/,
  )
  expect(out).toMatch(/AMB008/)
})

test.each([
  ['dump', 'ztunnel'],
  ['check'],
  ['trace', 'deploy/web.shop', 'http://ledger.pay/'],
  ['snapshot', '-o', 'OUT'],
])('Ctrl-C closes every stream of %s %s within a second', async (...args) => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-interrupted-'))
  cluster.faults.plan(/:15000\/|exec /, { kind: 'stall' })
  cluster.requests.length = 0
  const { start } = await import('../cli/ambientctl.ts')
  const child = start([...args, '-c', kubeconfig].map(word => (word === 'OUT' ? join(folder, 'out') : word)))
  while (!cluster.requests.some(request => request.endsWith('portforward'))) await sleep(20)
  await sleep(200)
  expect(cluster.open).toBeGreaterThan(0)
  const ended = new Promise(resolve => child.once('close', resolve))
  const begin = performance.now()
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  while (cluster.open > 0) await sleep(10)
  expect(performance.now() - begin).toBeLessThan(1000)
  cluster.faults.forget()
  rmSync(folder, { recursive: true })
})

test.each(clusterExamples())('$example', async ({ example }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-example-'))
  const [, ...args] = example.replaceAll('n1', 'node1').split(' ')
  const { code, err } = await ambientctl(args, {
    cwd: folder,
    bin: resolve('bin/run.js'),
    env: { KUBECONFIG: kubeconfig },
  })
  rmSync(folder, { recursive: true })
  expect([code, err]).toEqual([0, expect.not.stringMatching(/error|missing/)])
})
