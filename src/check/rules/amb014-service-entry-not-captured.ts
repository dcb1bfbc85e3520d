import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { LogLine } from '#model/log.ts'
import type { Service, ZtunnelDump } from '#model/ztunnel.ts'
import { membershipOf } from '#trace/membership.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeLine, citeMetadata, citeRecord, named, podRef } from '../cite.ts'
import { someOf } from '../together.ts'
import { socketOf } from '../ztunnels.ts'

const dnsCapture = 'ambient.istio.io/dns-capture'

export default defineCheck({
  code: 'AMB014',
  title: 'Requests to a ServiceEntry go past its waypoint',
  severity: 'warning',
  means:
    'ztunnel knows a ServiceEntry by its addresses. A client that dials the public address of the host is passed through in plaintext, past the waypoint and its policies.',
  causes: [
    'the ServiceEntry has no address: none is written and none was allocated',
    'the client resolves the name elsewhere: DNS capture is off for the pod, or it was created before DNS capture was on',
    'the client dials the address itself',
  ],
  fix: 'Let ztunnel answer the name (DNS capture on) with an allocated address; write the public addresses into spec.addresses where clients dial them.',
  *find(world) {
    for (const entry of world.mesh.kubernetes.of('ServiceEntry')) {
      const record = recordOf(world, entry)
      if (record === undefined) continue
      yield* withoutAddress(entry, record)
      if (record.service.waypoint === undefined) continue
      yield* resolvedElsewhere(world, entry, record)
      yield* dialledDirectly(world, entry, record)
    }
  },
})

interface Recorded {
  readonly dump: ZtunnelDump
  readonly service: Service
}

const recordOf = ({ mesh }: World, entry: KubernetesObject): Recorded | undefined => {
  const hosts = list(entry.spec.hosts)
  for (const dump of mesh.ztunnels) {
    const service = dump.services.find(one => one.namespace === entry.namespace && hosts.includes(one.hostname))
    if (service !== undefined) return { dump, service }
  }
  return undefined
}

function* withoutAddress(entry: KubernetesObject, { dump, service }: Recorded): Generator<Found> {
  if (service.vips.length + service.cidrVips.length > 0 || service.hostname.startsWith('*')) return
  yield {
    objects: [refOf(entry)],
    says: `${named(entry)} has no address, so ztunnel cannot tell its traffic: ${service.hostname} is passed through`,
    evidence: [citeRecord(dump, service, '/vips', '[]')],
  }
}

/** Only allocated addresses are known to ztunnel's DNS alone. */
function* resolvedElsewhere(world: World, entry: KubernetesObject, { dump, service }: Recorded): Generator<Found> {
  if (list(entry.spec.addresses).length > 0 || list(entry.status.addresses).length === 0) return
  for (const pod of world.pods) {
    if (pod.object?.annotations[dnsCapture] !== 'false' || membershipOf(world, pod).captured !== 'yes') continue
    yield {
      objects: [podRef(pod), refOf(entry)],
      says: `pod ${pod.namespace}/${pod.name} does not ask ztunnel for ${service.hostname}: it dials another address, past the waypoint`,
      evidence: [
        citeMetadata(pod.object, 'annotations', dnsCapture),
        cite(entry, '/status/addresses', service.vips.map(({ ip }) => ip).join(', ')),
        citeRecord(dump, service, '/waypoint'),
      ],
      severity: 'info',
      confidence: 'likely',
    }
  }
}

/** Outbound lines to an address that serves the entry, as far as can be told, and that ztunnel did not take for it. */
function* dialledDirectly(world: World, entry: KubernetesObject, { service }: Recorded): Generator<Found> {
  const bypasses = passedThrough(world, [...service.ports].flat())
  const written = list(entry.spec.endpoints).flatMap(endpoint => text(asRecord(endpoint).address) ?? [])
  const isByName = text(entry.spec.resolution)?.startsWith('DNS') === true
  const own = bypasses.filter(
    ({ ip, line }) => written.includes(ip) || (isByName && line.fields['dst.workload'] !== undefined),
  )
  const isSuspect = ({ ip }: Passed): boolean =>
    written.includes(ip) || bypasses.some(one => one.ip === ip && resolvesElsewhere(world, one.client))
  const suspects = own.filter(isSuspect)
  const told = suspects.length > 0 ? suspects : own
  const [first] = told
  if (first === undefined) return
  yield {
    objects: [refOf(entry)],
    says: `${someOf(told.map(({ client }) => client))} dialled ${first.line.fields['dst.addr']}, which ${named(entry)} may stand for, past its waypoint`,
    evidence: [citeLine(first.line), cite(entry, '/status/addresses', service.vips.map(({ ip }) => ip).join(', '))],
    confidence: written.includes(first.ip) ? 'likely' : 'possible',
    ...(suspects.length === 0 && { severity: 'info' as const }),
  }
}

interface Passed {
  readonly line: LogLine
  /** `namespace/name` */
  readonly client: string
  readonly ip: string
}

/** Connections to addresses outside the cluster that ztunnel took for no service. */
const passedThrough = (world: World, ports: readonly number[]): readonly Passed[] =>
  world.mesh.logs.flatMap(line => {
    const { fields } = line
    const dialled = socketOf(fields['dst.addr'] ?? '')
    const isTaken = fields['dst.service'] !== undefined || fields['dst.hbone_addr'] !== undefined
    if (fields.direction !== 'outbound' || isTaken || dialled === undefined || !ports.includes(dialled.port)) return []
    const owner = world.podAt(dialled.ip)
    const isMachine = owner?.workload?.uid.includes('/WorkloadEntry/') === true
    if (owner?.object !== undefined || isMachine || world.nodeAt(dialled.ip) !== undefined) return []
    return [{ line, client: `${fields['src.namespace']}/${fields['src.workload']}`, ip: dialled.ip }]
  })

/** Such a client gets the public addresses of a host where others get those that only ztunnel knows. */
const resolvesElsewhere = (world: World, client: string): boolean => {
  const [namespace = '', name = ''] = client.split('/')
  return world.podNamed(namespace, name)?.object?.annotations[dnsCapture] === 'false'
}
