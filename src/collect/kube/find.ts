import { UserError } from '#errors.ts'
import { compare } from '#model/compare.ts'
import { type ClusterPod, isCniAgent, isWaypoint, isZtunnel } from './pods.ts'

/** Which part of the pods is the mesh that is asked about. */
export interface MeshChoice {
  readonly istioNamespace?: string | undefined
  readonly revision?: string | undefined
}

const usualNamespace = 'istio-system'

/** The namespace that was named, the one in which istiod runs, else where ztunnels do. */
export const istioNamespaceOf = (pods: readonly ClusterPod[], { istioNamespace, revision }: MeshChoice): string => {
  if (istioNamespace !== undefined) return istioNamespace
  const istiods = pods.filter(({ labels }) => labels.app === 'istiod')
  const own = istiods.filter(pod => revision === undefined || pod.revision === revision)
  const homes = new Set([...own, ...istiods, ...pods.filter(isZtunnel)].map(({ namespace }) => namespace))
  return homes.has(usualNamespace) && own.length === 0 ? usualNamespace : ([...homes][0] ?? usualNamespace)
}

/** A node with more than one ztunnel, and which of them counts. */
export interface Crowd {
  readonly node: string
  readonly chosen: ClusterPod
  readonly others: readonly ClusterPod[]
}

/**
 * One ztunnel for each node. While a new one rolls out two run side by side: the newest that is ready serves what begins
 * now. Throws a UserError for a revision of which nothing runs.
 */
export const ztunnelsOf = (
  pods: readonly ClusterPod[],
  choice: MeshChoice,
): { readonly ztunnels: readonly ClusterPod[]; readonly crowds: readonly Crowd[] } => {
  const running = pods.filter(pod => isZtunnel(pod) && pod.running)
  const home = istioNamespaceOf(pods, choice)
  const own = running.filter(({ namespace }) => namespace === home)
  const nodes = new Map<string, readonly ClusterPod[]>()
  for (const pod of forRevision(own.length > 0 ? own : running, choice.revision, pods))
    nodes.set(pod.node, [...(nodes.get(pod.node) ?? []), pod])
  const crowds = [...nodes.values()].flatMap(crowd => crowdOf(crowd))
  return { ztunnels: sorted(crowds.map(({ chosen }) => chosen)), crowds: crowds.filter(isCrowd) }
}

const crowdOf = (pods: readonly ClusterPod[]): readonly Crowd[] => {
  const [chosen, ...others] = pods.toSorted(
    (a, b) => Number(b.ready) - Number(a.ready) || compare(b.created, a.created) || compare(a.name, b.name),
  )
  return chosen === undefined ? [] : [{ node: chosen.node, chosen, others }]
}

const isCrowd = ({ others }: Crowd): boolean => others.length > 0

export const waypointsOf = (pods: readonly ClusterPod[], { revision }: MeshChoice): readonly ClusterPod[] =>
  sorted(
    ofRevision(
      pods.filter(pod => isWaypoint(pod) && pod.running),
      revision,
      pods,
    ),
  )

export const agentOn = (pods: readonly ClusterPod[], node: string): ClusterPod | undefined =>
  pods.find(pod => isCniAgent(pod) && pod.running && pod.node === node)

/** ztunnels serve every control plane of a mesh unless they were installed for one: then their label tells. */
const forRevision = (
  ztunnels: readonly ClusterPod[],
  revision: string | undefined,
  pods: readonly ClusterPod[],
): readonly ClusterPod[] => {
  const own = ofRevision(ztunnels, revision, pods)
  return own.length > 0 ? own : ztunnels
}

const ofRevision = (
  proxies: readonly ClusterPod[],
  revision: string | undefined,
  pods: readonly ClusterPod[],
): readonly ClusterPod[] => {
  if (revision === undefined) return proxies
  const known = new Set(pods.filter(isOfMesh).map(pod => pod.revision))
  if (!known.has(revision))
    throw new UserError('usage', `nothing of revision ${revision} runs`, {
      next: [known.size === 0 ? 'Istio does not run in this cluster' : `revisions: ${[...known].sort().join(', ')}`],
    })
  return proxies.filter(pod => pod.revision === revision)
}

const isOfMesh = (pod: ClusterPod): boolean => pod.labels.app === 'istiod' || isZtunnel(pod) || isWaypoint(pod)

const sorted = (pods: readonly ClusterPod[]): readonly ClusterPod[] =>
  pods.toSorted((a, b) => compare(`${a.node} ${a.namespace}/${a.name}`, `${b.node} ${b.namespace}/${b.name}`))
