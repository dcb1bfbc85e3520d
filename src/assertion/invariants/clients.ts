import { membershipOf } from '#trace/membership.ts'
import type { Source } from '#trace/source.ts'
import type { Pod, World } from '#trace/world.ts'
import { clients, nodesOf } from '../sources.ts'

/** Whoever could send: pods in the mesh and beside it, nodes, and somebody outside. */
export const everybody = (world: World): readonly Source[] => [
  ...podKinds(world).map(pod => ({ kind: 'pod' as const, pod, ip: pod.ips[0] ?? '', oneOf: 1 })),
  ...nodeKinds(world).map(node => ({ kind: 'node' as const, node })),
  { kind: 'external' },
]

/** One pod of those that nothing tells apart which decides: identity, node, capture, and labels where policies of the network read them. */
const podKinds = (world: World): readonly Pod[] => {
  const readsLabels = world.mesh.kubernetes.of('NetworkPolicy').length > 0
  const kinds = new Map<string, Pod>()
  for (const pod of clients(world)) {
    const { captured } = membershipOf(world, pod)
    const labels = readsLabels ? JSON.stringify(pod.object?.labels ?? {}) : ''
    const rules = world.kernelOf(pod) === undefined ? '' : pod.name
    const key = [pod.namespace, pod.serviceAccount, pod.node, captured, rules, labels, pod.workload?.network].join(' ')
    if (!kinds.has(key)) kinds.set(key, pod)
  }
  return [...kinds.values()]
}

/** Nodes whose rules were recorded, and two of the others, so that every pod is met by a node that is not its own. */
const nodeKinds = (world: World): readonly string[] => {
  const nodes = nodesOf(world)
  const recorded = nodes.filter(node => world.kernelOfNode(node) !== undefined)
  return [...recorded, ...nodes.filter(node => !recorded.includes(node)).slice(0, 2)]
}
