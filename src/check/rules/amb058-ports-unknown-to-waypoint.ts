import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { Service } from '#model/ztunnel.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, named } from '../cite.ts'

export default defineCheck({
  code: 'AMB058',
  title: 'A policy of a waypoint on ports that a hostname authority bypasses',
  severity: 'info',
  means:
    'Where a tunnel names its destination by hostname, the waypoint knows no destination port: a DENY on a port does not deny, an ALLOW on a port does not allow. Tunnels from other networks, and to services without addresses, are of this kind.',
  causes: ['to.operation.ports or when destination.port in a policy with targetRefs'],
  fix: 'Write the policy without ports, such as one policy for each service.',
  *find(world) {
    for (const policy of world.mesh.kubernetes.of('AuthorizationPolicy')) {
      const targets = [...list(policy.spec.targetRefs), policy.spec.targetRef].map(asRecord)
      const pointer = portsPointer(policy)
      if (pointer === undefined || !targets.some(({ kind }) => kind !== undefined)) continue
      const reached = reachedByName(world, policy, targets)
      yield {
        objects: [refOf(policy)],
        says: `${named(policy)} decides by port at a waypoint${reached === undefined ? '' : `, and ${reached.service.hostname} has no address: it is reached by hostname`}`,
        evidence: [
          cite(policy, pointer),
          ...(reached === undefined ? [] : [citeRecord(reached.dump, reached.service, '/vips', '[]')]),
        ],
        severity: reached === undefined ? 'info' : 'warning',
        confidence: reached === undefined ? 'possible' : 'likely',
      }
    }
  },
})

const portsPointer = ({ spec }: KubernetesObject): string | undefined => {
  for (const [index, rule] of list(spec.rules).map(asRecord).entries()) {
    const to = list(rule.to).findIndex(entry => {
      const { ports, notPorts } = asRecord(asRecord(entry).operation)
      return list(ports).length + list(notPorts).length > 0
    })
    if (to >= 0) return `/spec/rules/${index}/to/${to}/operation`
    const when = list(rule.when).findIndex(entry => asRecord(entry).key === 'destination.port')
    if (when >= 0) return `/spec/rules/${index}/when/${when}`
  }
  return undefined
}

const reachedByName = (
  { mesh }: World,
  policy: KubernetesObject,
  targets: readonly Readonly<Record<string, unknown>>[],
): { readonly dump: World['mesh']['ztunnels'][number]; readonly service: Service } | undefined => {
  const names = targets
    .filter(({ kind }) => kind === 'Service' || kind === 'ServiceEntry')
    .map(({ name }) => text(name))
  for (const dump of mesh.ztunnels) {
    const service = dump.services.find(
      one =>
        one.namespace === policy.namespace &&
        names.includes(one.name) &&
        one.vips.length === 0 &&
        one.waypoint !== undefined,
    )
    if (service !== undefined) return { dump, service }
  }
  return undefined
}
