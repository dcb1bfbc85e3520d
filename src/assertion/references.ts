import { UserError } from '#errors.ts'
import { closest } from '#reason/closest.ts'
import { type Trace, type Verdict, verdictsOf } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import type { CounterExample, Tried } from './result.ts'
import type { Assertion, RequestAssertion, Selector } from './suite.ts'

/** What a file names and the mesh does not have: a test of it would say nothing, and often pass. */
export const unknownReferences = (world: World, asks: Assertion['asks']): readonly CounterExample[] => {
  switch (asks.kind) {
    case 'request':
      return [...ofSelector(world, asks.from.selector), ...ofProxies(world, asks.expect)]
    case 'invariant':
      return [
        ...(asks.from === undefined ? [] : ofSelector(world, asks.from)),
        ...asks.invariants.flatMap(({ namespace }) => ofNamespace(world, namespace)),
      ]
    case 'findings':
      return []
  }
}

/** A name that nothing answers to, where nobody asked whether it does; open where a resolver outside might know it. */
export const unknownDestination = (
  world: World,
  traces: readonly Trace[],
  { request, expect }: RequestAssertion,
): Pick<Tried, 'contradicted' | 'open'> | undefined => {
  const asked =
    expect.verdict?.includes('undetermined') === true ||
    expect.code?.includes('no-such-name') === true ||
    expect.client?.kind === 'dns-error'
  const verdicts = traces.flatMap(verdictsOf)
  if (asked || verdicts.length === 0) return undefined
  const example = () => [unknown('service or host', request.host, hostsOf(world, request.host))]
  if (verdicts.every(one => one.kind === 'rejected' && one.code === 'no-such-name'))
    return { contradicted: example(), open: [] }
  return verdicts.every(isUnresolved) ? { contradicted: [], open: example() } : undefined
}

const isUnresolved = (verdict: Verdict): boolean =>
  verdict.kind === 'undetermined' && verdict.missing.some(({ what }) => what === 'dns-answer')

/** The unknown client of a selector, where resolving it has failed. */
export const unknownClient = (error: unknown): CounterExample => {
  if (!(error instanceof UserError)) throw error
  return { code, object: '', says: [error.message, ...error.next].join('; ') }
}

const code = 'unknown-reference'

const unknown = (what: string, name: string, known: Iterable<string>): CounterExample => {
  const meant = closest(name, [...known])
  return {
    code,
    object: '',
    says: `the mesh has no ${what} ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  }
}

const ofSelector = (world: World, selector: Selector): readonly CounterExample[] => {
  switch (selector.kind) {
    case 'name':
      return []
    case 'not':
      return ofSelector(world, selector.selector)
    case 'either':
      return selector.selectors.flatMap(one => ofSelector(world, one))
    case 'match':
      return ofNamespace(world, selector.namespace)
  }
}

const ofNamespace = (world: World, name: string | undefined): readonly CounterExample[] => {
  if (name === undefined || name.includes('*')) return []
  const known = namespacesOf(world)
  return known.has(name) ? [] : [unknown('namespace', name, known)]
}

const namespacesOf = ({ mesh, pods }: World): ReadonlySet<string> =>
  new Set([
    ...pods.map(({ namespace }) => namespace),
    ...mesh.kubernetes.of('Namespace').map(({ name }) => name),
    ...mesh.ztunnels.flatMap(({ services }) => services.map(({ namespace }) => namespace)),
  ])

/** A proxy that is named and does not exist is on no way, and `never` would hold. */
const ofProxies = (world: World, { never = [], via = [] }: RequestAssertion['expect']): readonly CounterExample[] => {
  const named = [...never, ...via].flatMap(proxy => /^waypoint:(.+)$/.exec(proxy)?.[1] ?? [])
  if (named.length === 0) return []
  const known = waypointsOf(world)
  return named.filter(name => !known.has(name)).map(name => unknown('waypoint', name, known))
}

const waypointsOf = ({ mesh, pods }: World): ReadonlySet<string> =>
  new Set([
    ...mesh.kubernetes.of('Gateway').map(({ namespace, name }) => `${namespace}/${name}`),
    ...mesh.waypoints.map(({ subject }) => `${subject.namespace}/${subject.gateway?.name ?? subject.pod}`),
    ...pods.flatMap(({ namespace, object, workload }) => {
      const gateway = object?.labels['gateway.networking.k8s.io/gateway-name'] ?? workload?.canonicalName
      return gateway === undefined ? [] : [`${namespace}/${gateway}`]
    }),
  ])

/** As they are spelt in the request: short, with the namespace, or whole. */
const hostsOf = ({ mesh }: World, asked: string): readonly string[] => {
  const dots = asked.split('.').length
  return mesh.ztunnels
    .flatMap(({ services }) => services.map(({ hostname }) => hostname))
    .map(hostname => (/\.svc\./.test(hostname) && dots <= 3 ? hostname.split('.').slice(0, dots).join('.') : hostname))
}
