import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { ambientctl, type Ended } from '../cli/ambientctl.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { cniPod, demoContents, waypointPod, webPod, writeKubeconfig, ztunnelPod } from './demo-cluster.ts'
import { type Contents, TestCluster } from './server.ts'

let authority: Authority
let cluster: TestCluster | undefined
let folder: string
let kubeconfig: string
beforeAll(() => {
  authority = makeAuthority()
})
const begin = async (contents: Contents = demoContents()): Promise<void> => {
  cluster = await TestCluster.start(contents, { identity: authority.server })
  kubeconfig = writeKubeconfig({ server: cluster.url, ca: authority.ca })
  folder = mkdtempSync(join(tmpdir(), 'ambientctl-snapshot-'))
}
afterEach(async () => {
  await cluster?.stop()
  rmSync(folder, { recursive: true })
})
const snapshot = (...args: string[]): Promise<Ended> => ambientctl(['snapshot', '-c', kubeconfig, ...args])

interface Index {
  readonly context: string
  readonly items: readonly {
    readonly path: string
    readonly sha256: string
    readonly how: string
    readonly redactions: string[]
  }[]
  readonly missing: readonly { readonly path: string; readonly why: string }[]
}
const indexOf = (path: string): Index => JSON.parse(readFileSync(join(path, 'snapshot.json'), 'utf8'))

test('a snapshot of a request answers as the cluster does', async () => {
  await begin()
  const request = ['deploy/web.shop', 'http://catalog.shop/']
  const out = join(folder, 'request')
  const taken = await snapshot('--from', 'deploy/web.shop', '--to', 'http://catalog.shop/', '-o', out)
  expect([taken.code, taken.out]).toEqual([0, expect.stringMatching(/request: \d+ files, 2 missing/)])
  const live = await ambientctl(['trace', ...request, '-c', kubeconfig])
  const saved = await ambientctl(['trace', ...request, '--snapshot', out])
  expect(saved.out.replaceAll(`${out}/`, '')).toBe(live.out)
})

test('a snapshot of the mesh has a layout, an index with hashes, and every command reads it', async () => {
  await begin()
  const out = join(folder, 'mesh')
  expect((await snapshot('-o', out)).code).toBe(0)
  const { items, context } = indexOf(out)
  expect(context).toBe('test')
  expect(items.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      'kubernetes/pods.json',
      'ztunnel/node1/config_dump.json',
      `waypoint/${waypointPod}/config_dump.json`,
      `waypoint/${waypointPod}/clusters.json`,
      `netns/${webPod}/iptables-save.txt`,
      'node/node1/iptables-save.txt',
      'ztunnel/node1/metrics.txt',
      `waypoint/${waypointPod}/metrics.txt`,
      `logs/${ztunnelPod}.log`,
      `logs/${cniPod}.log`,
    ]),
  )
  for (const { path, sha256 } of items)
    expect(
      createHash('sha256')
        .update(readFileSync(join(out, path)))
        .digest('hex'),
    ).toBe(sha256)
  for (const args of [
    ['dump', 'ztunnel'],
    ['dump', 'waypoint', 'chains'],
    ['dump', 'redirection', webPod],
    ['check', '--fail-on', 'never'],
  ])
    expect([args, (await ambientctl([...args, '--snapshot', out])).code]).toEqual([args, 0])
})

test('an archive is the same bytes for the same answers', async () => {
  await begin()
  const [first, second] = [join(folder, 'one', 'mesh.tar.gz'), join(folder, 'two', 'mesh.tar.gz')]
  await snapshot('-o', first)
  await snapshot('-o', second)
  expect(readFileSync(first).equals(readFileSync(second))).toBe(true)
  expect(readdirSync(join(folder, 'one'))).toEqual(['mesh.tar.gz'])
  expect((await ambientctl(['dump', 'ztunnel', '--snapshot', first])).code).toBe(0)
})

const jwt = 'eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOiJ0b2tlbiJ9.Y2FuYXJ5'
const pem = '-----BEGIN PRIVATE KEY-----\nPLANTEDPEM\n-----END PRIVATE KEY-----\n'
const packedPem = Buffer.from('-----BEGIN RSA PRIVATE KEY-----\nPLANTEDPACKED').toString('base64')

test('planted secrets are in no file', async () => {
  const contents = demoContents()
  const planted = (text: string) => {
    if (!text.startsWith('{')) return `${text}# ${pem} ${jwt} "GET /?access_token=PLANTEDQUERY&page=2"\n`
    const dump = JSON.parse(text)
    dump.planted = {
      private_key: { inline_string: 'PLANTEDMEMBER' },
      note: `${pem} ${jwt}`,
      bytes: packedPem,
      header: { key: 'authorization', value: 'Bearer PLANTEDHEADER' },
      node: { ANNOTATIONS: { 'kubectl.kubernetes.io/last-applied-configuration': '{"env":"\\"PLANTEDCOPY"}' } },
      store: 'https://robot:PLANTEDURL@store.example/',
    }
    return JSON.stringify(dump)
  }
  const ports = Object.fromEntries(
    Object.entries(contents.ports).map(([place, port]) => [
      place,
      (path: string) => {
        const answer = port(path)
        return answer === undefined ? undefined : planted(String(answer))
      },
    ]),
  )
  const container = {
    name: 'c',
    env: [{ name: 'PASSWORD', value: 'PLANTEDENV' }],
    command: ['sh', '-c', 'DB_PASSWORD=PLANTEDCOMMAND exec app --page=2'],
    args: ['--admin-token=PLANTEDARG', '--client-secret', 'PLANTEDNEXT'],
    readinessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: 'Basic PLANTEDPROBE' }] } },
  }
  const pods = (contents.objects['/v1/pods'] ?? []).map(pod => ({
    ...pod,
    metadata: {
      ...(pod.metadata as object),
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{"PLANTEDAPPLIED":1}',
        note: `Bearer ${jwt}`,
        settings: '{"api_key":"PLANTEDANNOTATION"}',
      },
      managedFields: [{ manager: 'PLANTEDFIELDS' }],
    },
    spec: { ...(pod.spec as object), containers: [container], imagePullSecrets: [{ name: 'pull' }] },
  }))
  const secrets = [{ kind: 'Secret', metadata: { namespace: 'shop', name: 's' }, data: { key: 'PLANTEDSECRET' } }]
  const logs = Object.fromEntries(Object.entries(contents.logs ?? {}).map(([pod, log]) => [pod, planted(log)]))
  const template = { spec: { containers: [container] } }
  const more = {
    '/v1/pods': pods,
    '/v1/secrets': secrets,
    '/v1/configmaps': [{ metadata: { namespace: 'shop', name: 'settings' }, data: { password: 'PLANTEDCONFIG' } }],
    '/v1/events': [
      { type: 'Warning', metadata: { namespace: 'shop', name: 'e.1' }, message: `Get "http://a/?t=${jwt}": ${pem}` },
    ],
    'apps/v1/deployments': [{ metadata: { namespace: 'shop', name: 'web' }, spec: { template } }],
  }
  await begin({ ...contents, ports, logs, objects: { ...contents.objects, ...more } })
  const out = join(folder, 'mesh.tar.gz')
  expect((await snapshot('-o', out)).code).toBe(0)
  const everything = gunzipSync(readFileSync(out)).toString()
  expect(everything.match(/.{0,60}(PLANTED|eyJjYW5hcnki).{0,40}/g)).toBeNull()
  expect(everything).not.toContain(packedPem.slice(40))
  expect(everything).toContain('[redacted]')
  expect(everything).toContain('access_token=[redacted]&page=2')
  expect(everything).toContain('DB_PASSWORD=[redacted] exec app --page=2')
  expect(everything).toMatch(/"redactions": \[\n\s+"private member: 1"/)
  expect(cluster?.requests.filter(request => request.includes('secrets'))).toEqual([])
})

test('what was missed is said, and tried alone the next time', async () => {
  await begin()
  const out = join(folder, 'mesh')
  cluster?.faults.plan(/UPGRADE .*waypoint/, { kind: 'status', code: 403 }, 1)
  const first = await snapshot('-o', out, '--no-rules')
  expect([first.code, first.out]).toEqual([0, expect.stringMatching(/3 missing: run it again/)])
  expect(indexOf(out).missing.map(({ path }) => path)).toContain(`waypoint/${waypointPod}/config_dump.json`)
  if (cluster !== undefined) cluster.requests.length = 0
  expect((await snapshot('-o', out, '--no-rules')).code).toBe(0)
  expect(indexOf(out).missing).toEqual([])
  expect(
    cluster?.requests.filter(request => request.startsWith('UPGRADE')).every(request => request.includes('waypoint')),
  ).toBe(true)
  expect((await snapshot('-o', out)).err).toMatch(/is a complete snapshot/)
})

test('an archive that misses something is gone on with, and nothing else is written over', async () => {
  await begin()
  const out = join(folder, 'mesh.tar.gz')
  cluster?.faults.plan(/UPGRADE .*waypoint/, { kind: 'status', code: 403 }, 1)
  expect((await snapshot('-o', out, '--no-rules')).out).toMatch(/3 missing: run it again/)
  if (cluster !== undefined) cluster.requests.length = 0
  const again = await snapshot('-o', out, '--no-rules')
  expect([again.code, again.out]).toEqual([0, expect.not.stringMatching(/missing/)])
  expect(
    cluster?.requests.filter(request => request.startsWith('UPGRADE')).every(request => request.includes('waypoint')),
  ).toBe(true)
  const complete = readFileSync(out)
  const third = await snapshot('-o', out, '--no-rules')
  expect([third.code, third.err]).toEqual([64, expect.stringContaining('no snapshot that misses something')])
  expect(readFileSync(out).equals(complete)).toBe(true)
  expect(readdirSync(folder)).toEqual(['mesh.tar.gz'])
})

test('an interrupted run goes on where it stopped', async () => {
  await begin()
  const out = join(folder, 'mesh.tar.gz')
  cluster?.faults.plan(/ztunnel-thphm:15000/, { kind: 'stall' }, 1)
  const { start } = await import('../cli/ambientctl.ts')
  const child = start(['snapshot', '-c', kubeconfig, '-o', out, '--no-rules'])
  const journal = `${out}.partial/snapshot.partial.jsonl`
  while (!existsSync(journal) || readFileSync(journal, 'utf8').split('\n').length < 6)
    await new Promise(later => setTimeout(later, 50))
  const ended = new Promise(resolve => child.once('close', resolve))
  child.kill('SIGINT')
  expect(await ended).toBe(130)
  cluster?.faults.forget()
  if (cluster !== undefined) cluster.requests.length = 0
  expect((await snapshot('-o', out, '--no-rules')).code).toBe(0)
  expect(cluster?.requests.filter(request => request.startsWith('UPGRADE'))).toContain(
    `UPGRADE /api/v1/namespaces/${ztunnelPod.replace('/', '/pods/')}/portforward`,
  )
  expect(cluster?.requests.filter(request => request.endsWith('/namespaces'))).toEqual([])
  expect((await ambientctl(['dump', 'ztunnel', '--snapshot', out])).code).toBe(0)
})
