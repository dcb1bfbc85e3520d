import type { EnvoyDump, EnvoyResource } from '#model/envoy.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, named } from '../cite.ts'
import { citeEnvoy, gatewayOf, messagesIn, serves } from '../envoy-walk.ts'
import { waypointGateways } from '../waypoint-use.ts'

export default defineCheck({
  code: 'AMB038',
  title: 'A waypoint does not run the configuration that it should',
  severity: 'error',
  means:
    'What Envoy refuses never takes effect: the older configuration goes on, or nothing answers. A damaged HBONE listener fails every request through the waypoint while everything past it works.',
  causes: [
    'an EnvoyFilter that does not fit this release, or that also hits the listener connect_terminate',
    'a configuration that Envoy refuses',
    'clusters that stay in warming because their endpoints or secrets never come',
  ],
  fix: 'Read the reason, correct or remove the EnvoyFilter, and name the listener main_internal in its match.',
  *find(world) {
    for (const dump of world.mesh.waypoints) {
      for (const resource of [...dump.listeners, ...dump.clusters, ...dump.routes, ...dump.secrets, ...dump.ecds])
        yield* unserved(dump, resource)
      yield* strippedAuthority(world, dump)
    }
    for (const filter of world.mesh.kubernetes.of('EnvoyFilter')) yield* unnamedListener(world, filter)
  },
})

function* unserved(dump: EnvoyDump, resource: EnvoyResource): Generator<Found> {
  const gateway = gatewayOf(dump)
  const what = `${resource.kind} ${resource.name}`
  if (resource.rejection !== undefined)
    yield {
      objects: [gateway],
      says: `waypoint ${gateway.namespace}/${gateway.name} refused ${what}: ${inShort(resource.rejection.details)}`,
      evidence: [citeEnvoy(resource, '/details', inShort(resource.rejection.details))],
    }
  else if (resource.state === 'warming' && (resource.kind === 'cluster' || resource.kind === 'listener'))
    yield {
      objects: [gateway],
      says: `waypoint ${gateway.namespace}/${gateway.name} is still waiting for what ${what} needs`,
      evidence: [citeEnvoy(resource, '', 'warming')],
      severity: 'warning',
      confidence: 'likely',
    }
}

/** Envoy quotes the whole message that it refuses, before it says why. */
const inShort = (details: string): string => {
  const line = details.replaceAll(/\s+/g, ' ').trim()
  return line.length <= 400 ? line : `${line.slice(0, 120)} … ${line.slice(-240)}`
}

/** The authority of CONNECT is the destination: without its port nothing can be reached (waypoint-measured.md §4). */
const strips = ['strip_any_host_port', 'strip_matching_host_port', 'strip_port_mode']

function* strippedAuthority(world: World, dump: EnvoyDump): Generator<Found> {
  for (const listener of dump.listeners.filter(one => serves(one) && one.name === 'connect_terminate'))
    for (const { message, pointer } of messagesIn(listener.config)) {
      const strip = strips.find(name => message[name] === true)
      if (strip === undefined) continue
      const gateway = gatewayOf(dump)
      const filter = world.mesh.kubernetes.of('EnvoyFilter').find(one => JSON.stringify(one.spec).includes(strip))
      yield {
        objects: filter === undefined ? [gateway] : [refOf(filter), gateway],
        says: `${strip} takes the port from the authority of every tunnel into waypoint ${gateway.namespace}/${gateway.name}: nothing can be reached through it`,
        evidence: [
          citeEnvoy(listener, `${pointer}/${strip}`, 'true'),
          ...(filter === undefined ? [] : [cite(filter, '/spec/configPatches', strip)]),
        ],
      }
    }
}

/** Without a dump: a patch of the connection manager that no listener name keeps off connect_terminate. */
function* unnamedListener(world: World, filter: KubernetesObject): Generator<Found> {
  const targets = list(filter.spec.targetRefs).map(asRecord)
  const gateway = waypointGateways(world).find(({ namespace, name, spec }) =>
    targets.some(
      target =>
        (target.kind === 'Gateway' && target.name === name && namespace === filter.namespace) ||
        (target.kind === 'GatewayClass' && target.name === spec.gatewayClassName),
    ),
  )
  if (gateway === undefined || hasDump(world, gateway)) return
  for (const [index, patch] of list(filter.spec.configPatches).map(asRecord).entries()) {
    const listener = asRecord(asRecord(patch.match).listener)
    const target = asRecord(asRecord(listener.filterChain).filter)
    const operation = asRecord(patch.patch).operation
    if (patch.applyTo !== 'NETWORK_FILTER' || target.name !== 'envoy.filters.network.http_connection_manager') continue
    if (listener.name !== undefined || (operation !== 'MERGE' && operation !== 'REPLACE')) continue
    yield {
      objects: [refOf(filter), refOf(gateway)],
      says: `${named(filter)} changes every HTTP connection manager of ${named(gateway)}, also that of connect_terminate, which ends the tunnels`,
      evidence: [cite(filter, `/spec/configPatches/${index}/match/listener`, 'no name')],
      severity: 'warning',
      confidence: 'likely',
    }
  }
}

/** Read or not: a waypoint by itself shows whether the patch does harm. */
const hasDump = ({ mesh, podNamed }: World, { namespace, name }: KubernetesObject): boolean =>
  mesh.waypoints.some(({ subject }) => subject.gateway?.name === name) ||
  (mesh.unread ?? []).some(unread => {
    const [podNamespace = '', pod = ''] = unread.kind === 'waypoint' ? unread.name.split('/') : []
    const labels = podNamed(podNamespace, pod)?.object?.labels
    return podNamespace === namespace && labels?.['gateway.networking.k8s.io/gateway-name'] === name
  })
