import type { EnvoyDump } from '#model/envoy.ts'
import type { Evidence, ObjectRef } from '#model/evidence.ts'
import type { KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import { extensionOf, gatewayApiRoute, issuersAt } from '#waypoint/origin.ts'
import { rootNamespace } from './root-namespace.ts'
import type { EnvoyStep } from './step.ts'
import { streamRouteOf } from './stream-route.ts'
import type { World } from './world.ts'

/** What is at hand to tell the origin of a step: the objects, and the dump that its evidence points into. */
export interface Origins {
  readonly world: Pick<World, 'pods' | 'mesh'>
  readonly dump: EnvoyDump | undefined
  readonly filterChain?: string | undefined
}

/** The same step with the object that it was made of, where the objects tell more than the configuration does. */
export const withOrigin = (origins: Origins, step: EnvoyStep, [evidence]: readonly Evidence[]): EnvoyStep => {
  const { kubernetes } = origins.world.mesh
  if (step.kind === 'cluster') {
    const routedBy = streamRouteOf(kubernetes, origins.filterChain ?? '', step)
    return routedBy === undefined ? step : { ...step, routedBy }
  }
  if (step.kind === 'route' && step.route?.origin?.kind === gatewayApiRoute)
    return { ...step, route: { ...step.route, origin: routeKind(kubernetes, step.route.origin) } }
  if ((step.kind !== 'httpFilter' && step.kind !== 'networkFilter') || step.origin !== undefined) return step
  const origin =
    extensionOf(step.filter) ??
    (step.type.endsWith('.JwtAuthentication')
      ? requestAuthenticationOf(origins, evidence)
      : envoyFilterOf(origins, step))
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
const requestAuthenticationOf = (origins: Origins, evidence: Evidence | undefined): ObjectRef | undefined => {
  const { world, dump } = origins
  if (dump === undefined || evidence?.from !== 'dump') return undefined
  const issuers = issuersAt(dump, evidence.pointer)
  const named = world.mesh.kubernetes
    .of('RequestAuthentication')
    .filter(({ spec }) => list(spec.jwtRules).some(rule => issuers.has(asRecord(rule).issuer)))
  return onlyInForce(origins, named)
}

type FilterStep = Extract<EnvoyStep, { kind: 'httpFilter' | 'networkFilter' }>

/** The EnvoyFilter that adds a filter of this name; undefined when none or several do. */
const envoyFilterOf = (origins: Origins, { kind, filter }: FilterStep): ObjectRef | undefined => {
  const place = kind === 'httpFilter' ? 'HTTP_FILTER' : 'NETWORK_FILTER'
  const adders = origins.world.mesh.kubernetes.of('EnvoyFilter').filter(object => adds(object, filter, place))
  return onlyInForce(origins, adders)
}

/**
 * The one of the objects that the proxy heeds: those of its own namespace and of the root namespace. Where nothing tells
 * which that is, another namespace may be it.
 */
const onlyInForce = ({ world, dump }: Origins, objects: readonly KubernetesObject[]): ObjectRef | undefined => {
  if (objects.length === 0) return undefined
  const [own, root] = [dump?.subject.namespace, rootNamespace(world)]
  const heeded = objects.filter(({ namespace }) => namespace === own || namespace === root)
  const isCertain = own !== undefined && (root !== undefined || heeded.length > 0)
  const [only, ...others] = isCertain ? heeded : objects
  return only === undefined || others.length > 0 ? undefined : refOf(only)
}

const adding = new Set(['ADD', 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'REPLACE'])

const adds = ({ spec }: KubernetesObject, filter: string, place: string): boolean =>
  list(spec.configPatches)
    .map(asRecord)
    .filter(({ applyTo }) => applyTo === place)
    .map(({ patch }) => asRecord(patch))
    .some(({ operation, value }) => adding.has(String(operation)) && asRecord(value).name === filter)
