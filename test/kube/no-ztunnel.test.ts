import { afterEach, describe, expect, test } from 'vitest'
import { ambientctl, type Ended } from '../cli/ambientctl.ts'
import { demoContents, writeKubeconfig } from './demo-cluster.ts'
import { type Contents, TestCluster } from './server.ts'

type Members = Readonly<Record<string, unknown>>

let cluster: TestCluster | undefined
afterEach(() => cluster?.stop())

const nameOf = ({ metadata }: Members): string => String((metadata as Members).name)
const demo = demoContents()
const pods = demo.objects['/v1/pods'] ?? []
const daemonSets = demo.objects['apps/v1/daemonsets'] ?? []
const withoutZtunnel = (objects: readonly Members[]) => objects.filter(object => !nameOf(object).startsWith('ztunnel'))
const neverReady = daemonSets.map(set =>
  nameOf(set) === 'ztunnel' ? { ...set, status: { desiredNumberScheduled: 1, numberReady: 0 } } : set,
)
const crashing = pods.map(pod =>
  nameOf(pod).startsWith('ztunnel')
    ? {
        ...pod,
        status: {
          phase: 'Running',
          containerStatuses: [{ ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
        },
      }
    : pod,
)

const { exec: told = () => ({ out: '' }) } = demo

/** What nsenter shows of a pod, its sockets changed. */
const withSockets =
  (change: (shown: string) => string): NonNullable<Contents['exec']> =>
  (pod, command) => {
    const result = told(pod, command)
    return { ...result, out: change(result.out) }
  }
const closed = withSockets(shown => shown.replace(/^.*users:\(\("ztunnel.*\n/gm, ''))
const notTold = withSockets(shown => shown.replace(/\S+ ss-lntp\.txt\n(?:.*\n)*?\S+ exit 0\n/, ''))

const begin = async (
  cut: { readonly pods?: readonly Members[]; readonly daemonSets?: readonly Members[] },
  rest: Partial<Contents> = {},
): Promise<(...args: string[]) => Promise<Ended>> => {
  const objects = {
    ...demo.objects,
    '/v1/pods': cut.pods ?? withoutZtunnel(pods),
    'apps/v1/daemonsets': cut.daemonSets ?? neverReady,
  }
  const ports = cut.pods === pods ? demo.ports : {}
  cluster = await TestCluster.start({ ...demo, objects, ports, ...rest })
  const kubeconfig = writeKubeconfig({ server: cluster.url })
  return (...args) => ambientctl([...args, '-c', kubeconfig, '--request-timeout', '1s'])
}

const gone = [
  ['its DaemonSet has no ready pod', {}],
  ['its DaemonSet is deleted', { daemonSets: withoutZtunnel(daemonSets) }],
  ['its pod waits for its next start', { pods: crashing }],
] as const

describe.each(gone)('where no ztunnel runs: %s', (_, cut) => {
  test('check says so', async () => {
    const live = await begin(cut)
    const { code, out } = await live('check', '--no-rules', '-o', 'json')
    const found = JSON.parse(out).findings.filter((finding: Members) => finding.code === 'AMB012')
    expect([code, found]).toMatchObject([2, [{ objects: expect.arrayContaining([{ kind: 'Node', name: 'node1' }]) }]])
  })

  test('a connection of a captured pod is refused, and the trace says why', async () => {
    const live = await begin(cut)
    const { code, out } = await live('trace', 'misc/client', 'http://10.96.99.208/')
    expect([code, out]).toEqual([0, expect.stringMatching(/REJECTED {2}ztunnel-not-listening\n/)])
    expect(out).toMatch(/to ztunnel, port 15001, where nobody listens/)
    expect(out).toMatch(/client sees: connection refused\n/)
    expect(out).toMatch(/why {2}AMB012 /)
  })

  test('a name does not resolve, because its query goes to ztunnel, too', async () => {
    const live = await begin(cut)
    const { out } = await live('trace', 'misc/client', 'http://catalog.shop/')
    expect(out).toMatch(/catalog\.shop is asked of ztunnel's DNS, where nobody listens\n/)
    expect(out).toMatch(/REJECTED ztunnel-not-listening.*\nclient sees: a name that does not resolve\n/)
    expect(out).toMatch(/why {2}AMB012 /)
  })

  test('a pod outside the mesh is refused by a captured one, not by itself', async () => {
    const live = await begin(cut)
    const { out } = await live('trace', 'legacy/old', 'http://catalog.shop/')
    expect(out).toMatch(/REJECTED ztunnel-not-listening by pod shop\/catalog/)
    expect(out).toMatch(/client sees: connection refused\n/)
  })

  test('dump and test tell that nothing can be read', async () => {
    const live = await begin(cut)
    const { code, err } = await live('dump', 'ztunnel', 'workloads')
    expect([code, err]).toEqual([
      69,
      expect.stringMatching(/error: (no ztunnel runs in this cluster: \d+ pods are captured and cut off|the port of)/),
    ])
  })
})

describe('recorded rules tell as much as the sockets beside them', () => {
  test('without ztunnel in the list of sockets', async () => {
    const live = await begin({}, { exec: closed })
    const { out } = await live('trace', 'shop/web', 'http://10.96.99.208/')
    expect(out).toMatch(/port 15001, where nobody listens: nat ISTIO_OUTPUT #\d+\n.*REJECTED ztunnel-not-listening/)
  })

  test('where no sockets were told the missing pod tells', async () => {
    const live = await begin({}, { exec: notTold })
    const { out } = await live('trace', 'shop/web', 'http://catalog.shop/')
    expect(out).toMatch(/ztunnel's DNS, where nobody listens: nat ISTIO_OUTPUT #\d+\n.*REJECTED ztunnel-not-listening/)
  })

  test('with a socket of ztunnel the two contradict each other', async () => {
    const live = await begin({})
    const { out } = await live('trace', 'shop/web', 'http://10.96.99.208/')
    expect(out).toMatch(/UNDETERMINED no ztunnel runs on node node1, and yet something there takes its traffic\n/)
  })
})

describe('where a ztunnel runs and its state is not to be had', () => {
  const lost = async (...args: string[]): Promise<Ended> => {
    const live = await begin({ pods, daemonSets })
    cluster?.faults.plan(/UPGRADE .*portforward/, { kind: 'status', code: 403 })
    return live('trace', ...args)
  }

  test('a name that only it may know is undetermined, and so is one that nobody else knows', async () => {
    for (const host of ['dns.example.com', 'nosuch.shop.svc.cluster.local', 'nosuch']) {
      const { code, out } = await lost('misc/client', `http://${host}/`)
      await cluster?.stop()
      expect([code, out]).toEqual([77, expect.stringMatching(/UNDETERMINED no ztunnel config_dump of node node1: /)])
    }
  })

  test('what was refused is named, with the rule to add', async () => {
    const { code, out } = await lost('shop/web', 'http://10.96.99.208/')
    expect(code).toBe(77)
    expect(out).toMatch(
      /config_dump of node node1: not permitted: get and create pods\/portforward in namespace istio-system/,
    )
    expect(out).toMatch(
      /try: add this rule to a role of yours: - \{apiGroups: \[""\], resources: \["pods\/portforward"\]/,
    )
  })

  test('JSON has it too, and --strict keeps its own code', async () => {
    const { code, out } = await lost('shop/web', 'http://10.96.99.208/', '--strict', '-o', 'json')
    expect(code).toBe(4)
    expect(JSON.parse(out).end.missing).toMatchObject([{ what: 'ztunnel-dump', lost: { kind: 'permission' } }])
  })

  test('a waypoint that is not to be had costs the answer of its branch only', async () => {
    const live = await begin({ pods, daemonSets })
    cluster?.faults.plan(/UPGRADE .*waypoint.*portforward/, { kind: 'status', code: 403 })
    const { code, out } = await live('trace', 'shop/web', 'http://catalog.shop/')
    expect([code, out]).toEqual([
      77,
      expect.stringMatching(/no config_dump of waypoint shop\/waypoint.*: not permitted/),
    ])
  })
})

test.each([
  ['a name that only ztunnel knows', ['misc/client', 'http://dns.example.com/']],
  ["a request of the node, by the node's own rules", ['node/node1', 'http://10.96.99.208/']],
])('a trace of %s asks for what it takes', async (_, args) => {
  const live = await begin({ pods, daemonSets })
  const { out } = await live('trace', ...args)
  expect(out).toBe((await ambientctl(['trace', ...args, '--snapshot', 'fixtures/demo'])).out)
})
