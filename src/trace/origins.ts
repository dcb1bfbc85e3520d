import type { EnvoyDump } from '#model/envoy.ts'
import type { Evidence, ObjectRef } from '#model/evidence.ts'
import type { KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import { extensionOf, gatewayApiRoute, issuersAt } from '#waypoint/origin.ts'
import type { EnvoyStep } from './step.ts'
import { streamRouteOf } from './stream-route.ts'

/** What is at hand to tell the origin of a step: the objects, and the dump that its evidence points into. */
export interface Origins {
  readonly kubernetes: KubernetesObjects
  readonly dump: EnvoyDump | undefined
  readonly filterChain?: string | undefined
}

/** The same step with the object that it was made of, where the objects tell more than the configuration does. */
export const withOrigin = (origins: Origins, step: EnvoyStep, [evidence]: readonly Evidence[]): EnvoyStep => {
  const { kubernetes, filterChain = '' } = origins
  if (step.kind === 'cluster') {
    const routedBy = streamRouteOf(kubernetes, filterChain, step)
    return routedBy === undefined ? step : { ...step, routedBy }
  }
  if (step.kind === 'route' && step.route?.origin?.kind === gatewayApiRoute)
    return { ...step, route: { ...step.route, origin: routeKind(kubernetes, step.route.origin) } }
  if ((step.kind !== 'httpFilter' && step.kind !== 'networkFilter') || step.origin !== undefined) return step
  const origin =
    extensionOf(step.filter) ??
    (step.type.endsWith('.JwtAuthentication')
      ? requestAuthenticationOf(origins, evidence)
      : envoyFilterOf(kubernetes, step))
  return origin === undefined ? step : { ...step, origin }
}

/** A configuration does not tell an HTTPRoute from a GRPCRoute; the object of that name does. */
const routeKind = (kubernetes: KubernetesObjects, origin: ObjectRef): ObjectRef => {
  const kinds = ['HTTPRoute', 'GRPCRoute'].filter(
    kind => kubernetes.get(kind, origin.namespace ?? '', origin.name) !== undefined,
  )
  const [only, other] = kinds
  return only === undefined || other !== undefined ? origin : { ...origin, kind: only }
}

/** Istio names providers by number: the one RequestAuthentication with an issuer of theirs. */
const requestAuthenticationOf = (
  { kubernetes, dump }: Origins,
  evidence: Evidence | undefined,
): ObjectRef | undefined => {
  if (dump === undefined || evidence?.from !== 'dump') return undefined
  const issuers = issuersAt(dump, evidence.pointer)
  const [only, ...others] = kubernetes
    .of('RequestAuthentication')
    .filter(({ spec }) => list(spec.jwtRules).some(rule => issuers.has(asRecord(rule).issuer)))
  return only === undefined || others.length > 0 ? undefined : refOf(only)
}

type FilterStep = Extract<EnvoyStep, { kind: 'httpFilter' | 'networkFilter' }>

/** The EnvoyFilter that adds a filter of this name; undefined when none or several do. */
const envoyFilterOf = (kubernetes: KubernetesObjects, { kind, filter }: FilterStep): ObjectRef | undefined => {
  const place = kind === 'httpFilter' ? 'HTTP_FILTER' : 'NETWORK_FILTER'
  const [only, ...others] = kubernetes.of('EnvoyFilter').filter(object => adds(object, filter, place))
  return only === undefined || others.length > 0 ? undefined : refOf(only)
}

const adding = new Set(['ADD', 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'REPLACE'])

const adds = ({ spec }: KubernetesObject, filter: string, place: string): boolean =>
  list(spec.configPatches)
    .map(asRecord)
    .filter(({ applyTo }) => applyTo === place)
    .map(({ patch }) => asRecord(patch))
    .some(({ operation, value }) => adding.has(String(operation)) && asRecord(value).name === filter)
