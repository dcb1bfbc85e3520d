import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, named } from '../cite.ts'

export default defineCheck({
  code: 'AMB034',
  title: 'An HTTP route for a port that is not HTTP to the waypoint',
  severity: 'warning',
  means: 'The waypoint passes the bytes of this port through: routes, HTTP policies and HTTP telemetry do nothing.',
  causes: [
    'the name of the port begins with tcp, tls or the name of another protocol',
    'appProtocol of the port names something other than HTTP',
  ],
  fix: 'Name the port http…, http2… or grpc…, or set its appProtocol, which wins over the name.',
  *find(world) {
    for (const route of ['HTTPRoute', 'GRPCRoute'].flatMap(kind => world.mesh.kubernetes.of(kind)))
      for (const parent of list(route.spec.parentRefs).map(asRecord)) {
        const service = world.mesh.kubernetes.get('Service', route.namespace, text(parent.name) ?? '')
        if (parent.kind === 'Service' && service !== undefined) yield* deafPorts(route, service, parent.port)
      }
    for (const virtual of world.mesh.kubernetes.of('VirtualService')) yield* virtualService(world, virtual)
  },
})

/** Without a port the route is for all: it is deaf where none of them speaks HTTP. */
function* deafPorts(route: KubernetesObject, service: KubernetesObject, port: unknown): Generator<Found> {
  const ports = list(service.spec.ports).map(asRecord)
  const meant = ports.filter(entry => port === undefined || entry.port === port)
  if (meant.length === 0 || !meant.every(isNotHttp)) return
  const [first] = meant
  const index = first === undefined ? -1 : ports.indexOf(first)
  const word = first?.appProtocol === undefined ? 'name' : 'appProtocol'
  yield {
    objects: [refOf(service), refOf(route)],
    says: `${named(route)} is for port ${first?.port} of ${named(service)}, which is ${String(first?.[word])} to the waypoint`,
    evidence: [cite(service, `/spec/ports/${index}/${word}`, String(first?.[word])), cite(route, '/spec/parentRefs')],
  }
}

function* virtualService(world: World, virtual: KubernetesObject): Generator<Found> {
  if (list(virtual.spec.http).length === 0) return
  for (const host of list(virtual.spec.hosts)) {
    const [name = '', namespace = virtual.namespace] = String(host).split('.')
    const service = world.mesh.kubernetes.get('Service', namespace, name)
    if (service !== undefined && namespace === virtual.namespace) yield* deafPorts(virtual, service, undefined)
  }
}

/** A name of no known protocol is found out from the first bytes, so it may be HTTP. */
const others = /^(tcp|tls|https|mongo|mysql|redis|udp)(-|$)/i
const http = /^(https?|http2|grpc|grpc-web|kubernetes\.io\/(h2c|ws))$/i

const isNotHttp = ({ name, appProtocol, protocol }: Readonly<Record<string, unknown>>): boolean =>
  protocol === 'UDP' ||
  (typeof appProtocol === 'string'
    ? !http.test(appProtocol) || appProtocol.toLowerCase() === 'https'
    : others.test(text(name) ?? ''))
