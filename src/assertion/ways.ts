import type { Step, StepDetails, StepKind } from '#trace/step.ts'
import type { Hop, Path, Trace, Verdict } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'

/** One way through a trace, from its first hop to a verdict. */
export interface Way {
  readonly hops: readonly Hop[]
  readonly verdict: Verdict
}

export const waysOf = (path: Path, before: readonly Hop[] = []): readonly Way[] => {
  const hops = [...before, ...path.hops]
  const { end } = path
  return end.kind === 'fork' ? end.branches.flatMap(branch => waysOf(branch, hops)) : [{ hops, verdict: end }]
}

export const stepsOf = <K extends StepKind>(way: Way, kind: K): readonly StepDetails[K][] =>
  way.hops.flatMap(({ steps }) =>
    steps
      .filter((step): step is Extract<Step, { kind: K }> => step.kind === kind)
      .map(({ detail }) => detail as StepDetails[K]),
  )

/** The proxies in order: `ztunnel:NODE`, `waypoint:NAMESPACE/GATEWAY`, `gateway:NAME`, `sidecar:NAME`. */
export const proxiesOf = (world: World, way: Way): readonly string[] =>
  way.hops.flatMap(({ place: { kind, name } }) => {
    if (kind === 'ztunnel') return [`ztunnel:${name}`]
    if (kind === 'waypoint') return [`waypoint:${gatewayOf(world, name)}`]
    return kind === 'gateway' || kind === 'sidecar' ? [`${kind}:${name}`] : []
  })

/** The Gateway of a waypoint pod `namespace/name`. */
const gatewayOf = (world: World, place: string): string => {
  const [namespace = '', name = ''] = place.split('/')
  const pod = world.podNamed(namespace, name)
  const gateway = pod?.object?.labels['gateway.networking.k8s.io/gateway-name'] ?? pod?.workload?.canonicalName
  return `${namespace}/${gateway || name}`
}

/** Does `proxy` of a file mean this one? `waypoint` means any. */
export const meansProxy = (proxy: string, actual: string): boolean => proxy === actual || actual.startsWith(`${proxy}:`)

/** The receiver has seen the identity of its peer, and no leg was plain TCP. */
export const isMutualTls = (way: Way): boolean =>
  !hasPlaintext(way) && (way.verdict.kind !== 'delivered' || way.verdict.peer.identity !== undefined)

/** A leg between pods without a tunnel. */
export const hasPlaintext = (way: Way): boolean =>
  stepsOf(way, 'tunnel').some(({ protocol }) => protocol === 'TCP') ||
  (way.verdict.kind === 'delivered' && way.verdict.peer.identity === undefined)

/** What is missing for a verdict, as codes of `explain` with what they are about; empty where nothing is. */
export const lacksOf = (ways: readonly Way[]): string => {
  const missing = ways.flatMap(({ verdict }) => (verdict.kind === 'undetermined' ? verdict.missing : []))
  return [...new Set(missing.map(({ what, subject }) => `${what} ${subject}`))].join(', ')
}

/** In the words of a reader: `shop/web → http://cart.shop:80/`. */
export const requestText = ({ request: { scheme, host, port, path }, from }: Trace): string =>
  `${from.name} → ${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${scheme === 'tcp' || scheme === 'tls' ? '' : path}`
