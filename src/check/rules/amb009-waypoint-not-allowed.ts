import type { NonEmpty } from '#model/evidence.ts'
import type { Authorization, Service, Workload } from '#model/ztunnel.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'
import { spiffe } from '../pods.ts'
import { refusalOf } from '../refusal.ts'
import { someOf, together } from '../together.ts'
import { waypointName, waypointWorkloads } from '../waypoint-use.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB009',
  title: 'A policy at the destination does not allow the waypoint',
  severity: 'error',
  means:
    'Behind a waypoint the ztunnel of the server sees the identity of the waypoint, not that of the client: every request through the waypoint gets 503, TCP is closed. Connections that the waypoint had opened before go on until they end.',
  causes: ['an ALLOW policy names the clients only', 'the waypoint was added after the policy'],
  fix: 'Add the service account of the waypoint to the policy of the workload, and restrict the clients with a policy that targets the waypoint.',
  *find(world) {
    for (const index of ztunnelIndexes(world))
      for (const group of together(refusedIn(index), ({ policies, service }) =>
        [...policies, service].map(({ namespace, name }) => `${namespace}/${name}`).join(' '),
      ))
        yield foundFor(index, group)
  },
})

interface Refused {
  readonly service: Service
  readonly workload: Workload
  readonly waypoint: string
  readonly identity: string
  readonly text: string
  readonly policies: NonEmpty<Authorization>
}

function* refusedIn(index: ZtunnelIndex): Generator<Refused> {
  for (const service of index.dump.services) {
    const seen = new Set<string>()
    for (const { workloadUid, ports } of service.endpoints) {
      const workload = index.workloadsByUid.get(workloadUid)
      const port = [...service.ports].map(([own, target]) => ports.get(own) ?? target).find(target => target > 0)
      if (service.waypoint === undefined || workload === undefined || port === undefined) continue
      const key = workload.workloadName || workload.name
      if (seen.has(key)) continue
      seen.add(key)
      const refused = refusedBehind(index, workload, port, service)
      if (refused !== undefined) yield refused
    }
  }
}

const foundFor = ({ dump }: ZtunnelIndex, group: NonEmpty<Refused>): Found => {
  const [{ service, workload, waypoint, identity, text, policies }] = group
  const [first, ...others] = policies
  const names = someOf(group.map(one => `${one.workload.namespace}/${one.workload.workloadName || one.workload.name}`))
  return {
    objects: [recordRef(first), ...others.map(recordRef), recordRef(service)],
    says: `${names} ${group.length === 1 ? 'refuses' : 'refuse'} waypoint ${waypoint} (${identity}), through which ${service.namespace}/${service.name} is reached: ${text}`,
    evidence: [
      citeRecord(dump, first, '/rules', text),
      citeRecord(dump, service, '/waypoint', waypoint),
      citeRecord(dump, workload, '/authorizationPolicies', workload.authorizationPolicies.join(', ')),
    ],
  }
}

/** Policies that allow nobody have not forgotten the waypoint. */
const refusedBehind = (
  index: ZtunnelIndex,
  workload: Workload,
  port: number,
  service: Service,
): Refused | undefined => {
  const reference = service.waypoint
  const proxy = reference === undefined ? undefined : waypointWorkloads(index, reference)[0]
  const [ip] = workload.workloadIps
  const [src] = proxy?.workloadIps ?? []
  if (reference === undefined || proxy === undefined || ip === undefined || src === undefined) return undefined
  const identity = spiffe(proxy.trustDomain, proxy.namespace, proxy.serviceAccount)
  const refusal = refusalOf(index, workload, { src, dst: { ip, port }, identity })
  if (refusal === undefined) return undefined
  const keys = workload.authorizationPolicies
  const policies = index.dump.policies.filter(
    ({ namespace, name, scope, action }) =>
      action === (refusal.code === 'rbac-explicit-deny' ? 'Deny' : 'Allow') &&
      (keys.includes(`${namespace}/${name}`) ||
        scope === 'Global' ||
        (scope === 'Namespace' && namespace === workload.namespace)),
  )
  const [first, ...others] = policies
  if (first === undefined || policies.every(({ rules }) => rules.length === 0)) return undefined
  const waypoint = waypointName(index, reference)
  return { service, workload, waypoint, identity, text: refusal.text, policies: [first, ...others] }
}
