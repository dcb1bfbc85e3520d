import { findFiles } from '#collect/files.ts'
import { ItemFiles } from '#collect/item.ts'
import type { Task } from '#collect/kube/gather.ts'
import type { LiveCluster } from '#collect/kube/live-cluster.ts'
import type { InputFile } from '#decode/input.ts'
import type { ClusterQuestion, State } from '#model/state.ts'

/** What of a cluster an answer needs. `required`: without any of these there is no answer. */
export interface Wanted {
  readonly tasks: readonly Task[]
  readonly required?: readonly Task[]
}

export type Choose = (cluster: LiveCluster) => Promise<Wanted>

/** The state that an answer needs, the same from files and from a cluster. */
export const collectState = (state: State, choose: Choose): Promise<readonly InputFile[]> =>
  state.kind === 'files'
    ? findFiles(state.paths)
    : withCluster(state.cluster, async cluster => {
        const { tasks, required = [] } = await choose(cluster)
        const files = await gatherFiles(cluster, [...tasks, ...required], required)
        cluster.requireAny(required)
        return files
      })

const gatherFiles = async (
  cluster: LiveCluster,
  tasks: readonly Task[],
  required: readonly Task[],
): Promise<readonly InputFile[]> => {
  const files: InputFile[] = []
  const kept = new ItemFiles()
  for await (const items of cluster.gather(tasks, required))
    for (const item of items) files.push(await kept.fileOf(item))
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The client of Kubernetes is loaded only when a cluster is asked. */
export const withCluster = async <T>(
  question: ClusterQuestion,
  use: (cluster: LiveCluster) => Promise<T>,
): Promise<T> => {
  const { LiveCluster } = await import('#collect/kube/live-cluster.ts')
  const cluster = await LiveCluster.open(question)
  try {
    return await use(cluster)
  } finally {
    cluster.close()
  }
}
