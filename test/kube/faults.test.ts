import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { UserError } from '#errors.ts'
import { type Collected, collected, gathered, rulesOf, thePods, theZtunnel } from './asking.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { cniPod, demoContents, webPod, writeKubeconfig, ztunnelPod } from './demo-cluster.ts'
import type { Fault } from './faults.ts'
import { type Settings, TestCluster } from './server.ts'

let authority: Authority
beforeAll(() => {
  authority = makeAuthority()
})

const contents = demoContents()
const dump = readFileSync('fixtures/demo/ztunnel/node1/config_dump.json', 'utf8')
let cluster: TestCluster | undefined
const rejections: unknown[] = []
const remember = (reason: unknown) => rejections.push(reason)
process.on('unhandledRejection', remember)

const start = async (settings: Settings = {}, ca = authority.ca): Promise<string> => {
  cluster = await TestCluster.start(contents, { identity: authority.server, ...settings })
  return writeKubeconfig({ server: cluster.url, ca })
}

/** Whatever went wrong, no connection is left and no promise forgotten. */
afterEach(async () => {
  for (let waited = 0; (cluster?.open ?? 0) > 0 && waited < 1000; waited += 20) await sleep(20)
  const left = cluster?.open ?? 0
  await cluster?.stop()
  cluster = undefined
  expect(left).toBe(0)
  expect(rejections).toEqual([])
})
afterAll(() => process.off('unhandledRejection', remember))

const failure = async (work: Promise<unknown>): Promise<UserError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof UserError) return error
  throw new Error(`a UserError was expected, not ${error}`)
}

const textOf = ({ items }: Collected): string => {
  const content = items[0]?.content
  return content?.kind === 'text' ? content.text : `no text: ${content?.kind}`
}

const told = (error: UserError): string =>
  [error.message, error.cause instanceof Error ? error.cause.message : error.cause, ...error.next].join(' | ')

type Expected = readonly [kind: UserError['kind'], says: RegExp]

describe('a dump that cannot be had says why', () => {
  const stream = `stream ${ztunnelPod}`
  const admin = `${ztunnelPod}:15000/config_dump`
  const upgrade = 'UPGRADE .*portforward'
  const cases: readonly (readonly [string, string, Fault, ...Expected])[] = [
    ['upgrade refused with 401', upgrade, { kind: 'status', code: 401 }, 'permission', /credentials/],
    [
      'upgrade refused with 403',
      upgrade,
      { kind: 'status', code: 403 },
      'permission',
      /pods\/portforward.*verbs: \["get", "create"\]/,
    ],
    [
      'pod gone',
      upgrade,
      { kind: 'status', code: 404, message: 'pods "ztunnel-thphm" not found' },
      'unreachable',
      /not found.*run it again/,
    ],
    ['API server overloaded', upgrade, { kind: 'status', code: 429 }, 'unreachable', /overloaded/],
    ['API server fails', upgrade, { kind: 'status', code: 500 }, 'unreachable', /answered 500/],
    [
      'kubelet cannot be reached',
      upgrade,
      { kind: 'status', code: 502, message: 'dial tcp: no route to host' },
      'unreachable',
      /no route to host/,
    ],
    ['connection reset before the upgrade', upgrade, { kind: 'reset' }, 'unreachable', /broke/],
    ['upgrade never answered', upgrade, { kind: 'stall' }, 'timeout', /no answer within 0.6 s.*--request-timeout/],
    ['upgrade answered with nonsense', upgrade, { kind: 'instead', body: 'hello\r\n\r\n' }, 'unreachable', /broke/],
    [
      'admin port does not listen',
      stream,
      { kind: 'port-error', message: 'connect: connection refused' },
      'unreachable',
      /connection refused.*kubectl logs/,
    ],
    ['pod restarts', stream, { kind: 'port-error', message: 'pod not found' }, 'unreachable', /cannot be reached/],
    ['stream reset', stream, { kind: 'reset' }, 'unreachable', /cut|broke/],
    ['stream stalls', stream, { kind: 'stall' }, 'timeout', /no answer within 0.6 s/],
    ['admin port answers 404', admin, { kind: 'status', code: 404 }, 'unreachable', /answered 404.*proxyAdminPort/],
    ['admin port answers 500', admin, { kind: 'status', code: 500 }, 'unreachable', /answered 500/],
    ['answer reset in the middle', admin, { kind: 'reset-mid-stream' }, 'unreachable', /broke|cut/],
    ['answer stalls in the middle', admin, { kind: 'stall-mid-stream' }, 'timeout', /no answer within 0.6 s/],
    ['dump cut off with a proper end', admin, { kind: 'truncate' }, 'unreachable', /cut off/],
    ['slower than the patience', admin, { kind: 'drip', milliseconds: 10_000 }, 'timeout', /no answer within 0.6 s/],
  ]
  test.each(cases)('%s', async (_, on, fault, kind, says) => {
    const kubeconfig = await start()
    cluster?.faults.plan(new RegExp(on), fault)
    const error = await failure(collected(kubeconfig, theZtunnel))
    expect([error.kind, told(error)]).toEqual([kind, expect.stringMatching(says)])
  })
})

describe('a dump that comes at last is whole', () => {
  const cases: readonly (readonly [string, string, Fault, number])[] = [
    ['one reset before the upgrade', 'UPGRADE', { kind: 'reset' }, 1],
    ['two times overloaded', 'UPGRADE', { kind: 'status', code: 429 }, 2],
    ['overloaded, and says how long', 'UPGRADE', { kind: 'status', code: 429, retryAfter: 1 }, 1],
    ['one 503', 'UPGRADE', { kind: 'status', code: 503 }, 1],
    ['one refused port', 'stream', { kind: 'port-error', message: 'connection refused' }, 1],
    ['one reset stream', 'stream', { kind: 'reset' }, 1],
    ['one answer reset in the middle', '/config_dump', { kind: 'reset-mid-stream' }, 1],
    ['one dump cut off', '/config_dump', { kind: 'truncate' }, 1],
    ['three dumps cut off', '/config_dump', { kind: 'truncate' }, 3],
    ['one 503 of the proxy', '/config_dump', { kind: 'status', code: 503 }, 1],
  ]
  test.each(cases)('%s', async (_, on, fault, times) => {
    const kubeconfig = await start()
    cluster?.faults.plan(new RegExp(on), fault, times)
    const result = await collected(kubeconfig, theZtunnel, { requestTimeout: 8000 })
    expect(textOf(result)).toBe(dump)
    expect(result.notes.filter(({ kind }) => kind === 'again')).toHaveLength(times)
  })

  const harmless: readonly (readonly [string, string, Fault])[] = [
    ['slow drip', '/config_dump', { kind: 'drip', milliseconds: 500 }],
    ['gzip', '/config_dump', { kind: 'gzip' }],
    ['frames that mean nothing', 'stream', { kind: 'odd-frames' }],
    ['frames of a few bytes, the port divided', 'stream', { kind: 'split-frames' }],
  ]
  test.each(harmless)('%s', async (_, on, fault) => {
    const kubeconfig = await start()
    cluster?.faults.plan(new RegExp(on), fault)
    const result = await collected(kubeconfig, theZtunnel, { requestTimeout: 8000 })
    expect(textOf(result)).toBe(dump)
    expect(result.notes).toEqual([])
  })

  test.each([
    ['in one text', 54],
    ['too large for one', 68],
  ])('a dump cut like the recorded 47.9 of 54 MB, %s', async (_, megabytes) => {
    const large = Buffer.from(`${dump.trimEnd().slice(0, -1)}${' '.repeat(megabytes * 1e6 - dump.length)}}`)
    const ports = { ...contents.ports, [`${ztunnelPod}:15000`]: () => large }
    cluster = await TestCluster.start({ ...contents, ports }, { identity: authority.server })
    cluster.faults.plan(/config_dump/, { kind: 'truncate', share: 47.9 / 54 }, 1)
    const kubeconfig = writeKubeconfig({ server: cluster.url, ca: authority.ca })
    const { items, notes } = await collected(kubeconfig, theZtunnel, { requestTimeout: 60_000 })
    expect(notes).toEqual([
      {
        kind: 'again',
        what: `/config_dump of ${ztunnelPod}`,
        why: expect.stringMatching(/^the dump of pod istio-system\/ztunnel-thphm is cut off: /),
      },
    ])
    let size = 0
    const [content] = items.map(item => item.content)
    if (content?.kind === 'text') size = content.text.length
    if (content?.kind === 'large') for await (const chunk of content.bytes()) size += chunk.length
    expect(size).toBeGreaterThan(megabytes * 0.99e6)
  })

  test.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])('protocol %s', async protocol => {
    const kubeconfig = await start({ protocols: [protocol] })
    expect(textOf(await collected(kubeconfig, theZtunnel))).toBe(dump)
  })

  test.each([
    ['Failed to convert protobuf message to JSON string: x', /with text beginning "Failed to convert.*cannot print/],
    ['<html>log in</html>', /with text beginning "<html>.*--proxy-admin-port/],
    ['{"new":{}}', /with JSON, an object with new.*a version that this release does not know/],
    ['{"configs":[]}', /an object with configs/],
  ])('%s instead of a dump is told, and not asked for again', async (body, says) => {
    const kubeconfig = await start()
    cluster?.faults.plan(/config_dump/, { kind: 'instead', body })
    const error = await failure(collected(kubeconfig, theZtunnel))
    expect([error.kind, told(error)]).toEqual(['input', expect.stringMatching(says)])
    expect(cluster?.requests.filter(request => request.startsWith('UPGRADE'))).toHaveLength(1)
  })
})

describe('an API server that fails says why', () => {
  const pods = 'GET /api/v1/(namespaces/[^/]+/)?pods'
  const cases: readonly (readonly [string, Fault, ...Expected])[] = [
    ['401', { kind: 'status', code: 401 }, 'permission', /token expired.*kubectl auth whoami/],
    [
      '403',
      { kind: 'status', code: 403 },
      'permission',
      /list pods.*apiGroups: \[""\], resources: \["pods"\], verbs: \["list"\]/,
    ],
    ['429', { kind: 'status', code: 429 }, 'unreachable', /overloaded/],
    ['500', { kind: 'status', code: 500 }, 'unreachable', /answered 500/],
    ['410 again and again', { kind: 'status', code: 410 }, 'unreachable', /list changed/],
    ['reset', { kind: 'reset' }, 'unreachable', /broke/],
    ['reset in the middle', { kind: 'reset-mid-stream' }, 'unreachable', /broke/],
    ['cut off with a proper end', { kind: 'truncate' }, 'unreachable', /no complete JSON/],
    ['never answers', { kind: 'stall' }, 'timeout', /no answer within 0.6 s/],
    ['stalls in the middle', { kind: 'stall-mid-stream' }, 'timeout', /no answer within 0.6 s/],
    ['slower than the patience', { kind: 'drip', milliseconds: 10_000 }, 'timeout', /no answer within 0.6 s/],
    ['answers a page of a proxy', { kind: 'instead', body: '<html>log in</html>' }, 'unreachable', /no complete JSON/],
    ['answers another object', { kind: 'instead', body: '{"kind":"Thing"}' }, 'unreachable', /no list/],
    [
      'refuses with a page of a proxy',
      { kind: 'instead', code: 407, body: '<html>log in</html>' },
      'unreachable',
      /answered 407.*log in/,
    ],
  ]
  test.each(cases)('%s', async (_, fault, kind, says) => {
    const kubeconfig = await start()
    cluster?.faults.plan(new RegExp(pods), fault)
    const error = await failure(collected(kubeconfig, thePods))
    expect([error.kind, told(error)]).toEqual([kind, expect.stringMatching(says)])
  })

  test('one 410 in the middle of a list begins it anew', async () => {
    const kubeconfig = await start({ pageSize: 10 })
    cluster?.faults.plan(/continue=20/, { kind: 'status', code: 410 }, 1)
    const { items } = JSON.parse(textOf(await collected(kubeconfig, thePods)))
    expect(items).toHaveLength(contents.objects['/v1/pods']?.length ?? -1)
  })

  test('nothing listens', async () => {
    const kubeconfig = await start()
    await cluster?.stop()
    const error = await failure(collected(kubeconfig, thePods))
    expect([error.kind, told(error)]).toEqual([
      'unreachable',
      expect.stringMatching(/nothing listens there.*kubectl cluster-info/),
    ])
  })

  test('its name does not resolve', async () => {
    const error = await failure(collected(writeKubeconfig({ server: 'https://nowhere.invalid:6443' }), thePods))
    expect([error.kind, told(error)]).toEqual(['unreachable', expect.stringMatching(/does not resolve/)])
  })

  test('it speaks no TLS', async () => {
    cluster = await TestCluster.start(contents)
    const server = cluster.url.replace('http:', 'https:')
    const error = await failure(collected(writeKubeconfig({ server, ca: authority.ca }), thePods))
    expect([error.kind, told(error)]).toEqual(['unreachable', expect.stringMatching(/does not speak TLS/)])
  })
})

describe('a certificate that is not right is refused', () => {
  test.each([
    ['misnamed', /another name.*tls-server-name/],
    ['expired', /has expired/],
    ['selfSigned', /self-signed/],
  ] as const)('%s', async (identity, says) => {
    const kubeconfig = await start({ identity: authority[identity] })
    const error = await failure(collected(kubeconfig, thePods))
    expect([error.kind, told(error)]).toEqual(['unreachable', expect.stringMatching(says)])
  })

  test('an authority that the kubeconfig does not name', async () => {
    const kubeconfig = await start({}, makeAuthority().ca)
    const error = await failure(collected(kubeconfig, thePods))
    expect([error.kind, told(error)]).toEqual(['unreachable', expect.stringMatching(/not trusted/)])
  })

  test('tls-server-name names the certificate', async () => {
    cluster = await TestCluster.start(contents, { identity: authority.misnamed })
    const kubeconfig = writeKubeconfig({
      server: cluster.url,
      ca: authority.ca,
      cluster: { 'tls-server-name': 'elsewhere.example' },
    })
    expect((await collected(kubeconfig, thePods)).items).toHaveLength(1)
  })
})

describe('rules of a pod come by the surest way that works, and which one is told', () => {
  const cases: readonly (readonly [string, readonly (readonly [string, Fault])[], string, RegExp])[] = [
    ['nothing is wrong', [], 'istio-cni', /^$/],
    [
      'exec is not permitted',
      [['UPGRADE .*exec', { kind: 'status', code: 403 }]],
      'assumed',
      /not permitted: get and create pods\/exec.*does not name the pod/,
    ],
    [
      'there is no shell',
      [[`exec ${cniPod}`, { kind: 'exit', code: 127, message: 'nsenter: not found' }]],
      'assumed',
      /nsenter: not found/,
    ],
    ['output cut off once', [[`exec ${cniPod}`, { kind: 'truncate' }]], 'assumed', /cut off/],
    ['the status never comes', [[`exec ${cniPod}`, { kind: 'no-status' }]], 'assumed', /broke off/],
    ['reset in the middle', [[`exec ${cniPod}`, { kind: 'reset-mid-stream' }]], 'assumed', /broke off|cut/],
    ['exec stalls', [[`exec ${cniPod}`, { kind: 'stall' }]], 'assumed', /no answer within 0.6 s/],
    [
      'neither exec nor log',
      [
        ['UPGRADE .*exec', { kind: 'status', code: 403 }],
        ['/log', { kind: 'status', code: 403 }],
      ],
      'assumed',
      /pods\/exec.*pods\/log/,
    ],
  ]
  test.each(cases)('%s', async (_, faults, by, because) => {
    const kubeconfig = await start()
    for (const [on, fault] of faults) cluster?.faults.plan(new RegExp(on), fault)
    const { notes } = await gathered(kubeconfig, rulesOf(webPod))
    expect(notes).toMatchObject([{ kind: 'redirection', subjects: [webPod], by }])
    expect(notes.flatMap(note => (note.kind === 'redirection' ? note.because : [])).join(' | ')).toMatch(because)
  })

  test("istio-cni's log stands in as what was intended", async () => {
    const kubeconfig = await start()
    cluster?.faults.plan(/UPGRADE .*exec/, { kind: 'status', code: 403 })
    const { items, notes } = await collected(kubeconfig, rulesOf('misc/db-1'))
    expect(items.map(({ path }) => path)).toEqual([
      'netns/misc/db-1/iptables-nft-restore.txt',
      'netns/misc/db-1/ip6tables-nft-restore.txt',
    ])
    expect(notes).toMatchObject([{ kind: 'redirection', by: 'istio-cni-log' }])
  })
})
