import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ApiServer } from '#collect/kube/api-server.ts'
import { execIn } from '#collect/kube/pod-access.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import { type AdminApi, holds, type Members } from './admin-api.ts'
import { readdressed } from './readdress.ts'
import * as recording from './recorded.ts'

const { demo, istioSystem, nameOf, namespaceOf } = recording

/** The recorded mesh, alive in a cluster. */
export interface LiveMesh {
  readonly node: string
  readonly ztunnel: string
  readonly agent: string
  /** What the proxies answer: the recorded dumps, with addresses and names of this cluster. */
  readonly dumps: Dumps
}

export interface Dumps {
  readonly ztunnel: string
  /** By path and query of the admin port. */
  readonly waypoint: Readonly<Record<string, string>>
}

export const waypointPod = 'shop/waypoint-6dcd798b58-cl4g5'
export const webPod = 'shop/web-84c57879c9-lr4pm'

/** Creates everything, waits until it runs, gives the proxies their dumps and the pods their rules. */
export const deployMesh = async (api: AdminApi): Promise<LiveMesh> => {
  const [first = {}] = await api.items('/api/v1/nodes')
  const node = nameOf(first)
  for (const object of recording.definitions()) await api.create(object)
  for (const { metadata } of recording.definitions())
    await api.until(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${asRecord(metadata).name}`, definition =>
      holds(definition, 'Established'),
    )
  for (const object of [
    ...recording.objects(),
    ...recording.daemonSets(node),
    ...recording.pods(node),
    ...recording.replicaSets(node),
  ])
    await api.create(object)
  const pods = await runningPods(api)
  const ztunnel = podOf(pods, 'app', 'ztunnel')
  const agent = podOf(pods, 'k8s-app', 'istio-cni-node')
  const names = await namesHere(
    api,
    pods,
    new Map([
      ['node1', node],
      ['172.30.0.2', nodeAddress(first)],
      ['ztunnel-thphm', ztunnel],
      ['istio-cni-node-4crg6', agent],
    ]),
  )
  const dumps = dumpsFor(names)
  await giveDumps(api, `${istioSystem}/${ztunnel}`, {
    '/config_dump': dumps.ztunnel,
    '/stats/prometheus': metrics,
  })
  await giveDumps(api, waypointPod, dumps.waypoint)
  await giveRules(api, agent, pods)
  return { node, ztunnel, agent, dumps }
}

/** All pods of the mesh, once each of them is ready and belongs to a workload. */
const runningPods = async (api: AdminApi): Promise<readonly Members[]> => {
  const wanted = recording.pods('').length + recording.daemonSets('').length
  const ofMesh = (answer: Members) =>
    list(answer.items)
      .map(asRecord)
      .filter(pod => recording.namespaces.includes(namespaceOf(pod)))
  const answer = await api.until('/api/v1/pods', found => {
    const pods = ofMesh(found)
    return (
      pods.length === wanted &&
      pods.every(pod => holds(pod, 'Ready') && asRecord(pod.metadata).ownerReferences !== undefined)
    )
  })
  return ofMesh(answer)
}

const podOf = (pods: readonly Members[], label: string, value: string): string =>
  nameOf(pods.find(({ metadata }) => asRecord(asRecord(metadata).labels)[label] === value) ?? {})

const addressOf = (pod: Members): string => text(asRecord(pod.status).podIP) ?? ''
const nodeAddress = (node: Members): string =>
  text(
    list(asRecord(node.status).addresses)
      .map(asRecord)
      .find(({ type }) => type === 'InternalIP')?.address,
  ) ?? ''
const clusterIpOf = (service: Members): string => text(asRecord(service.spec).clusterIP) ?? ''

/** What recorded addresses are here. Those of what does not run are taken from blocks that no cluster has. */
const namesHere = async (
  api: AdminApi,
  pods: readonly Members[],
  names: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, string>> => {
  const here = new Map(names)
  const services = await api.items('/api/v1/services')
  const match = (
    then: readonly Members[],
    now: readonly Members[],
    address: (object: Members) => string,
    spare: string,
  ) => {
    for (const [index, object] of then.entries()) {
      const found = now.find(
        other =>
          namespaceOf(other) === namespaceOf(object) && nameOf(other) === (names.get(nameOf(object)) ?? nameOf(object)),
      )
      if (address(object).includes('.') && !names.has(address(object)))
        here.set(address(object), found ? address(found) : `${spare}.${index + 1}`)
    }
  }
  match(recording.recorded('pods'), pods, addressOf, '100.64.0')
  match(recording.recorded('services'), services, clusterIpOf, '100.64.1')
  return here
}

const metrics = '# TYPE istio_build gauge\nistio_build{tag="1.30.3"} 1\n'

const dumpsFor = (names: ReadonlyMap<string, string>): Dumps => {
  const dump = (file: string) => readdressed(readFileSync(join(demo, file), 'utf8'), names)
  const waypoint = `waypoint/${waypointPod}`
  return {
    ztunnel: dump('ztunnel/node1/config_dump.json'),
    waypoint: {
      '/config_dump?include_eds': dump(`${waypoint}/config_dump.json`),
      '/clusters?format=json': dump(`${waypoint}/clusters.json`),
      '/server_info': '{"state":"LIVE","command_line_options":{}}',
      '/stats/prometheus': metrics,
    },
  }
}

/** What the admin port of a stand-in answers from now on: the whole answer, or the answer and then silence. */
export const giveDumps = async (
  api: AdminApi,
  pod: string,
  answers: Readonly<Record<string, string>>,
  ending: 'end' | 'silence' = 'end',
): Promise<void> => {
  const [namespace, name] = pod.split('/')
  for (const [path, answer] of Object.entries(answers))
    await api.call(
      ending === 'end' ? 'PUT' : 'POST',
      `/api/v1/namespaces/${namespace}/pods/${name}:15099/proxy${path}`,
      answer,
    )
}

/** Puts the recorded rules into the network namespace of each captured pod, as istio-cni does. */
const giveRules = async (api: AdminApi, agent: string, pods: readonly Members[]): Promise<void> => {
  const server = new ApiServer(api.access, {
    timeout: 30_000,
    signal: new AbortController().signal,
    random: Math.random,
  })
  try {
    for (const pod of pods.filter(isCaptured)) {
      const container = { namespace: istioSystem, name: agent, container: 'install-cni' }
      const command = ['sh', '-c', loadRules, 'sh', containerIdOf(pod), rules('iptables'), rules('ip6tables')]
      const { code, err } = await execIn(server, container, command, AbortSignal.timeout(30_000))
      if (code !== 0) throw new Error(`rules of pod ${nameOf(pod)}: exit code ${code}: ${err}`)
    }
  } finally {
    server.close()
  }
}

const rules = (tool: string): string => readFileSync(join(demo, 'netns', webPod, `${tool}-save.txt`), 'utf8')

const isCaptured = ({ metadata }: Members): boolean =>
  asRecord(asRecord(metadata).annotations)['ambient.istio.io/redirection'] === 'enabled'

const containerIdOf = ({ status }: Members): string =>
  String(asRecord(list(asRecord(status).containerStatuses)[0]).containerID).replace(/^\w+:\/\//, '')

const loadRules = `set -e
file=$(grep -l "$1" /host/proc/[0-9]*/cgroup 2>/dev/null | { read -r first; echo "$first"; })
enter="nsenter --net=\${file%/cgroup}/ns/net"
echo "$2" | $enter iptables-nft-restore --counters
echo "$3" | $enter ip6tables-nft-restore --counters
for family in -4 -6; do
  $enter ip $family rule add priority 32764 fwmark 0x111/0xfff lookup 100
  $enter ip $family route add local default dev lo table 100
done
`
