import { follow } from '#trace/follow.ts'
import { parseTarget } from '#trace/request.ts'
import type { Trace } from '#trace/trace.ts'
import { outcomeOf } from '#trace/trace.ts'
import type { Pod, World } from '#trace/world.ts'
import { clients, workloadOf } from './sources.ts'
import { isMutualTls, proxiesOf, waysOf } from './ways.ts'

/** What the mesh does today with requests to one port of one service: a test to start from. */
export interface Proposal {
  readonly namespace: string
  readonly url: string
  /** Names of clients that get through, alike. */
  readonly allowed: readonly string[]
  /** Clients that are refused, all of them by the same code. */
  readonly refused: readonly { readonly code: string; readonly from: readonly string[] }[]
  /** Proxies on the way of everybody who gets through, without the names of nodes. */
  readonly via?: readonly string[]
  readonly mtls: boolean
}

/** One proposal for every service port of the given namespaces (all, without any) that anybody reaches or is refused. */
export const propose = (world: World, namespaces: readonly string[]): readonly Proposal[] => {
  const services = new Map(
    world.mesh.ztunnels
      .flatMap(dump => dump.services)
      .map(service => [`${service.namespace}/${service.hostname}`, service]),
  )
  return [...services.values()]
    .filter(({ namespace, ports }) => !ports.has(15008) && (namespaces.length === 0 || namespaces.includes(namespace)))
    .toSorted((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1))
    .flatMap(service =>
      [...service.ports.keys()]
        .toSorted((a, b) => a - b)
        .flatMap(port => {
          const proposal = proposeFor(world, service.namespace, `http://${service.hostname}:${port}/`)
          return proposal === undefined ? [] : [proposal]
        }),
    )
}

const proposeFor = (world: World, namespace: string, url: string): Proposal | undefined => {
  const all = clients(world).map(pod => ({
    name: nameOf(pod),
    trace: follow(world, { kind: 'pod', pod, ip: pod.ips[0] ?? '', oneOf: 1 }, parseTarget(url)),
  }))
  const allowed = all.filter(({ trace }) => outcomeOf(trace) === 'delivered')
  const refused = new Map<string, string[]>()
  for (const { name, trace } of all) {
    const code = codeOf(trace)
    if (code !== undefined) refused.set(code, [...(refused.get(code) ?? []), name])
  }
  if (allowed.length === 0 && refused.size === 0) return undefined
  const vias = allowed.flatMap(({ trace }) => waysOf(trace).map(way => proxiesOf(world, way).map(withoutNode)))
  const [via] = vias
  return {
    namespace,
    url,
    allowed: unique(allowed.map(({ name }) => name)),
    refused: [...refused].map(([code, from]) => ({ code, from: unique(from) })),
    ...(via !== undefined && vias.every(one => one.join() === via.join()) && { via }),
    mtls: allowed.length > 0 && allowed.every(({ trace }) => waysOf(trace).every(isMutualTls)),
  }
}

const nameOf = (pod: Pod): string => `${pod.namespace}/${workloadOf(pod)}`

const withoutNode = (proxy: string): string => proxy.replace(/^ztunnel:.*/, 'ztunnel')

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].toSorted()

/** The code of a trace that is rejected in all its branches for one reason. */
const codeOf = (trace: Trace): string | undefined => {
  const codes = new Set(waysOf(trace).map(({ verdict }) => (verdict.kind === 'rejected' ? verdict.code : undefined)))
  const [only] = codes
  return codes.size === 1 ? only : undefined
}
