import type { EnvoyDump } from '#model/envoy.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, named } from '../cite.ts'
import { citeEnvoy, gatewayOf, messagesIn, serves } from '../envoy-walk.ts'

export default defineCheck({
  code: 'AMB039',
  title: 'A route leads to a subset or service that the waypoint does not know',
  severity: 'error',
  means: 'Requests that take the route get 503 with the flag NC: no cluster found.',
  causes: [
    'no DestinationRule of the host defines the subset',
    'the DestinationRule is in a namespace where the waypoint does not look for it',
  ],
  fix: 'Define the subset in a DestinationRule of the namespace of the service, or correct the route.',
  *find(world) {
    for (const dump of world.mesh.waypoints) if (!dump.partial) yield* missingClusters(dump)
    for (const route of world.mesh.kubernetes.of('VirtualService')) yield* missingSubsets(world, route)
  },
})

function* missingClusters(dump: EnvoyDump): Generator<Found> {
  const known = new Set(dump.clusters.filter(({ state }) => state !== 'rejected').map(({ name }) => name))
  const gateway = gatewayOf(dump)
  for (const listener of dump.listeners.filter(serves))
    for (const { message, pointer } of messagesIn(listener.config)) {
      const isRoute = /\/route(\/weighted_clusters\/clusters\/\d+)?$/.test(pointer)
      const cluster = isRoute ? (text(message.cluster) ?? text(message.name)) : undefined
      if (cluster === undefined || known.has(cluster)) continue
      yield {
        objects: [gateway],
        says: `waypoint ${gateway.namespace}/${gateway.name} routes to ${cluster}, which it does not have`,
        evidence: [
          citeEnvoy(listener, `${pointer}/cluster`, cluster),
          { from: 'absence', file: dump.file, lookedFor: `cluster ${cluster}` },
        ],
      }
    }
}

function* missingSubsets(world: World, route: KubernetesObject): Generator<Found> {
  if (!world.mesh.kubernetes.knows('DestinationRule')) return
  for (const [rule, { route: destinations }] of list(route.spec.http).map(asRecord).entries())
    for (const [place, entry] of list(destinations).map(asRecord).entries()) {
      const { host, subset } = asRecord(entry.destination)
      if (typeof host !== 'string' || typeof subset !== 'string') continue
      const rules = world.mesh.kubernetes.of('DestinationRule').filter(one => sameHost(one, host, route.namespace))
      if (rules.some(one => list(one.spec.subsets).some(known => asRecord(known).name === subset))) continue
      const [first] = rules
      yield {
        objects: [...(first === undefined ? ([refOf(route)] as const) : ([refOf(first), refOf(route)] as const))],
        says: `${named(route)} routes to subset ${subset} of ${host}, which no DestinationRule defines`,
        evidence: [
          cite(route, `/spec/http/${rule}/route/${place}/destination/subset`, subset),
          ...(first === undefined
            ? []
            : [
                cite(
                  first,
                  '/spec/subsets',
                  list(first.spec.subsets)
                    .map(known => asRecord(known).name)
                    .join(', '),
                ),
              ]),
        ],
      }
    }
}

const sameHost = ({ spec, namespace }: KubernetesObject, host: string, home: string): boolean =>
  longName(String(spec.host), namespace) === longName(host, home)

/** A short name is of the namespace of the object that uses it. */
const longName = (host: string, namespace: string): string =>
  host.includes('.') ? host : `${host}.${namespace}.svc.cluster.local`
