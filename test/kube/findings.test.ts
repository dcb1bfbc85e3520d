import { readFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kinds } from '#collect/kube/kinds.ts'
import { asRecord } from '#model/kubernetes.ts'
import { ambientctl } from '../cli/ambientctl.ts'
import { demoContents, writeKubeconfig, ztunnelPod } from './demo-cluster.ts'
import type { Rule } from './rbac.ts'
import { type Contents, TestCluster } from './server.ts'

type Members = Readonly<Record<string, unknown>>

let cluster: TestCluster | undefined
afterEach(() => cluster?.stop())

const placeOf = ({ apiVersion, kind }: Members): string => {
  const [version = '', group = ''] = String(apiVersion).split('/').reverse()
  const found = kinds.find(known => known.group === group && known.kind === kind)
  if (found === undefined) throw new Error(`${apiVersion} ${kind} is not asked for`)
  return `${group}/${version}/${found.plural}`
}

const nameOf = ({ metadata }: Members): string => `${asRecord(metadata).namespace ?? ''}/${asRecord(metadata).name}`

/** The mesh of the demo with these objects in it, in place of those that have their names. */
const demoWith = (objects: readonly Members[]): Contents => {
  const contents = demoContents()
  const all: Record<string, readonly Members[]> = { ...contents.objects }
  for (const object of objects) {
    const others = (all[placeOf(object)] ?? []).filter(other => nameOf(other) !== nameOf(object))
    all[placeOf(object)] = [...others, object]
  }
  return { ...contents, objects: all }
}

const objectsOf = (name: string): readonly Members[] =>
  JSON.parse(readFileSync(`fixtures/checks/${name}/k8s.json`, 'utf8')).items

const rules: readonly Rule[] = parse(readFileSync('docs/rbac.yaml', 'utf8')).rules

/** The findings with this code that somebody with the rights of docs/rbac.yaml has in a cluster with these objects. */
const found = async (
  code: string,
  objects: readonly Members[],
  ports: Contents['ports'] = {},
): Promise<readonly Members[]> => {
  const contents = demoWith(objects)
  cluster = await TestCluster.start({ ...contents, ports: { ...contents.ports, ...ports } }, { rules })
  const kubeconfig = writeKubeconfig({ server: cluster.url })
  const { out, err } = await ambientctl(['check', '--no-rules', '-o', 'json', '--fail-on', 'never', '-c', kubeconfig])
  expect(err).not.toMatch(/not permitted/)
  return JSON.parse(out).findings.filter((finding: Members) => finding.code === code)
}

test.each([
  ['AMB002', 'fires'],
  ['AMB002', 'fires-settings'],
  ['AMB029', 'fires'],
  ['AMB030', 'fires-probes'],
  ['AMB033', 'fires'],
  ['AMB044', 'fires'],
  ['AMB047', 'fires'],
  ['AMB060', 'fires'],
])('%s is found in a cluster as in the case %s', async (code, name) => {
  expect(await found(code, objectsOf(`${code}/${name}`))).toHaveLength(1)
})

test.each(['AMB002', 'AMB029', 'AMB030', 'AMB033', 'AMB041', 'AMB044', 'AMB047', 'AMB060'])(
  '%s is not found in a cluster as in its near miss',
  async code => {
    expect(await found(code, objectsOf(`${code}/near-miss`))).toEqual([])
  },
)

test('what ztunnel counted settles whether a NetworkPolicy is in the way', async () => {
  const metrics = readFileSync('fixtures/checks/AMB001/fires-counted/metrics.txt', 'utf8')
  const policies = objectsOf('AMB001/fires').filter(({ kind }) => kind === 'NetworkPolicy')
  expect(await found('AMB001', policies)).toMatchObject([{ confidence: 'likely' }])
  await cluster?.stop()
  expect(await found('AMB001', policies, { [`${ztunnelPod}:15020`]: () => metrics })).toMatchObject([
    {
      confidence: 'certain',
      evidence: expect.arrayContaining([expect.objectContaining({ file: 'ztunnel/node1/metrics.txt' })]),
    },
  ])
})

const calico = (group: string, version: string): Members => ({
  apiVersion: `${group}/${version}`,
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name: 'default.deny' },
  spec: { selector: 'all()' },
})

test.each([
  ['where it keeps them', [calico('crd.projectcalico.org', 'v1')]],
  ['through its own API server', [calico('projectcalico.org', 'v3')]],
  ['once where both are served', [calico('crd.projectcalico.org', 'v1'), calico('projectcalico.org', 'v3')]],
])('policies of Calico are found %s', async (_, objects) => {
  expect(await found('AMB060', objects)).toHaveLength(1)
})

test('of events warnings are asked for, of ConfigMaps the one that is read', async () => {
  await found('AMB002', objectsOf('AMB002/fires'))
  const queriesOf = (plural: string) =>
    cluster?.requests.flatMap((request, index) =>
      request.endsWith(`/${plural}`) ? [new URLSearchParams(cluster?.queries[index]).get('fieldSelector')] : [],
    )
  expect(queriesOf('events')).toEqual(['type=Warning'])
  expect(queriesOf('configmaps')).toEqual(['metadata.name=cilium-config'])
})

test('dumps do without them', async () => {
  cluster = await TestCluster.start(demoContents())
  await ambientctl(['dump', 'ztunnel', '-c', writeKubeconfig({ server: cluster.url })])
  expect(cluster.requests.filter(request => /events|configmaps$|deployments|calico|cilium/.test(request))).toEqual([])
})
