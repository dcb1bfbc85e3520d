import { type Item, ItemFiles } from '#collect/item.ts'
import { reasonOf } from '#collect/kube/failure.ts'
import type { Task } from '#collect/kube/gather.ts'
import type { LiveCluster } from '#collect/kube/live-cluster.ts'
import { decodeMesh, type ReadFile, readFile } from '#decode/snapshot.ts'
import { placesOfMissing, withLosses } from '#trace/losses.ts'
import type { Loss, Missing, Trace } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import { type Followed, followAlong } from './follow-along.ts'
import { missingMesh } from './no-mesh.ts'
import type { Places } from './places.ts'

/**
 * Follows a request through a cluster: the objects are collected first, then the proxies and rules that the trace meets.
 * `keep` is handed every item.
 */
export const followIn = async (
  cluster: LiveCluster,
  trace: (world: World) => Trace,
  keep: (item: Item) => Promise<void> = async () => undefined,
): Promise<Followed> => {
  const read: ReadFile[] = []
  const files = new ItemFiles()
  const collect = async (tasks: readonly Task[]): Promise<void> => {
    for await (const items of cluster.gather(tasks))
      for (const item of items) {
        await keep(item)
        read.push(await readFile(await files.fileOf(item)))
      }
    read.sort((a, b) => (a.file.path < b.file.path ? -1 : 1))
  }
  const asked = new Set<string>()
  const missing = missingMesh(await cluster.pods())
  if (missing !== undefined) cluster.tell({ kind: 'no-mesh', why: missing.message, next: missing.next })
  await collect(cluster.objects())
  const followed = await followAlong(
    {
      mesh: () => decodeMesh(read),
      fetch: async places => {
        const tasks = (await tasksFor(cluster, places)).filter(task => !asked.has(task.what))
        for (const task of tasks) asked.add(task.what)
        await collect(tasks)
        return tasks.length > 0
      },
    },
    trace,
  )
  return { ...followed, trace: withLosses(followed.trace, missing => lossIn(cluster, missing)) }
}

const lossIn = (cluster: LiveCluster, { what, subject }: Missing): Loss | undefined => {
  const [failure] = (placesOfMissing[what]?.(subject) ?? []).flatMap(place => cluster.lossAt(place) ?? [])
  return failure && { kind: failure.kind, why: reasonOf(failure), next: failure.next }
}

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
