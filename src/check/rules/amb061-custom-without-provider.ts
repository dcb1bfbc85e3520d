import { asRecord, refOf, text } from '#model/kubernetes.ts'
import { defineCheck } from '../check.ts'
import { cite } from '../cite.ts'
import { citeEnvoy, gatewayOf } from '../envoy-walk.ts'
import { mostObjects, together } from '../together.ts'
import { rulesOfWaypoints } from '../waypoint-policies.ts'

/** What istiod appends to the name of a rule whose provider it cannot use (waypoint-measured.md §4). */
const badProvider = /-deny-due-to-bad-CUSTOM-action$/

export default defineCheck({
  code: 'AMB061',
  title: 'A CUSTOM policy without a usable provider denies',
  severity: 'error',
  means:
    'No external service is asked: the waypoint refuses every request that the policy matches, with 403 and RBAC: access denied, and TCP connections are closed.',
  causes: [
    'the name of the provider is not in extensionProviders of the mesh configuration',
    'the definition of the provider is not valid, such as a status code that Envoy does not know',
    'several CUSTOM policies of one workload name different providers',
  ],
  fix: 'Define the provider in extensionProviders of the mesh configuration under the name that the policy has, and look at the log of istiod.',
  *find(world) {
    const bad = [...rulesOfWaypoints(world)].filter(({ id }) => badProvider.test(id))
    for (const rules of together(bad, ({ policy }) => `${policy.namespace}/${policy.name}`)) {
      const [{ policy, listener, pointer, id }] = rules
      const object = world.mesh.kubernetes.get('AuthorizationPolicy', policy.namespace ?? '', policy.name)
      const provider = text(asRecord(object?.spec.provider).name)
      const gateways = together(
        rules.map(({ dump }) => gatewayOf(dump)),
        ({ namespace, name }) => `${namespace}/${name}`,
      ).map(([gateway]) => gateway)
      yield {
        objects: [object === undefined ? policy : refOf(object), ...gateways.slice(0, mostObjects)],
        says: `AuthorizationPolicy ${policy.namespace}/${policy.name} asks ${provider === undefined ? 'an external service' : `provider ${provider}`} that istiod cannot use: ${gateways.map(({ namespace, name }) => `waypoint ${namespace}/${name}`).join(', ')} denies what it matches`,
        evidence: [
          citeEnvoy(listener, pointer, id),
          ...(object === undefined ? [] : [cite(object, '/spec/provider/name', provider)]),
        ],
      }
    }
  },
})
