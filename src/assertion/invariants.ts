import type { ZtunnelDump } from '#model/ztunnel.ts'
import { captureIn, captureOut } from '#trace/capture.ts'
import { follow } from '#trace/follow.ts'
import { membershipOf } from '#trace/membership.ts'
import { parseTarget } from '#trace/request.ts'
import type { Source } from '#trace/source.ts'
import type { Trace } from '#trace/trace.ts'
import type { Pod, World } from '#trace/world.ts'
import { mostTried, pairs } from './pairs.ts'
import type { CounterExample, Tried } from './result.ts'
import { clients } from './sources.ts'
import type { InvariantName } from './suite.ts'
import { proxiesOf, requestText, type Way, waysOf } from './ways.ts'

/** What an invariant is held for. */
export interface Scope {
  /** Of the receivers, pods or records; the whole mesh without. */
  readonly namespace?: string
  /** Who sends; one pod of every workload without. */
  readonly sources?: readonly Source[]
}

type Invariant = (world: World, scope: Scope) => Tried

/** No request reaches a pod of the namespace without mutual TLS. */
const noPlaintextInto: Invariant = (world, scope) =>
  overRequests(world, scope, targetsOf(world, scope), 'no-plaintext-into', ({ verdict }) =>
    verdict.kind === 'delivered' &&
    (scope.namespace === undefined || verdict.to.namespace === scope.namespace) &&
    verdict.peer.identity === undefined
      ? 'arrives in plaintext'
      : undefined,
  )

/** A service that has a waypoint, or a pod behind it, is never reached without it. */
const noWaypointBypass: Invariant = (world, scope) =>
  overRequests(
    world,
    scope,
    targetsOf(world, scope).filter(({ hasWaypoint }) => hasWaypoint),
    'no-waypoint-bypass',
    way =>
      way.verdict.kind === 'delivered' && !proxiesOf(world, way).some(proxy => proxy.startsWith('waypoint:'))
        ? 'is delivered without the waypoint'
        : undefined,
  )

interface Target {
  readonly url: string
  readonly hasWaypoint: boolean
}

/** Every service port, and every pod behind it by its address. */
const targetsOf = (world: World, { namespace }: Scope): readonly Target[] => {
  const services = new Map(
    world.mesh.ztunnels
      .flatMap(({ services }) => services)
      .map(service => [`${service.namespace}/${service.hostname}`, service]),
  )
  const podsByUid = new Map(world.pods.map(pod => [pod.workload?.uid ?? '', pod]))
  const found = new Map<string, Target>()
  for (const service of services.values()) {
    if (namespace !== undefined && service.namespace !== namespace) continue
    if (service.ports.has(15008)) continue
    const hasWaypoint = service.waypoint !== undefined
    for (const [port, targetPort] of service.ports) {
      const ips = service.vips.length === 0 ? [] : [service.hostname]
      for (const host of ips) found.set(`http://${host}:${port}/`, { url: `http://${host}:${port}/`, hasWaypoint })
      for (const endpoint of service.endpoints) {
        const [ip] = podsByUid.get(endpoint.workloadUid)?.ips ?? []
        const at = endpoint.ports.get(port) ?? targetPort
        if (ip === undefined || at === 0) continue
        const url = `http://${ip.includes(':') ? `[${ip}]` : ip}:${at}/`
        found.set(url, { url, hasWaypoint: hasWaypoint || found.get(url)?.hasWaypoint === true })
      }
    }
  }
  return [...found.values()]
}

const overRequests = (
  world: World,
  scope: Scope,
  targets: readonly Target[],
  code: InvariantName,
  violates: (way: Way) => string | undefined,
): Tried => {
  const sources = scope.sources ?? oneOfEachKind(world)
  const contradicted: CounterExample[] = []
  const open: CounterExample[] = []
  const traces: Trace[] = []
  for (const [source, { url }] of pairs(sources, targets, mostTried(world.pods.length))) {
    const trace = follow(world, source, parseTarget(url))
    traces.push(trace)
    const ways = waysOf(trace)
    const broken = ways.map(violates).find(text => text !== undefined)
    const example = { code, object: objectOf(source), trace }
    if (broken !== undefined) contradicted.push({ ...example, says: `${requestText(trace)} ${broken}` })
    else if (ways.some(({ verdict }) => verdict.kind === 'undetermined'))
      open.push({ ...example, says: `${requestText(trace)} is undetermined` })
  }
  const all = sources.length * targets.length
  if (all > traces.length) open.push({ code, object: '', says: untried(traces.length, all) })
  return { tried: traces.length, contradicted, open, traces }
}

const untried = (tried: number, all: number): string =>
  `${tried} of ${all} requests were tried: narrow the invariant to a namespace, or name its clients in from`

/** One client of those that nothing tells apart which decides: identity, node, capture, and labels where policies of the network read them. */
const oneOfEachKind = (world: World): readonly Source[] => {
  const readsLabels = world.mesh.kubernetes.of('NetworkPolicy').length > 0
  const kinds = new Map<string, Source>()
  for (const pod of clients(world)) {
    const { captured } = membershipOf(world, pod)
    const labels = readsLabels ? JSON.stringify(pod.object?.labels ?? {}) : ''
    const rules = world.kernelOf(pod) === undefined ? '' : pod.name
    const key = [pod.namespace, pod.serviceAccount, pod.node, captured, rules, labels, pod.workload?.network].join(' ')
    if (!kinds.has(key)) kinds.set(key, sourceOf(pod))
  }
  return [...kinds.values()]
}

const sourceOf = (pod: Pod): Source => ({ kind: 'pod', pod, ip: pod.ips[0] ?? '', oneOf: 1 })

const objectOf = (source: Source): string =>
  source.kind === 'pod'
    ? `${source.pod.namespace}/${source.pod.name}`
    : source.kind === 'node'
      ? `node/${source.node}`
      : 'external'

/** Every pod that is in the mesh is really redirected, both ways, by the rules that were recorded in it. */
const redirectVerified: Invariant = (world, { namespace }) => {
  const contradicted: CounterExample[] = []
  const open: CounterExample[] = []
  const enrolled = world.pods.filter(
    pod =>
      pod.ips.length > 0 &&
      (namespace === undefined || pod.namespace === namespace) &&
      membershipOf(world, pod).captured !== 'no',
  )
  for (const pod of enrolled) {
    const example = { code: 'redirect-verified', object: `${pod.namespace}/${pod.name}` }
    if (world.kernelOf(pod) === undefined) {
      open.push({ ...example, says: `the rules of ${example.object} were not recorded` })
      continue
    }
    for (const [direction, outcome] of [
      ['out', captureOut(world, pod, elsewhere).outcome],
      ['in', captureIn(world, pod, { ip: pod.ips[0] ?? '', port: 15008 }, fromOutside).outcome],
    ] as const)
      if (outcome === 'unknown')
        open.push({ ...example, says: `what becomes of traffic ${direction} of ${example.object} is not known` })
      else if (outcome !== 'captured')
        contradicted.push({ ...example, says: `traffic ${direction} of ${example.object} is ${outcome}, not captured` })
  }
  return { tried: enrolled.length, contradicted, open, traces: [] }
}

/** Addresses of documentation (RFC 5737), which no rule names. */
const elsewhere = { ip: '203.0.113.10', port: 80 }
const outside: Source = { kind: 'external', ip: elsewhere.ip }
const fromOutside = { source: outside, peer: { address: elsewhere.ip } }

/** All ztunnels hold the same workloads, services and policies. */
const divergenceFree: Invariant = (world, { namespace }) => {
  const [first, ...others] = world.mesh.ztunnels
  if (first === undefined || others.length === 0)
    return {
      tried: world.mesh.ztunnels.length,
      contradicted: [],
      open: [{ code: 'divergence-free', object: '', says: 'two ztunnel dumps are needed to compare' }],
      traces: [],
    }
  const reference = recordsOf(first, namespace)
  const contradicted = others.flatMap(dump => differences(first.file, reference, dump.file, recordsOf(dump, namespace)))
  return { tried: reference.size, contradicted, open: [], traces: [] }
}

const recordsOf = (dump: ZtunnelDump, namespace: string | undefined): ReadonlyMap<string, string> => {
  const own = <T extends { readonly namespace: string }>(records: readonly T[]): readonly T[] =>
    records.filter(record => namespace === undefined || record.namespace === namespace)
  return new Map([
    ...own(dump.workloads).map(record => [`workload ${record.namespace}/${record.name}`, textOf(record)] as const),
    ...own(dump.services).map(record => [`service ${record.namespace}/${record.hostname}`, textOf(record)] as const),
    ...own(dump.policies).map(record => [`policy ${record.namespace}/${record.name}`, textOf(record)] as const),
  ])
}

/** The record without where it stands in its dump; lists whose order means nothing are sorted. */
const textOf = (record: object): string =>
  JSON.stringify({ ...record, pointer: '' }, (key, value: unknown) => {
    if (value instanceof Map) return [...value].sort(([a], [b]) => Number(a) - Number(b))
    return key === 'endpoints' && Array.isArray(value) ? value.map(one => textOf(one)).sort() : value
  })

const differences = (
  file: string,
  reference: ReadonlyMap<string, string>,
  otherFile: string,
  other: ReadonlyMap<string, string>,
): readonly CounterExample[] =>
  [...new Set([...reference.keys(), ...other.keys()])].flatMap(key => {
    const [a, b] = [reference.get(key), other.get(key)]
    if (a === b) return []
    const says =
      a === undefined
        ? `only in ${otherFile}`
        : b === undefined
          ? `only in ${file}`
          : `differs between ${file} and ${otherFile}`
    return [{ code: 'divergence-free', object: key.slice(key.indexOf(' ') + 1), says: `${key} ${says}` }]
  })

export const invariants: Readonly<Record<InvariantName, Invariant>> = {
  'no-plaintext-into': noPlaintextInto,
  'no-waypoint-bypass': noWaypointBypass,
  'redirect-verified': redirectVerified,
  'divergence-free': divergenceFree,
}
