import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ambientctl, type Ended } from '../cli/ambientctl.ts'
import { collected, gathered, rulesOf } from './asking.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { cniPod, demoContents, waypointPod, webPod, writeKubeconfig, ztunnelPod } from './demo-cluster.ts'
import type { Rule } from './rbac.ts'
import { type Contents, type Settings, TestCluster } from './server.ts'

type Members = Readonly<Record<string, unknown>>

let authority: Authority
let cluster: TestCluster | undefined
let kubeconfig: string
beforeAll(() => {
  authority = makeAuthority()
})
afterEach(() => cluster?.stop())

const begin = async (contents: Contents, settings: Settings = {}): Promise<TestCluster> => {
  cluster = await TestCluster.start(contents, { identity: authority.server, ...settings })
  kubeconfig = writeKubeconfig({ server: cluster.url, ca: authority.ca })
  return cluster
}
const live = (...args: string[]): Promise<Ended> => ambientctl([...args, '-c', kubeconfig])

const demo = demoContents()
const pods = demo.objects['/v1/pods'] ?? []
const metadataOf = (pod: Members) =>
  pod.metadata as Members & { readonly labels?: Members; readonly annotations?: Members }
const nameOf = (pod: Members): string => `${metadataOf(pod).namespace}/${metadataOf(pod).name}`
const changed = (name: string, change: (metadata: ReturnType<typeof metadataOf>) => Members): readonly Members[] =>
  pods.map(pod => (nameOf(pod) === name ? { ...pod, metadata: change(metadataOf(pod)) } : pod))
const withPods = (changedPods: readonly Members[], rest: Partial<Contents> = {}): Contents => ({
  ...demo,
  ...rest,
  objects: { ...demo.objects, ...rest.objects, '/v1/pods': changedPods },
})
const meshConfig = (name: string, port: number | undefined, namespace = 'istio-system'): Members => ({
  kind: 'ConfigMap',
  metadata: { namespace, name },
  data: { mesh: port === undefined ? 'enableTracing: true\n' : `defaultConfig:\n  proxyAdminPort: ${port}\n` },
})
const moved = (port: number, pod = ztunnelPod): Contents['ports'] => {
  const { [`${pod}:15000`]: admin = () => undefined, ...others } = demo.ports
  return { ...others, [`${pod}:${port}`]: admin }
}
const portsAsked = () => cluster?.queries.flatMap(query => /ports=(\d+)/.exec(query)?.[1] ?? []) ?? []

test('any ztunnel answers for what all hold alike; with --all-nodes each, and what differs is told', async () => {
  const first = pods.find(pod => nameOf(pod) === ztunnelPod) ?? {}
  const metadata = { ...metadataOf(first), name: 'ztunnel-other', uid: 'other' }
  const other = { ...first, metadata, spec: { ...(first.spec as Members), nodeName: 'node2' } }
  const dump = JSON.parse(String(await demo.ports[`${ztunnelPod}:15000`]?.('/config_dump'))) as Members
  const { services, config } = dump as { readonly services: readonly unknown[]; readonly config: Members }
  const changed = { ...dump, services: services.slice(1), config: { ...config, localNode: 'node2' } }
  const ports = { ...demo.ports, 'istio-system/ztunnel-other:15000': () => JSON.stringify(changed) }
  await begin(withPods([...pods, other], { ports }))
  expect((await live('dump', 'ztunnel', 'services')).out).not.toContain('dumps')
  const { code, out } = await live('dump', 'ztunnel', 'services', '--all-nodes')
  expect(code).toBe(0)
  expect(out).toMatch(/1 resource differs between 2 dumps\nservice .*\n {2}held by .*\n {2}absent from .*node2/)
  expect((await live('dump', 'ztunnel')).out).toMatch(/^2 ztunnels, .*\n.*55 to 56 services/)
  expect((await live('dump', 'ztunnel', 'services', '--all-nodes', '--node', 'node2')).code).toBe(64)
})

describe('the admin port', () => {
  const rev = (revision: string) => ({ labels: { app: 'ztunnel', 'istio.io/rev': revision } })

  test('comes from the mesh configuration', async () => {
    await begin({
      ...demo,
      ports: moved(15999),
      objects: { ...demo.objects, '/v1/configmaps': [meshConfig('istio', 15999)] },
    })
    expect([(await live('dump', 'ztunnel')).code, portsAsked()]).toEqual([0, ['15999']])
  })

  test("comes from the configuration of the proxy's own revision", async () => {
    const maps = [meshConfig('istio', 15998), meshConfig('istio-canary', 15999)]
    const contents = withPods(
      changed(ztunnelPod, metadata => ({ ...metadata, ...rev('canary') })),
      {
        ports: moved(15999),
        objects: { '/v1/configmaps': maps },
      },
    )
    await begin(contents)
    expect([(await live('dump', 'ztunnel')).code, portsAsked()]).toEqual([0, ['15999']])
  })

  test('comes from the plain configuration where the revision is a tag', async () => {
    const contents = withPods(
      changed(ztunnelPod, metadata => ({ ...metadata, ...rev('prod') })),
      {
        ports: moved(15999),
        objects: { '/v1/configmaps': [meshConfig('istio', 15999)] },
      },
    )
    await begin(contents)
    expect((await live('dump', 'ztunnel')).code).toBe(0)
  })

  test('comes from an annotation of the waypoint, which wins', async () => {
    const annotations = { 'proxy.istio.io/config': 'proxyAdminPort: 15777\n' }
    await begin(
      withPods(
        changed(waypointPod, metadata => ({ ...metadata, annotations })),
        { ports: moved(15777, waypointPod) },
      ),
    )
    expect([(await live('dump', 'waypoint', 'listeners', 'waypoint.shop')).code, new Set(portsAsked())]).toEqual([
      0,
      new Set(['15777']),
    ])
  })

  test('is what --proxy-admin-port says', async () => {
    await begin({ ...demo, ports: moved(15555) })
    expect((await live('dump', 'ztunnel', '--proxy-admin-port', '15555')).code).toBe(0)
  })

  test('is the usual one where the configuration may not be read', async () => {
    await begin(demo).then(found => found.faults.plan(/configmaps/, { kind: 'status', code: 403 }))
    expect((await live('dump', 'ztunnel')).code).toBe(0)
  })
})

describe('where Istio is', () => {
  const moveTo = (namespace: string): Contents => {
    const home = (name: string) => name.replace('istio-system/', `${namespace}/`)
    const ports = Object.fromEntries(Object.entries(demo.ports).map(([place, port]) => [home(place), port]))
    const all = pods.map(pod =>
      metadataOf(pod).namespace === 'istio-system' ? { ...pod, metadata: { ...metadataOf(pod), namespace } } : pod,
    )
    return withPods(all, { ports, objects: { '/v1/configmaps': [meshConfig('istio', undefined, namespace)] } })
  }

  test('is where istiod runs', async () => {
    const { requests } = await begin(moveTo('mesh'))
    expect((await live('dump', 'ztunnel')).code).toBe(0)
    expect(requests).toContain('GET /api/v1/namespaces/mesh/configmaps/istio')
  })

  test('is what -i says', async () => {
    const { requests } = await begin(demo)
    expect((await live('dump', 'ztunnel', '-i', 'elsewhere')).code).toBe(0)
    expect(requests).toContain('GET /api/v1/namespaces/elsewhere/configmaps/istio')
  })

  test('check access asks about it', async () => {
    await begin(moveTo('mesh'))
    expect((await live('check', 'access')).out).toMatch(/yes {2}get pods\/log in namespace mesh +/)
  })
})

describe('revisions', () => {
  test('of which nothing runs are an error that names the others', async () => {
    await begin(demo)
    const { code, err } = await live('dump', 'waypoint', '--revision', 'canary')
    expect([code, err]).toEqual([
      64,
      expect.stringMatching(/nothing of revision canary runs\n {2}try: revisions: default/),
    ])
  })

  test('choose waypoints, and leave a ztunnel that serves all', async () => {
    const annotations = { 'istio.io/rev': 'canary' }
    await begin(withPods(changed(waypointPod, metadata => ({ ...metadata, labels: metadata.labels, annotations }))))
    expect((await live('dump', 'waypoint', 'listeners', '--revision', 'default')).code).toBe(69)
    expect((await live('dump', 'ztunnel', '--revision', 'canary')).code).toBe(0)
  })

  test('ask for the right to read their own configuration', async () => {
    await begin(demo)
    expect((await live('check', 'access', '--revision', 'canary')).out).toMatch(/get configmaps istio-canary in/)
  })
})

test('of two ztunnels on a node the newest that is ready is read, and told', async () => {
  const [old] = pods.filter(pod => nameOf(pod) === ztunnelPod)
  const status = { phase: 'Running', containerStatuses: [{ ready: false }] }
  const starting = {
    ...old,
    metadata: { ...metadataOf(old ?? {}), name: 'ztunnel-new', creationTimestamp: '2099-01-01T00:00:00Z' },
    status,
  }
  await begin(withPods([...pods, starting]))
  const { code, err } = await live('dump', 'ztunnel')
  expect([code, err]).toEqual([
    0,
    'note: node node1 runs several ztunnels: istio-system/ztunnel-thphm is read, not istio-system/ztunnel-new\n',
  ])
})

test('an east-west gateway is a proxy of the mesh', async () => {
  const labels = { 'gateway.networking.k8s.io/gateway-class-name': 'istio-east-west' }
  await begin(withPods(changed(waypointPod, metadata => ({ ...metadata, labels }))))
  const { code, out } = await live('dump', 'waypoint', 'listeners')
  expect([code, out]).toEqual([0, expect.stringMatching(/^ADDRESSES/)])
})

describe('rights in some namespaces only', () => {
  const allOf = (...namespaces: string[]): Rule => ({ apiGroups: ['*'], resources: ['*'], verbs: ['*'], namespaces })

  test('are enough for a trace there, which says what it could not list', async () => {
    await begin(demo, { rules: [allOf('shop', 'istio-system')] })
    const { code, out, err } = await live('trace', 'deploy/web.shop', 'http://catalog.shop/')
    expect([code, out]).toEqual([0, expect.stringMatching(/DELIVERED|AMBIGUOUS/)])
    expect(err).toMatch(
      /partial: pods, .*only of namespaces istio-system, shop: not permitted: list pods\n {2}try: add this rule/,
    )
    expect(err).toMatch(/missing: nodes: not permitted: list nodes/)
  })

  test('with the right to list namespaces, every one is tried', async () => {
    const toList: Rule = { apiGroups: [''], resources: ['namespaces'], verbs: ['list'] }
    const { requests } = await begin(demo, { rules: [allOf('pay', 'istio-system'), toList] })
    const { err } = await live('dump', 'ztunnel', 'workloads')
    expect(err).toMatch(/only of namespaces istio-system, pay/)
    expect(requests).toContain('GET /api/v1/namespaces/shop/pods')
    expect(requests).not.toContain('GET /apis/security.istio.io/v1/namespaces/shop/authorizationpolicies')
  })

  test('a kind that was listed in part is not known to have no other object', async () => {
    await begin(demo, { rules: [allOf('shop', 'istio-system')] })
    const { items } = await collected(kubeconfig, async found => found.objects(['Service']))
    expect(items[0]?.content).toMatchObject({
      text: expect.stringContaining('"metadata":{"onlyNamespaces":["istio-system","shop"]}'),
    })
  })

  test('a kind that the cluster does not have is not missed', async () => {
    await begin(demo, { rules: [allOf('shop', 'istio-system')] })
    const { notes } = await collected(kubeconfig, async found => found.objects(['WasmPlugin']))
    expect(notes).toEqual([])
  })

  test('nowhere is a refusal with the rule to add', async () => {
    await begin(demo, { rules: [] })
    const { code, err } = await live('dump', 'ztunnel')
    expect([code, err]).toEqual([
      77,
      expect.stringMatching(/not permitted: list pods\n.*rule to a role of yours: - \{/s),
    ])
  })
})

describe('a debug container', () => {
  const patches: unknown[] = []
  const begun = async (log: (mark: string) => string, state: Members = { terminated: { exitCode: 0 } }) => {
    const logs: Record<string, string> = {}
    const all = [...pods]
    patches.length = 0
    const contents = withPods(all, {
      logs,
      patched: (pod, body) => {
        patches.push(body)
        const [container] = (body as { spec: { ephemeralContainers: { name: string; command: string[] }[] } }).spec
          .ephemeralContainers
        logs[`${pod}/${container?.name}`] = log(container?.command[4] ?? '')
        const at = all.findIndex(candidate => nameOf(candidate) === pod)
        const status = {
          ...(all[at]?.status as Members),
          ephemeralContainerStatuses: [{ name: container?.name, state }],
        }
        all[at] = { ...all[at], status }
      },
    })
    const found = await begin(contents)
    found.faults.plan(new RegExp(`exec ${cniPod}`), { kind: 'exit', code: 126, message: 'no shell' })
  }
  const rules = '# Generated by iptables-save v1.8.9\n*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n'
  const whole = (mark: string) => `${mark} iptables-nft-save.txt\n${rules}\n${mark} exit 0\n`
  const withDebug = { debugImage: 'example.com/tools', requestTimeout: 3000 }

  test('shows the rules where istio-cni cannot, which is told', async () => {
    await begun(whole)
    const { items, notes } = await gathered(kubeconfig, rulesOf(webPod), withDebug)
    expect(items).toMatchObject(
      [{ path: `netns/${webPod}/iptables-nft-save.txt`, content: { text: rules }, how: /debug container/ }].map(
        item => ({ ...item, how: expect.stringMatching(item.how) }),
      ),
    )
    expect(notes).toMatchObject([{ by: 'debug-container', because: [expect.stringContaining('no shell')] }])
    expect(patches).toMatchObject([
      {
        spec: {
          ephemeralContainers: [
            { image: 'example.com/tools', securityContext: { capabilities: { add: ['NET_ADMIN'] } } },
          ],
        },
      },
    ])
  })

  test('is never made without being asked for', async () => {
    await begun(whole)
    const { notes } = await gathered(kubeconfig, rulesOf(webPod), { requestTimeout: 3000 })
    expect([patches, notes]).toEqual([[], [expect.objectContaining({ by: 'assumed' })]])
  })

  test.each([
    {
      why: 'whose image is not there',
      state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } },
      says: /ErrImagePull: no such/,
    },
    {
      why: 'that has no shell',
      state: { terminated: { exitCode: 128, reason: 'StartError' } },
      says: /ended with 128: StartError/,
    },
    { why: 'that never starts', state: { waiting: { reason: 'ContainerCreating' } }, says: /no answer within 3 s/ },
    {
      why: 'that nobody may make',
      refused: 403,
      says: /not permitted: patch pods\/ephemeralcontainers in namespace shop/,
    },
    { why: 'that the admission refuses', refused: 422, says: /answered 422/ },
  ])('$why is told', async ({ state, refused, says }) => {
    await begun(whole, state)
    if (refused !== undefined) cluster?.faults.plan(/ephemeralcontainers/, { kind: 'status', code: refused })
    const { notes } = await gathered(kubeconfig, rulesOf(webPod), withDebug)
    expect(notes).toMatchObject([{ by: 'assumed', because: expect.arrayContaining([expect.stringMatching(says)]) }])
  })

  test('whose log is cut off is told', async () => {
    await begun(mark => whole(mark).slice(0, 60))
    const { notes } = await gathered(kubeconfig, rulesOf(webPod), withDebug)
    expect(notes).toMatchObject([{ because: expect.arrayContaining(['the rules are cut off']) }])
  })
})

describe('a name without a namespace', () => {
  const [web] = pods.filter(pod => nameOf(pod).startsWith('shop/web-'))
  const copyIn = (namespace: string): Members => ({ ...web, metadata: { ...metadataOf(web ?? {}), namespace } })
  const name = String(metadataOf(web ?? {}).name)

  test("is of the context's namespace where there are several", async () => {
    await begin(withPods([...pods, copyIn('other')]))
    expect((await live('dump', 'ztunnel', name)).code).toBe(0)
  })

  test('is an error with the candidates where none of them is there', async () => {
    await begin(withPods([copyIn('other'), copyIn('another'), ...pods.filter(pod => pod !== web)]))
    const { code, err } = await live('dump', 'ztunnel', name)
    expect([code, err]).toEqual([
      64,
      expect.stringMatching(/several pods are called "web-.*"\n {2}try: one of: other\/web-.*, another\/web-/),
    ])
  })
})
