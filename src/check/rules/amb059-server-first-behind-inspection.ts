import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeMetadata, named } from '../cite.ts'
import { waypointGateways, waypointUses } from '../waypoint-use.ts'

const waypointFor = 'istio.io/waypoint-for'

export default defineCheck({
  code: 'AMB059',
  title: 'TCP whose server speaks first, behind a waypoint that waits for the client',
  severity: 'info',
  means:
    'A waypoint for workloads reads the first bytes of every connection before it goes on. Where the server speaks first both sides wait: the client times out, and no log shows an error. Clients that speak first are served.',
  causes: [
    'istio.io/waypoint-for: all or workload, in front of a TCP port such as MySQL or SMTP',
    'up to 1.23 any waypoint in front of such a port',
  ],
  fix: 'Serve the port with a waypoint for services, or label the service or pod istio.io/use-waypoint=none.',
  *find(world) {
    const uses = waypointUses(world)
    for (const gateway of waypointGateways(world)) {
      const scope = gateway.labels[waypointFor] ?? 'service'
      const isOld = inspectsAll(world, gateway)
      if (scope !== 'all' && scope !== 'workload' && !isOld) continue
      for (const { user } of uses.filter(
        ({ waypoint }) => waypoint.namespace === gateway.namespace && waypoint.name === gateway.name,
      ))
        for (const found of tcpPorts(world, gateway, user))
          yield isOld && scope === 'service' ? { ...found, fixedIn } : found
    }
  },
})

/** Releases whose waypoints for services leave TCP ports alone. */
const fixedIn = ['1.24.0']

/** Up to 1.23 every connection is inspected, also at a waypoint for services (specs/waypoint-eras.md). */
const inspectsAll = ({ mesh }: World, { namespace, name }: KubernetesObject): boolean => {
  const own = mesh.waypoints.find(({ subject }) => subject.namespace === namespace && subject.gateway?.name === name)
  const minor = Number(/^1\.(\d+)/.exec(own?.subject.istioVersion ?? '')?.[1])
  if (!Number.isNaN(minor)) return minor < 24
  return mesh.ztunnels.length > 0 && mesh.ztunnels.every(({ version }) => version.range[1] < 24)
}

function* tcpPorts(world: World, gateway: KubernetesObject, user: KubernetesObject): Generator<Found> {
  const services = world.mesh.kubernetes
    .of('Service')
    .filter(service =>
      user.kind === 'Namespace'
        ? service.namespace === user.name && service.labels['istio.io/use-waypoint'] === undefined
        : service.namespace === user.namespace && (service === user || selects(service, user)),
    )
  for (const service of services)
    for (const [index, port] of list(service.spec.ports).map(asRecord).entries()) {
      const name = text(port.appProtocol) ?? text(port.name) ?? ''
      const known = serverFirst.test(name)
      if (!known && !/^tcp(-|$)/i.test(name)) continue
      yield {
        objects: [refOf(gateway), refOf(service)],
        says: `${named(gateway)} inspects connections to port ${port.port} (${name}) of ${named(service)}${known ? ', whose server speaks first' : '; if its server speaks first, they hang'}`,
        evidence: [citeMetadata(gateway, 'labels', waypointFor), cite(service, `/spec/ports/${index}`, name)],
        severity: known ? 'warning' : 'info',
        confidence: known ? 'likely' : 'possible',
      }
    }
}

const serverFirst = /^(mysql|mariadb|smtp|ftp|ssh|imap|pop3|tcp-(mysql|smtp|ftp|ssh|imap|pop3))/i

const selects = ({ spec }: KubernetesObject, pod: KubernetesObject): boolean => {
  const selector = Object.entries(asRecord(spec.selector))
  return pod.kind === 'Pod' && selector.length > 0 && selector.every(([key, value]) => pod.labels[key] === value)
}
