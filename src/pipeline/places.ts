import type { About } from '#decode/input.ts'
import { cniReleaseOf } from '#redirection/enrolment/release.ts'
import { assumptionsOf, type Path, verdictsOf } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import type { Wish } from './wishes.ts'

/** Where a trace needs the state of: nodes with their ztunnel, pods with their proxy, pods and nodes with their rules. */
export interface Places {
  readonly nodes: ReadonlySet<string>
  readonly proxies: ReadonlySet<string>
  readonly netns: ReadonlySet<string>
  readonly nodeRules: ReadonlySet<string>
}

export const placesOf = (trace: Path, world: World): Places => {
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

export const union = (all: readonly Places[]): Places => ({
  nodes: new Set(all.flatMap(({ nodes }) => [...nodes])),
  proxies: new Set(all.flatMap(({ proxies }) => [...proxies])),
  netns: new Set(all.flatMap(({ netns }) => [...netns])),
  nodeRules: new Set(all.flatMap(({ nodeRules }) => [...nodeRules])),
})

/** What lies in a snapshot for these places: the proxies of a trace in the order in which it meets them. */
export function* wishesFor({ nodes, proxies, netns, nodeRules }: Places): Iterable<Wish> {
  for (const node of new Set([...nodes, ...nodeRules])) yield about => about.node === node && tells(about)
  for (const pod of new Set([...proxies, ...netns]))
    yield about => `${about.namespace}/${about.pod}` === pod && about.node === undefined && tells(about)
}

/** Neither metrics nor logs decide what happens to a request. */
const tells = ({ kind }: About): boolean => kind !== 'metrics' && kind !== 'log'
