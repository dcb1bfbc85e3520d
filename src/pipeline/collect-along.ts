import { fileOf, type Item } from '#collect/item.ts'
import { reasonOf } from '#collect/kube/failure.ts'
import type { Task } from '#collect/kube/gather.ts'
import type { LiveCluster } from '#collect/kube/live-cluster.ts'
import type { InputFile } from '#decode/input.ts'
import { decodeSnapshot } from '#decode/snapshot.ts'
import type { ClusterQuestion } from '#model/state.ts'
import { cniReleaseOf } from '#redirection/enrolment/release.ts'
import { placesOfMissing, withLosses } from '#trace/losses.ts'
import { assumptionsOf, type Loss, type Missing, type Path, type Trace, verdictsOf } from '#trace/trace.ts'
import { type World, worldOf } from '#trace/world.ts'
import { withCluster } from './collect-state.ts'
import { missingMesh } from './no-mesh.ts'

/** Source, waypoint, destination, and what lies behind: more rounds than any chain of proxies that makes sense. */
const rounds = 8

/** A trace, and all that was collected for it. */
export interface Followed {
  readonly trace: Trace
  readonly world: World
}

/** Follows a request through a cluster. */
export const collectAlong = (question: ClusterQuestion, trace: (world: World) => Trace): Promise<Followed> =>
  withCluster(question, cluster => followIn(cluster, trace))

/**
 * Follows a request and collects what it meets: first the objects, then round by round the proxies and rules that the
 * trace passed or lacked, until a round brings nothing new. `keep` is handed every item.
 */
export const followIn = async (
  cluster: LiveCluster,
  trace: (world: World) => Trace,
  keep: (item: Item) => Promise<void> = async () => undefined,
): Promise<Followed> => {
  const files: InputFile[] = []
  const collect = async (tasks: readonly Task[]): Promise<void> => {
    for await (const items of cluster.gather(tasks))
      for (const item of items) {
        files.push(fileOf(item))
        await keep(item)
      }
    files.sort((a, b) => (a.path < b.path ? -1 : 1))
  }
  const missing = missingMesh(await cluster.pods())
  if (missing !== undefined) cluster.tell({ kind: 'no-mesh', why: missing.message, next: missing.next })
  await collect(cluster.objects())
  const asked = new Set<string>()
  for (let round = 1; ; round++) {
    const world = worldOf(await decodeSnapshot(files))
    const result = trace(world)
    const tasks = (await tasksFor(cluster, placesOf(result, world))).filter(task => !asked.has(task.what))
    if (tasks.length === 0 || round === rounds)
      return { trace: withLosses(result, missing => lossIn(cluster, missing)), world }
    for (const task of tasks) asked.add(task.what)
    await collect(tasks)
  }
}

const lossIn = (cluster: LiveCluster, { what, subject }: Missing): Loss | undefined => {
  const [failure] = (placesOfMissing[what]?.(subject) ?? []).flatMap(place => cluster.lossAt(place) ?? [])
  return failure && { kind: failure.kind, why: reasonOf(failure), next: failure.next }
}

/** Where a trace needs the state of: nodes with their ztunnel, pods with their proxy, pods and nodes with their rules. */
interface Places {
  readonly nodes: ReadonlySet<string>
  readonly proxies: ReadonlySet<string>
  readonly netns: ReadonlySet<string>
  readonly nodeRules: ReadonlySet<string>
}

const placesOf = (trace: Path, world: World): Places => {
  const nodes = new Set<string>()
  const proxies = new Set<string>()
  const netns = new Set<string>()
  const nodeRules = new Set<string>()
  const visit = ({ hops, end }: Path): void => {
    for (const { stage, place } of hops) {
      if (place.kind === 'ztunnel') nodes.add(place.name)
      if (place.kind === 'waypoint' || place.kind === 'gateway' || place.kind === 'sidecar') proxies.add(place.name)
      if (place.kind === 'pod' && (stage === 'redirect-out' || stage === 'redirect-in')) netns.add(place.name)
    }
    if (end.kind === 'fork') end.branches.forEach(visit)
  }
  visit(trace)
  for (const { about, subject } of assumptionsOf(trace)) {
    if (about === 'peer-ztunnel-state') nodes.add(subject)
    if (about === 'peer-waypoint-state') proxies.add(subject)
    if (about === 'redirection') netns.add(subject)
    if (about === 'probe-exemption') nodeRules.add(subject)
  }
  for (const verdict of verdictsOf(trace))
    for (const { what, subject } of verdict.kind === 'undetermined' ? verdict.missing : []) {
      if (what === 'ztunnel-dump') nodes.add(subject)
      if (what === 'waypoint-dump' || what === 'gateway-dump') proxies.add(subject)
    }
  for (const { namespace, name, node } of world.pods)
    if (netns.has(`${namespace}/${name}`) && mayRedirectOnNode(world, node)) nodeRules.add(node)
  return { nodes, proxies, netns, nodeRules }
}

/** Up to 1.20 the node redirects, and the namespaces of its pods have no rules. */
const mayRedirectOnNode = ({ mesh }: World, node: string): boolean =>
  (cniReleaseOf(mesh.kubernetes, node)?.minor ?? 0) <= 20

const tasksFor = async (
  cluster: LiveCluster,
  { nodes, proxies, netns, nodeRules }: Places,
): Promise<readonly Task[]> => {
  const pods = new Map((await cluster.pods()).map(pod => [`${pod.namespace}/${pod.name}`, pod]))
  const ztunnels = (await cluster.ztunnels()).filter(pod => nodes.has(pod.node))
  const agents = await Promise.all([...nodeRules].map(node => cluster.agent(node)))
  const known = (names: ReadonlySet<string>) => [...names].flatMap(name => pods.get(name) ?? [])
  return [
    ...ztunnels.map(pod => cluster.ztunnel(pod)),
    ...known(proxies)
      .filter(pod => pod.running && pod.containers.includes('istio-proxy'))
      .map(pod => cluster.waypoint(pod)),
    ...known(netns)
      .filter(pod => pod.running && !pod.hostNetwork)
      .map(pod => cluster.redirection(pod)),
    ...[...nodeRules].filter((_, index) => agents[index] !== undefined).map(node => cluster.nodeRedirection(node)),
  ]
}
