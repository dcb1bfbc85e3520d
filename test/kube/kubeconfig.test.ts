import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { proxyFromEnvironment } from '#collect/kube/environment-proxy.ts'
import { ambientctl, node } from '../cli/ambientctl.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { demoContents, writeKubeconfig } from './demo-cluster.ts'
import { startProxy } from './proxy.ts'
import { TestCluster } from './server.ts'

let authority: Authority
let cluster: TestCluster
let folder: string
beforeAll(async () => {
  authority = makeAuthority()
  cluster = await TestCluster.start(demoContents(), { identity: authority.server })
  folder = mkdtempSync(join(tmpdir(), 'ambientctl-kubeconfig-'))
})
afterAll(async () => {
  await cluster.stop()
  rmSync(folder, { recursive: true })
})

const dump = (...args: string[]) => ambientctl(['dump', 'ztunnel', ...args])

const part = (name: string, content: object): string => {
  const file = join(folder, name)
  writeFileSync(file, stringify({ apiVersion: 'v1', kind: 'Config', ...content }))
  return file
}

describe('several files in KUBECONFIG', () => {
  const authorityData = () => ({ 'certificate-authority-data': Buffer.from(authority.ca).toString('base64') })
  const files = () => [
    part('contexts', {
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
    }),
    part('clusters', { clusters: [{ name: 'c', cluster: { server: cluster.url, ...authorityData() } }] }),
    part('users', { users: [{ name: 'u', user: { token: 'good' } }] }),
    part('later', {
      'current-context': 'there',
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { token: 'bad' } }],
      contexts: [{ name: 'there', context: { cluster: 'c', user: 'u' } }],
    }),
  ]

  test('are one, and the first to name a thing wins', async () => {
    const { code, err } = await ambientctl(['dump', 'ztunnel'], { env: { KUBECONFIG: files().join(':') } })
    expect([code, err]).toEqual([0, ''])
  })

  test('may each have contexts', async () => {
    const { code } = await ambientctl(['dump', 'ztunnel', '--context', 'there'], {
      env: { KUBECONFIG: files().join(':') },
    })
    expect(code).toBe(0)
  })

  test('of which one is broken', async () => {
    const broken = join(folder, 'broken')
    writeFileSync(broken, 'clusters: [')
    const { code, err } = await ambientctl(['dump', 'ztunnel'], { env: { KUBECONFIG: `${files()[0]}:${broken}` } })
    expect([code, err]).toEqual([65, expect.stringContaining(`cannot read the kubeconfig ${broken}`)])
  })
})

describe('a proxy', () => {
  test('of the kubeconfig carries requests and streams', async () => {
    const proxy = await startProxy()
    const file = writeKubeconfig({ server: cluster.url, ca: authority.ca, cluster: { 'proxy-url': proxy.url } })
    const { code, err } = await dump('-c', file)
    expect([code, err]).toEqual([0, ''])
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(cluster.url).host]))
    await proxy.stop()
  })

  test('of the environment does too', async () => {
    const proxy = await startProxy()
    const server = cluster.url.replace('127.0.0.1', 'api.invalid')
    const file = writeKubeconfig({ server, ca: authority.ca, cluster: { 'tls-server-name': 'localhost' } })
    const { code, err } = await ambientctl(['dump', 'ztunnel', '-c', file], { env: { https_proxy: proxy.url } })
    expect([code, err]).toEqual([0, ''])
    expect(proxy.tunnels.length).toBeGreaterThan(0)
    await proxy.stop()
  })

  test.each([
    [407, /the proxy 127\.0\.0\.1:\d+ does not let through.*it answered 407.*NO_PROXY/s],
    [503, /it answered 503/],
  ])('that answers %s is named', async (status, says) => {
    const proxy = await startProxy(status)
    const file = writeKubeconfig({ server: cluster.url, ca: authority.ca, cluster: { 'proxy-url': proxy.url } })
    const { code, err } = await dump('-c', file, '--request-timeout', '2s')
    expect([code, err]).toEqual([69, expect.stringMatching(says)])
    await proxy.stop()
  })

  test('that does not listen is named', async () => {
    const file = writeKubeconfig({
      server: cluster.url,
      ca: authority.ca,
      cluster: { 'proxy-url': 'http://127.0.0.1:1' },
    })
    const { code, err } = await dump('-c', file, '--request-timeout', '2s')
    expect([code, err]).toEqual([69, expect.stringMatching(/proxy 127\.0\.0\.1:1/)])
  })

  test.each([
    ['https://api.example:6443', {}, undefined],
    ['https://api.example:6443', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128'],
    ['https://api.example:6443', { https_proxy: 'p:3128' }, 'http://p:3128'],
    ['http://api.example', { HTTPS_PROXY: 'http://p:3128' }, undefined],
    ['http://api.example', { HTTP_PROXY: 'socks5://p:1080' }, 'socks5://p:1080'],
    ['https://localhost:6443', { HTTPS_PROXY: 'http://p:3128' }, undefined],
    ['https://127.0.0.1:6443', { HTTPS_PROXY: 'http://p:3128' }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: 'http://p:3128' }, undefined],
    ...(
      [
        ['*', undefined],
        ['example', undefined],
        ['.example', undefined],
        ['*.example', undefined],
        ['api.example', undefined],
        ['.api.example', 'http://p:3128'],
        ['other.example, api.example:6443', undefined],
        ['api.example:443', 'http://p:3128'],
        ['pi.example', 'http://p:3128'],
      ] as const
    ).map(
      ([NO_PROXY, expected]) =>
        ['https://api.example:6443', { HTTPS_PROXY: 'http://p:3128', NO_PROXY }, expected] as const,
    ),
    ['https://10.1.2.3', { HTTPS_PROXY: 'http://p:3128', NO_PROXY: '10.0.0.0/8' }, undefined],
    ['https://11.1.2.3', { HTTPS_PROXY: 'http://p:3128', no_proxy: '10.0.0.0/8,10.1.2.3' }, 'http://p:3128'],
    ['https://[fd00::1]', { HTTPS_PROXY: 'http://p:3128', no_proxy: 'fd00::/8' }, undefined],
    ['https://[fd00::1]', { HTTPS_PROXY: 'http://p:3128', no_proxy: 'fd00::1' }, undefined],
  ] as const)('%s with %j', (server, environment, proxy) => {
    expect(proxyFromEnvironment(new URL(server), environment)).toBe(proxy)
  })
})

test('inside a pod the service account is used', async context => {
  const { port } = new URL(cluster.url)
  const account = '/run/secrets/kubernetes.io/serviceaccount'
  writeFileSync(join(folder, 'ca.crt'), authority.ca)
  const inside = `mount -t tmpfs none /run && mkdir -p ${account} && cp ${folder}/ca.crt ${account} && printf good > ${account}/token && printf shop > ${account}/namespace && exec '${node}' ${resolve('bin/run.js')} dump ztunnel workloads`
  if (!canMount()) return context.skip('needs the right to mount in a namespace of its own')
  const out = await new Promise<string>((ended, failed) => {
    import('node:child_process').then(({ execFile }) =>
      execFile(
        'unshare',
        ['--mount', 'sh', '-c', inside],
        { env: { PATH: process.env.PATH, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: port } },
        (error, text, err) => (error === null ? ended(text) : failed(new Error(err))),
      ),
    )
  })
  expect(out).toMatch(/NAMESPACE +POD NAME/)
})

const canMount = (): boolean => {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'test -d /run && mount -t tmpfs none /run'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
