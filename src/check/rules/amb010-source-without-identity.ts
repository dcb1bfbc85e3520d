import type { Authorization, Workload } from '#model/ztunnel.ts'
import type { Pod, World } from '#trace/world.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeLine, citeRecord, podRef, recordRef } from '../cite.ts'
import { plaintextPods, spiffe } from '../pods.ts'
import { refusalOf } from '../refusal.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB010',
  title: 'A policy allows a client that has no identity',
  severity: 'warning',
  means:
    'The policy names the service account or namespace of a pod that is outside the mesh: it sends plaintext without an identity, which no such rule matches, and is closed.',
  causes: [
    'the pod or its namespace was not brought into the mesh, or opted out',
    'the client is a gateway or job that cannot be captured',
  ],
  fix: 'Bring the client into the mesh, or allow its addresses with ipBlocks.',
  *find(world) {
    const clients = plaintextClients(world)
    for (const index of ztunnelIndexes(world))
      for (const policy of index.dump.policies) {
        if (policy.action !== 'Allow' || !namesClients(policy)) continue
        const workload = guarded(index, policy)
        if (workload === undefined) continue
        for (const client of clients) {
          const found = lostIdentity(world, index, policy, workload, client)
          if (found !== undefined) yield found
        }
      }
  },
})

/** One pod of each service account. */
const plaintextClients = (world: World): readonly Pod[] => [
  ...new Map(plaintextPods(world).map(pod => [`${pod.namespace}/${pod.serviceAccount}`, pod] as const)).values(),
]

const namesClients = ({ rules }: Authorization): boolean =>
  rules.some(rule =>
    rule.some(clause =>
      clause.some(match => match.namespaces.length + match.principals.length + match.serviceAccounts.length > 0),
    ),
  )

const guarded = ({ dump }: ZtunnelIndex, { namespace, name, scope }: Authorization): Workload | undefined =>
  dump.workloads.find(
    workload =>
      workload.protocol === 'HBONE' &&
      (workload.authorizationPolicies.includes(`${namespace}/${name}`) ||
        (scope === 'Namespace' && workload.namespace === namespace)),
  )

const lostIdentity = (
  world: World,
  index: ZtunnelIndex,
  policy: Authorization,
  workload: Workload,
  client: Pod,
): Found | undefined => {
  const [src] = client.ips
  const [ip] = workload.workloadIps
  const port = portOf(policy)
  if (src === undefined || ip === undefined) return undefined
  const trustDomain = workload.trustDomain
  const identity = spiffe(trustDomain, client.namespace, client.serviceAccount)
  const plain = { src, dst: { ip, port } }
  if (refusalOf(index, workload, { ...plain, identity }) !== undefined) return undefined
  if (refusalOf(index, workload, plain)?.code !== 'rbac-no-allow') return undefined
  const line = world.mesh.logs.find(
    ({ fields }) =>
      fields.direction === 'inbound' &&
      fields['src.identity'] === undefined &&
      fields['src.workload'] === client.name &&
      fields.error?.includes('allow policies exist, but none allowed') === true,
  )
  return {
    objects: [podRef(client), recordRef(policy)],
    says: `${policy.namespace}/${policy.name} would allow ${client.namespace}/${client.name} by its identity, which it does not have outside the mesh`,
    evidence: [citeRecord(index.dump, policy, '/rules', identity), ...(line === undefined ? [] : [citeLine(line)])],
    severity: line === undefined ? 'warning' : 'error',
    confidence: line === undefined ? 'likely' : 'certain',
  }
}

/** A port that the policy speaks of, so that only the client decides. */
const portOf = ({ rules }: Authorization): number =>
  rules.flatMap(rule => rule.flatMap(clause => clause.flatMap(match => match.destinationPorts)))[0] ?? 80
