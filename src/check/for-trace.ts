import type { Evidence, ObjectRef, Reason } from '#model/evidence.ts'
import type { EnvoyStep, Step } from '#trace/step.ts'
import type { Path, Trace } from '#trace/trace.ts'
import type { Finding } from './finding.ts'

/** A trace with what is wrong along its path. */
export interface ExplainedTrace extends Trace {
  readonly findings?: readonly Finding[]
}

/** The errors and warnings that concern anything the request meets, in the order of `findings`. */
export const findingsForTrace = (findings: readonly Finding[], trace: Trace): readonly Finding[] =>
  findingsAlong(findings, trace).filter(({ severity }) => severity !== 'info')

/** The same with the notes. */
export const findingsAlong = (findings: readonly Finding[], trace: Trace): readonly Finding[] => {
  const met = new Set([placeName(trace.from.name), ...namesOn(trace)])
  const taken = new Set(routesOn(trace))
  const ports = new Set([`${trace.request.port}`, ...clusterPortsOn(trace)])
  return findings.filter(
    ({ objects, evidence, clients }) =>
      evidence.flatMap(routeOf).every(route => taken.has(route)) &&
      evidence.flatMap(portOf).every(port => ports.has(port)) &&
      (clients === undefined || clients.some(client => met.has(nameOf(client)))) &&
      (objects.some(object => met.has(nameOf(object))) ||
        evidence.some(one => recordOf(one).some(key => met.has(key)))),
  )
}

/** A route of an Envoy: what is wrong with it concerns only the requests that take it. */
const routeOf = (evidence: Evidence): readonly string[] => {
  if (evidence.from !== 'dump') return []
  const [route] = /^.*\/virtual_hosts\/\d+\/routes\/\d+/.exec(evidence.pointer) ?? []
  return route === undefined ? [] : [`${evidence.file} ${route}`]
}

/** A port of a service that a ztunnel knows: what is wrong with it concerns only the requests to it. */
const portOf = (evidence: Evidence): readonly string[] =>
  evidence.from === 'dump' ? (/^\/services\/[^/]+\/ports\/(\d+)$/.exec(evidence.pointer)?.slice(1) ?? []) : []

/** An Envoy may choose another port than the client's: `outbound|82||cart.shop.svc.cluster.local`. */
const clusterPortsOn = ({ hops, end }: Path): readonly string[] => [
  ...hops.flatMap(({ steps }) => steps.flatMap(clusterPortOf)),
  ...(end.kind === 'fork' ? end.branches.flatMap(clusterPortsOn) : []),
  ...(end.kind === 'undetermined' && end.provided !== undefined ? clusterPortsOn(end.provided) : []),
]

const clusterPortOf = ({ detail }: Step): readonly string[] =>
  'cluster' in detail && typeof detail.cluster === 'string'
    ? (/^[^|]*\|(\d+)\|/.exec(detail.cluster)?.slice(1) ?? [])
    : []

const routesOn = ({ hops, end }: Path): readonly string[] => [
  ...hops.flatMap(({ steps }) => steps.flatMap(({ evidence }) => evidence.flatMap(routeOf))),
  ...(end.kind === 'fork' ? end.branches.flatMap(routesOn) : []),
  ...(end.kind === 'undetermined' && end.provided !== undefined ? routesOn(end.provided) : []),
]

const nameOf = ({ kind, namespace, name }: ObjectRef): string =>
  named.has(kind) ? `${namespace ?? ''}/${name}` : `${kind} ${namespace ?? ''}/${name}`

/** Kinds that steps name without their kind. */
const named = new Set(['Pod', 'Service', 'Gateway', 'AuthorizationPolicy', 'NetworkPolicy'])

const placeName = (name: string): string => (name.includes('/') ? name : `/${name}`)

const namesOn = ({ hops, end }: Path): readonly string[] => [
  ...hops.flatMap(({ place, steps }) => [placeName(place.name), ...steps.flatMap(namesIn)]),
  ...(end.kind === 'fork' ? end.branches.flatMap(namesOn) : []),
  ...(end.kind === 'delivered' ? [nameOf(end.to)] : []),
]

const namesIn = (step: Step): readonly string[] => [
  ...namesOfDetail(step),
  ...[...step.evidence, ...step.because.flatMap(evidenceOf)].flatMap(evidence => [
    ...('object' in evidence && evidence.object !== undefined ? [nameOf(evidence.object)] : []),
    ...recordOf(evidence),
  ]),
]

/** A policy of a dump: `no ALLOW matched` rests on policies that no step names; or what was looked for and is not there. */
const recordOf = (evidence: Evidence): readonly string[] => {
  if (evidence.from === 'absence') return [`${evidence.file} ${evidence.lookedFor}`]
  const record = evidence.from === 'dump' ? /^\/policies\/[^/]+/.exec(evidence.pointer)?.[0] : undefined
  return record === undefined ? [] : [`${evidence.file} ${record}`]
}

const evidenceOf = ({ evidence, because }: Reason): readonly Evidence[] => [...evidence, ...because.flatMap(evidenceOf)]

/** The objects that a decision of Envoy was made of. */
const originsOf = (detail: EnvoyStep): readonly ObjectRef[] => {
  switch (detail.kind) {
    case 'httpFilter':
    case 'networkFilter':
      return detail.origin === undefined ? [] : [detail.origin]
    case 'route':
      return detail.route?.origin === undefined ? [] : [detail.route.origin]
    case 'cluster':
      return [detail.origin, detail.routedBy].filter(origin => origin !== undefined)
    default:
      return []
  }
}

const namesOfDetail = (step: Step): readonly string[] => {
  switch (step.kind) {
    case 'address':
      return step.detail.object === undefined ? [] : [nameOf(step.detail.object)]
    case 'waypoint':
      return [step.detail.of.name, ...(step.detail.waypoint === undefined ? [] : [step.detail.waypoint])]
    case 'endpoint':
      return [step.detail.workload]
    case 'policy':
      return step.detail.policy === undefined ? [] : [step.detail.policy]
    case 'network-policy':
      return [step.detail.pod, ...step.detail.policies]
    case 'envoy':
      return originsOf(step.detail).map(nameOf)
    default:
      return []
  }
}
