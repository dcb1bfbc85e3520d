import { UserError } from '#errors.ts'
import type { Source } from '#trace/source.ts'
import { resolveSource } from '#trace/source.ts'
import type { Pod, World } from '#trace/world.ts'
import { matches } from './pattern.ts'
import type { Selector } from './suite.ts'

/** The clients that a selector means: one pod of each workload, since the pods of a workload differ in nothing that decides but their node. */
export const sourcesOf = (world: World, selector: Selector): readonly Source[] => {
  if (selector.kind === 'name' && selector.name === 'node/*')
    return nodesOf(world).map(node => named(world, { ...selector, name: `node/${node}` }))
  if (selector.kind === 'name' && !selector.name.includes('*')) return [named(world, selector)]
  if (selector.kind === 'either' && selector.selectors.every(({ kind }) => kind === 'name'))
    return selector.selectors.flatMap(one => sourcesOf(world, one))
  const selects = predicate(world, selector)
  return clients(world)
    .filter(selects)
    .map(pod => ({ kind: 'pod', pod, ip: pod.ips[0] ?? '', oneOf: 1 }))
}

export const nodesOf = ({ mesh, pods }: World): readonly string[] =>
  [...new Set([...mesh.kubernetes.of('Node').map(({ name }) => name), ...pods.map(({ node }) => node)])]
    .filter(name => name !== '')
    .toSorted()

const named = (world: World, { name, place }: Extract<Selector, { kind: 'name' }>): Source => {
  try {
    return resolveSource(world, name.replace(/^([^/]+)\/([^/]+)\/([^/]+)$/, '$2/$3.$1'))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const where = `${place.file}:${place.line}:${place.column}`
    throw new UserError(error.kind, `${where}: ${error.message}`, { next: error.next })
  }
}

/** One pod of every workload and node that can send: it has an address and is no proxy. */
export const clients = (world: World): readonly Pod[] => {
  const found = new Map<string, Pod>()
  const tunnelled = behindTunnelPorts(world)
  for (const pod of world.pods) {
    if (pod.ips.length === 0 || pod.hostNetwork || isProxy(pod) || tunnelled.has(pod.workload?.uid ?? '')) continue
    const key = `${pod.namespace} ${pod.serviceAccount} ${workloadOf(pod)} ${pod.node}`
    if (!found.has(key)) found.set(key, pod)
  }
  return [...found.values()]
}

export const workloadOf = ({ workload, object, name }: Pod): string =>
  workload?.workloadName || object?.labels.app || name

/** Sends for others only. */
const isProxy = (pod: Pod): boolean =>
  pod.object?.labels['gateway.networking.k8s.io/gateway-name'] !== undefined ||
  pod.workload?.nativeTunnel === true ||
  workloadOf(pod) === 'ztunnel'

/** Waypoints and gateways between networks serve tunnels; nobody else's service has that port. */
const behindTunnelPorts = ({ mesh }: World): ReadonlySet<string> =>
  new Set(
    mesh.ztunnels
      .flatMap(({ services }) => services)
      .filter(({ ports }) => ports.has(15008))
      .flatMap(({ endpoints }) => endpoints.map(({ workloadUid }) => workloadUid)),
  )

const predicate = (world: World, selector: Selector): ((pod: Pod) => boolean) => {
  switch (selector.kind) {
    case 'not': {
      const inner = predicate(world, selector.selector)
      return pod => !inner(pod)
    }
    case 'either': {
      const inner = selector.selectors.map(one => predicate(world, one))
      return pod => inner.some(selects => selects(pod))
    }
    case 'match':
      return pod =>
        (selector.namespace === undefined || matches(selector.namespace, pod.namespace)) &&
        (selector.serviceAccount === undefined || matches(selector.serviceAccount, pod.serviceAccount)) &&
        Object.entries(selector.labels).every(([key, value]) => pod.object?.labels[key] === value)
    case 'name': {
      if (selector.name.includes('*')) return pod => matches(selector.name, `${pod.namespace}/${pod.name}`)
      const source = named(world, selector)
      if (source.kind !== 'pod') return () => false
      const { pod: meant } = source
      return pod => pod.namespace === meant.namespace && workloadOf(pod) === workloadOf(meant)
    }
  }
}
