import type { LiveCluster } from '#collect/kube/live-cluster.ts'
import { SnapshotFolder } from '#collect/snapshot/folder.ts'
import { openArchive, packFolder } from '#collect/snapshot/pack.ts'
import type { SnapshotTaken } from '#model/snapshot.ts'
import type { ClusterQuestion } from '#model/state.ts'
import { parseTarget } from '#trace/request.ts'
import { withCluster } from './collect-state.ts'
import { meshTasks } from './mesh-tasks.ts'

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
  /** Logs of ztunnels and istio-cni too. */
  readonly logs: boolean
  readonly version: string
}

/** Collects state from a cluster into a directory or an archive, without secrets. */
export const takeSnapshot = (question: SnapshotQuestion): Promise<SnapshotTaken> =>
  withCluster(question.cluster, async cluster => {
    const packed = /\.(tar\.gz|tgz)$/.test(question.out)
    const folder = await (packed ? openArchive(question.out) : SnapshotFolder.open(question.out))
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
  const tasks = (await meshTasks(cluster, { ...question, metrics: 'all' })).filter(
    ({ paths }) => !paths.every(path => folder.has(path)),
  )
  for await (const items of cluster.gather(tasks)) for (const item of items) await folder.add(item)
}

/** The engine is loaded only here: a snapshot of everything needs none. */
const collectRequest = async (
  cluster: LiveCluster,
  folder: SnapshotFolder,
  { cluster: { namespace } }: SnapshotQuestion,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> => {
  const [{ followIn }, { traceIn }] = await Promise.all([import('./collect-along.ts'), import('./trace-request.ts')])
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
