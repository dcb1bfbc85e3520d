import type { LiveCluster, Task } from '#collect/kube/live-cluster.ts'
import { SnapshotFolder } from '#collect/snapshot/folder.ts'
import { packFolder } from '#collect/snapshot/pack.ts'
import type { SnapshotTaken } from '#model/snapshot.ts'
import type { ClusterQuestion } from '#model/state.ts'
import { parseTarget } from '#trace/request.ts'
import { followIn } from './collect-along.ts'
import { withCluster } from './collect-state.ts'
import { traceIn } from './trace-request.ts'

export interface SnapshotQuestion {
  readonly cluster: ClusterQuestion
  /** A directory, or a `.tar.gz` file. */
  readonly out: string
  /** Only what a request between these two meets. */
  readonly request?: { readonly from: string; readonly to: string } | undefined
  /** Only proxies and rules for pods of this namespace. */
  readonly namespace?: string | undefined
  readonly node?: string | undefined
  /** Rules of nodes and pods too. */
  readonly rules: boolean
  readonly version: string
}

/** Collects state from a cluster into a directory or an archive, without secrets. */
export const takeSnapshot = (question: SnapshotQuestion): Promise<SnapshotTaken> =>
  withCluster(question.cluster, async cluster => {
    const packed = /\.(tar\.gz|tgz)$/.test(question.out)
    const folder = await SnapshotFolder.open(packed ? `${question.out}.partial` : question.out)
    await cluster.pods()
    if (question.request === undefined) await collectScope(cluster, folder, question)
    else await collectRequest(cluster, folder, question, question.request)
    const { context } = cluster.server.access
    await folder.finish({ version: question.version, context, takenAt: question.cluster.now() })
    const taken = { path: question.out, files: folder.size, missing: folder.missed }
    if (packed) await packFolder(folder.path, question.out)
    return taken
  })

const collectScope = async (
  cluster: LiveCluster,
  folder: SnapshotFolder,
  question: SnapshotQuestion,
): Promise<void> => {
  const tasks = (await tasksOf(cluster, question)).filter(({ paths }) => !paths.every(path => folder.has(path)))
  for await (const items of cluster.gather(tasks)) for (const item of items) await folder.add(item)
}

const tasksOf = async (
  cluster: LiveCluster,
  { namespace, node, rules }: SnapshotQuestion,
): Promise<readonly Task[]> => {
  const pods = await cluster.pods()
  const inScope = pods.filter(
    pod => (namespace === undefined || pod.namespace === namespace) && (node === undefined || pod.node === node),
  )
  const nodes = new Set(inScope.map(pod => pod.node))
  const captured = inScope.filter(pod => pod.enrolled && pod.running && !pod.hostNetwork)
  const ztunnels = (await cluster.ztunnels()).filter(pod => nodes.has(pod.node))
  return [
    ...cluster.objects(),
    ...ztunnels.map(pod => cluster.ztunnel(pod)),
    ...(await cluster.waypoints()).filter(pod => inScope.includes(pod)).map(pod => cluster.waypoint(pod)),
    ...(rules ? [...new Set(ztunnels.map(pod => pod.node))].map(name => cluster.nodeRedirection(name)) : []),
    ...(rules ? captured.map(pod => cluster.redirection(pod)) : []),
  ]
}

const collectRequest = async (
  cluster: LiveCluster,
  folder: SnapshotFolder,
  { cluster: { namespace } }: SnapshotQuestion,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> => {
  const target = parseTarget(to, {})
  const question = { from, request: {}, ...(namespace !== undefined && { namespace }) }
  await followIn(
    cluster,
    world => traceIn(world, target, question),
    async item => {
      if (!folder.has(item.path)) await folder.add(item)
    },
  )
}
