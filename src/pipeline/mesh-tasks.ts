import type { Task } from '#collect/kube/gather.ts'
import type { LiveCluster } from '#collect/kube/live-cluster.ts'
import { requireMesh } from './no-mesh.ts'

/** Which part of a mesh, and what of it. */
export interface MeshScope {
  /** Only proxies and rules for pods of this namespace. */
  readonly namespace?: string | undefined
  readonly node?: string | undefined
  /** Rules of nodes and pods. */
  readonly rules: boolean
  /** The ends of the logs of ztunnels and istio-cni. */
  readonly logs: boolean
  /** What proxies count; that of waypoints is for people, no answer is made from it. */
  readonly metrics: 'ztunnels' | 'all'
}

/** Everything about a mesh, or about a part of it. Throws a UserError for a cluster without one. */
export const meshTasks = async (cluster: LiveCluster, scope: MeshScope): Promise<readonly Task[]> => {
  const pods = await cluster.pods()
  requireMesh(pods)
  const inScope = pods.filter(
    ({ namespace, node }) =>
      (scope.namespace === undefined || namespace === scope.namespace) &&
      (scope.node === undefined || node === scope.node),
  )
  const nodes = new Set(inScope.map(({ node }) => node))
  const ztunnels = (await cluster.ztunnels()).filter(({ node }) => nodes.has(node))
  const waypoints = (await cluster.waypoints()).filter(pod => inScope.includes(pod))
  const captured = inScope.filter(pod => pod.enrolled && pod.running && !pod.hostNetwork)
  const agents = (await Promise.all([...nodes].sort().map(node => cluster.agent(node)))).flatMap(agent => agent ?? [])
  return [
    ...cluster.objects(),
    ...ztunnels.map(pod => cluster.ztunnel(pod)),
    ...waypoints.map(pod => cluster.waypoint(pod)),
    ...[...ztunnels, ...(scope.metrics === 'all' ? waypoints : [])].map(pod => cluster.metrics(pod)),
    ...(scope.logs ? [...ztunnels, ...agents.map(({ pod }) => pod)].map(pod => cluster.log(pod)) : []),
    ...(scope.rules ? agents.map(({ pod }) => cluster.nodeRedirection(pod.node)) : []),
    ...(scope.rules ? captured.map(pod => cluster.redirection(pod)) : []),
  ]
}
