import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ambientctl, type Ended } from '../cli/ambientctl.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { demoContents, writeKubeconfig, ztunnelPod } from './demo-cluster.ts'
import type { Fault } from './faults.ts'
import { type Contents, TestCluster } from './server.ts'

/** Every failure of a cluster through every command that asks one: the code it ends with, what it says, what to do next. */
const commands = {
  trace: ['trace', 'shop/web', 'http://10.96.99.208/'],
  dump: ['dump', 'ztunnel'],
  check: ['check', '--no-rules', '--fail-on', 'never'],
  snapshot: ['snapshot', '--no-rules', '-o', 'OUT'],
  test: ['test', 'SUITE'],
} as const
type Command = keyof typeof commands

let authority: Authority
let folder: string
let cluster: TestCluster | undefined
beforeAll(() => {
  authority = makeAuthority()
  folder = mkdtempSync(join(tmpdir(), 'ambientctl-survive-'))
  writeFileSync(
    join(folder, 'suite.yaml'),
    'tests:\n- name: web to catalog\n  from: shop/web\n  to: http://10.96.99.208/\n  expect: { verdict: delivered }\n',
  )
})
afterEach(() => cluster?.stop())
afterAll(() => rmSync(folder, { recursive: true }))

const demo = demoContents()
let runs = 0

const run = (command: Command, kubeconfig: string): Promise<Ended> => {
  const places: Readonly<Record<string, string>> = {
    OUT: join(folder, `snapshot-${runs++}`),
    SUITE: join(folder, 'suite.yaml'),
  }
  const words = commands[command].map(word => places[word] ?? word)
  return ambientctl([...words, '-c', kubeconfig, '--request-timeout', '1500ms'])
}

const begin = async (contents: Contents = demo, token = 'good'): Promise<string> => {
  cluster = await TestCluster.start(contents, { identity: authority.server })
  return writeKubeconfig({ server: cluster.url, ca: authority.ca, token })
}

type Codes = Readonly<Record<Command, number>>
const all = (code: number): Codes => ({ trace: code, dump: code, check: code, snapshot: code, test: code })

/** What is lost of one ztunnel is missing in a snapshot, which can be completed later, and is all that the others need. */
const butSnapshot = (code: number): Codes => ({ ...all(code), snapshot: 0 })

interface Case {
  readonly name: string
  readonly on?: string
  readonly fault?: Fault
  readonly codes: Codes
  readonly says: RegExp
}

const upgrade = `UPGRADE .*/${ztunnelPod.split('/')[1]}/portforward`
const stream = `stream ${ztunnelPod}`
const admin = `${ztunnelPod}:15000/config_dump`

const cases: readonly Case[] = [
  {
    name: 'pods may not be listed',
    on: 'GET /api/v1/(namespaces/[^/]+/)?pods',
    fault: { kind: 'status', code: 403 },
    codes: all(77),
    says: /not permitted: list pods[\s\S]*try: add this rule to a role of yours: - \{apiGroups: \[""\], resources: \["pods"\], verbs: \["list"\]\}/,
  },
  {
    name: 'the API server is overloaded',
    on: 'GET /api/v1/pods',
    fault: { kind: 'status', code: 429 },
    codes: all(69),
    says: /pods of the cluster: the API server is overloaded/,
  },
  {
    name: 'the API server does not answer',
    on: 'GET /api/v1/pods',
    fault: { kind: 'stall' },
    codes: all(124),
    says: /no answer within 1.5 s[\s\S]*try: --request-timeout/,
  },
  {
    name: 'port-forward is not permitted',
    on: upgrade,
    fault: { kind: 'status', code: 403 },
    codes: butSnapshot(77),
    says: /not permitted: get and create pods\/portforward in namespace istio-system[\s\S]*try: add this rule.*verbs: \["get", "create"\]/,
  },
  {
    name: 'port-forward is refused',
    on: upgrade,
    fault: { kind: 'status', code: 500, message: 'error upgrading connection: no such host' },
    codes: butSnapshot(69),
    says: /port 15000 of pod istio-system\/ztunnel-thphm: the API server answered 500[\s\S]*no such host/,
  },
  {
    name: 'the pod is gone',
    on: upgrade,
    fault: { kind: 'status', code: 404, message: 'pods "ztunnel-thphm" not found' },
    codes: butSnapshot(69),
    says: /not found[\s\S]*try: run it again: what is gone may have been replaced/,
  },
  {
    name: 'the pod restarts in the middle',
    on: admin,
    fault: { kind: 'reset-mid-stream' },
    codes: butSnapshot(69),
    says: /port 15000 of pod istio-system\/ztunnel-thphm: the answer broke off/,
  },
  {
    name: 'nothing listens on the admin port',
    on: stream,
    fault: { kind: 'port-error', message: 'connect: connection refused' },
    codes: butSnapshot(69),
    says: /cannot be reached[\s\S]*connection refused[\s\S]*try: is the proxy running\? kubectl logs tells/,
  },
  {
    name: 'the proxy is slower than the patience',
    on: admin,
    fault: { kind: 'drip', milliseconds: 30_000 },
    codes: butSnapshot(124),
    says: /no answer within 1.5 s[\s\S]*try: --request-timeout/,
  },
  {
    name: 'only half of the dump ever comes',
    on: admin,
    fault: { kind: 'truncate' },
    codes: butSnapshot(69),
    says: /the dump of pod istio-system\/ztunnel-thphm is cut off[\s\S]*try: run it again/,
  },
  {
    name: 'the dump is of a version that nobody knows',
    on: admin,
    fault: { kind: 'instead', body: '{"new":{}}' },
    codes: butSnapshot(65),
    says: /answers \/config_dump with JSON, an object with new[\s\S]*try: .*a version that this release does not know/,
  },
]

describe.each(cases)('where $name', ({ on = '', fault = { kind: 'reset' }, codes, says }) => {
  test.each(Object.keys(commands) as Command[])('%s', async command => {
    const kubeconfig = await begin()
    cluster?.faults.plan(new RegExp(on), fault)
    const { code, out, err } = await run(command, kubeconfig)
    expect([code, `${out}${err}`]).toEqual([codes[command], expect.stringMatching(says)])
  })
})

describe('where the API server is not there', () => {
  test.each(Object.keys(commands) as Command[])('%s', async command => {
    const kubeconfig = await begin()
    await cluster?.stop()
    cluster = undefined
    const { code, err } = await run(command, kubeconfig)
    expect([code, err]).toEqual([
      69,
      expect.stringMatching(/cannot be reached: nothing listens there[\s\S]*try: kubectl cluster-info/),
    ])
  })
})

describe('where the token has expired', () => {
  test.each(Object.keys(commands) as Command[])('%s', async command => {
    const { code, err } = await run(command, await begin(demo, 'old'))
    expect([code, err]).toEqual([77, expect.stringMatching(/has the token expired\?[\s\S]*try: kubectl auth whoami/)])
  })
})

describe('where the answers are packed', () => {
  test.each(Object.keys(commands) as Command[])('%s', async command => {
    const kubeconfig = await begin()
    cluster?.faults.plan(/GET |15000/, { kind: 'gzip' })
    const { code, err } = await run(command, kubeconfig)
    expect([code, err]).toEqual([0, expect.not.stringMatching(/missing|errors?:? /)])
  })
})

describe('where half a dump came first', () => {
  test.each(Object.keys(commands) as Command[])('%s', async command => {
    const kubeconfig = await begin()
    cluster?.faults.plan(new RegExp(admin), { kind: 'truncate' }, 1)
    const { code, err } = await run(command, kubeconfig)
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/note: asked again for \/config_dump of istio-system\/ztunnel-thphm: .* is cut off/),
    ])
  })
})
