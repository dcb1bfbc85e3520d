import type { Item } from '#collect/item.ts'
import type { Task } from '#collect/kube/gather.ts'
import { LiveCluster } from '#collect/kube/live-cluster.ts'
import type { Note } from '#model/note.ts'
import type { ClusterQuestion } from '#model/state.ts'

/** A question to a cluster of a test: patient for a moment, at a time that stands still. */
export const questionOf = (kubeconfig: string, changes: Partial<ClusterQuestion> = {}): ClusterQuestion => ({
  kubeconfig,
  istioNamespace: 'istio-system',
  requestTimeout: 600,
  environment: {},
  now: () => new Date('2026-11-25T12:00:00Z'),
  tell: () => undefined,
  ...changes,
})

export interface Collected {
  readonly items: readonly Item[]
  readonly notes: readonly Note[]
}

/** Opens a cluster, collects what is chosen, closes it. Throws when nothing of it was there. */
export const collected = (
  kubeconfig: string,
  choose: (cluster: LiveCluster) => Promise<readonly Task[]>,
  changes: Partial<ClusterQuestion> = {},
): Promise<Collected> => gathered(kubeconfig, choose, changes, (cluster, tasks) => cluster.requireAny(tasks))

/** The same for who takes what there is. */
export const gathered = async (
  kubeconfig: string,
  choose: (cluster: LiveCluster) => Promise<readonly Task[]>,
  changes: Partial<ClusterQuestion> = {},
  judge: (cluster: LiveCluster, tasks: readonly Task[]) => void = () => undefined,
): Promise<Collected> => {
  const notes: Note[] = []
  const cluster = await LiveCluster.open(questionOf(kubeconfig, { tell: note => notes.push(note), ...changes }))
  const items: Item[] = []
  try {
    const tasks = await choose(cluster)
    for await (const some of cluster.gather(tasks, tasks)) items.push(...some)
    judge(cluster, tasks)
  } finally {
    cluster.close()
  }
  return { items, notes: notes.filter(note => note.kind !== 'progress') }
}

export const theZtunnel = async (cluster: LiveCluster): Promise<readonly Task[]> =>
  (await cluster.ztunnels()).map(pod => cluster.ztunnel(pod))

export const thePods = async (cluster: LiveCluster): Promise<readonly Task[]> => {
  await cluster.pods()
  return cluster.objects(['Pod'])
}

export const rulesOf =
  (name: string) =>
  async (cluster: LiveCluster): Promise<readonly Task[]> =>
    (await cluster.pods()).filter(pod => `${pod.namespace}/${pod.name}` === name).map(pod => cluster.redirection(pod))
