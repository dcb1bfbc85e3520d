import { follow } from '#trace/follow.ts'
import { membershipOf } from '#trace/membership.ts'
import { parseTarget } from '#trace/request.ts'
import type { Source } from '#trace/source.ts'
import type { Trace, Verdict } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import type { CounterExample, Tried } from '../result.ts'
import type { InvariantName } from '../suite.ts'
import { lacksOf, proxiesOf, requestText, type Way, waysOf } from '../ways.ts'
import { everybody } from './clients.ts'
import { mostTried, pairs } from './pairs.ts'
import type { Invariant, Scope } from './scope.ts'
import { type Target, targetsOf } from './targets.ts'

/** No request reaches a pod of the namespace, or of any that takes part in the mesh, without mutual TLS. */
export const noPlaintextInto: Invariant = (world, scope) => {
  const receiving = scope.namespace === undefined ? meshedNamespaces(world) : new Set([scope.namespace])
  return overRequests(world, scope, targetsOf(world, receiving), 'no-plaintext-into', ({ verdict }) =>
    verdict.kind === 'delivered' && receiving.has(verdict.to.namespace ?? '') && verdict.peer.identity === undefined
      ? 'arrives in plaintext'
      : undefined,
  )
}

/** Namespaces with a pod in the mesh: one beside it that is not was left out, which is what is looked for. */
const meshedNamespaces = (world: World): ReadonlySet<string> =>
  new Set(world.pods.filter(pod => membershipOf(world, pod).captured !== 'no').map(({ namespace }) => namespace))

/** A service that has a waypoint, or a pod behind it, is never reached without it. */
export const noWaypointBypass: Invariant = (world, scope) =>
  overRequests(
    world,
    scope,
    targetsOf(world, scope.namespace === undefined ? undefined : new Set([scope.namespace])).filter(
      ({ hasWaypoint }) => hasWaypoint,
    ),
    'no-waypoint-bypass',
    way =>
      way.verdict.kind === 'delivered' && !proxiesOf(world, way).some(proxy => proxy.startsWith('waypoint:'))
        ? 'is delivered without the waypoint'
        : undefined,
  )

/** Traces that are kept beside the sentences: the others say the same again. */
const mostTraces = 100

const overRequests = (
  world: World,
  scope: Scope,
  targets: readonly Target[],
  code: InvariantName,
  violates: (way: Way) => string | undefined,
): Tried => {
  const sources = scope.sources ?? everybody(world)
  const contradicted: CounterExample[] = []
  const open: CounterExample[] = []
  const all = countPairs(sources, targets)
  let tried = 0
  const past = { node: 0, self: 0 }
  for (const [source, target] of pairs(sources, targets, mostTried)) {
    if (!canReach(source, target)) continue
    const trace = follow(world, source, parseTarget(target.url))
    scope.seen(trace)
    tried++
    const ways = waysOf(trace)
    const broken = ways.find(way => violates(way) !== undefined)
    const example = { code, object: objectOf(source), ...(contradicted.length < mostTraces && { trace }) }
    const design = broken === undefined || scope.sources !== undefined ? undefined : pastByDesign(world, source, broken)
    if (design !== undefined) past[design]++
    else if (broken !== undefined)
      contradicted.push({
        ...example,
        others: receiversOf(broken.verdict),
        says: `${requestText(trace)} ${violates(broken)}`,
      })
    else open.push(...undecided(trace, ways, { code, object: objectOf(source) }))
  }
  return {
    tried,
    contradicted,
    open: [...(all > tried ? [{ code, object: '', says: untried(tried, all) }] : []), ...open],
    notes: notesOn(past),
    traces: [],
  }
}

const canReach = ({ kind }: Source, { isService }: Target): boolean => kind !== 'external' || !isService

const countPairs = (sources: readonly Source[], targets: readonly Target[]): number => {
  const addresses = targets.filter(({ isService }) => !isService).length
  return sources.reduce((sum, { kind }) => sum + (kind === 'external' ? addresses : targets.length), 0)
}

const untried = (tried: number, all: number): string =>
  `${tried} of ${all} requests were tried: narrow the invariant to a namespace, or name its clients in from`

type Past = 'node' | 'self'

/** No redirection takes what a process of the pod's own node sends, so that the kubelet can probe (AMB055), nor what never leaves the pod. */
const pastByDesign = (world: World, source: Source, { verdict }: Way): Past | undefined => {
  const receiver =
    verdict.kind === 'delivered' ? world.podNamed(verdict.to.namespace ?? '', verdict.to.name) : undefined
  if (receiver === undefined) return undefined
  if (source.kind === 'node' && receiver.node === source.node) return 'node'
  return source.kind === 'pod' && source.pod === receiver ? 'self' : undefined
}

const notesOn = ({ node, self }: Readonly<Record<Past, number>>): readonly string[] => [
  ...(node === 0
    ? []
    : [
        `not counted: ${countText(node)} of processes on the node of the pod, which no policy keeps out (AMB055); from: "node/*" counts them`,
      ]),
  ...(self === 0 ? [] : [`not counted: ${countText(self)} of pods to themselves, which nothing redirects`]),
]

const countText = (count: number): string => (count === 1 ? '1 request' : `${count} requests`)

const undecided = (
  trace: Trace,
  ways: readonly Way[],
  example: Omit<CounterExample, 'says'>,
): readonly CounterExample[] => {
  const lacks = lacksOf(ways)
  return lacks === '' ? [] : [{ ...example, says: `${requestText(trace)} is undetermined: ${lacks}` }]
}

const receiversOf = (verdict: Verdict): readonly string[] =>
  verdict.kind === 'delivered' ? [`${verdict.to.namespace ?? ''}/${verdict.to.name}`] : []

const objectOf = (source: Source): string =>
  source.kind === 'pod'
    ? `${source.pod.namespace}/${source.pod.name}`
    : source.kind === 'node'
      ? `node/${source.node}`
      : 'external'
