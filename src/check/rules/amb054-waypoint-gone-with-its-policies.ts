import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, named } from '../cite.ts'
import type { WaypointUse } from '../waypoint-use.ts'
import { isMissing, waypointUses } from '../waypoint-use.ts'

const kinds = ['AuthorizationPolicy', 'RequestAuthentication', 'HTTPRoute', 'GRPCRoute']

export default defineCheck({
  code: 'AMB054',
  title: 'The Gateway of a waypoint is gone, and what it enforced is open',
  severity: 'error',
  means:
    'The label that asks for the waypoint is still there, but without the Gateway traffic goes straight to the pods: nothing that the policies refuse is refused, and no client notices.',
  causes: ['the Gateway was deleted or renamed while policies and labels stayed'],
  fix: 'Create the Gateway again, or restrict the pods with policies that ztunnel enforces until it is back.',
  *find(world) {
    if (!world.mesh.kubernetes.knows('Gateway')) return
    const open = waypointUses(world).filter(use => isMissing(world, use))
    for (const use of open) {
      const [first, ...others] = kinds
        .flatMap(kind => world.mesh.kubernetes.of(kind))
        .filter(policy => isMeantFor(world, policy, use))
      if (first === undefined) continue
      const { user, waypoint, evidence } = use
      yield {
        objects: [{ kind: 'Gateway', ...waypoint }, refOf(user), refOf(first), ...others.map(refOf)],
        says: `waypoint ${waypoint.namespace}/${waypoint.name} of ${named(user)} does not exist: ${[first, ...others].map(named).join(', ')} ${others.length === 0 ? 'does' : 'do'} nothing`,
        evidence: [evidence, ...[first, ...others].map(one => cite(one, targetPointer(one)))],
      }
    }
  },
})

const targetPointer = ({ spec }: KubernetesObject): string =>
  spec.targetRefs !== undefined
    ? '/spec/targetRefs'
    : spec.parentRefs !== undefined
      ? '/spec/parentRefs'
      : '/spec/targetRef'

/** It targets the Gateway, the user itself, or a service of the namespace that is the user. */
const isMeantFor = (world: World, policy: KubernetesObject, { user, waypoint }: WaypointUse): boolean =>
  [...list(policy.spec.targetRefs), ...list(policy.spec.parentRefs), policy.spec.targetRef]
    .map(asRecord)
    .some(({ kind, name }) => {
      if (kind === 'Gateway') return policy.namespace === waypoint.namespace && name === waypoint.name
      const space = user.kind === 'Namespace' ? user.name : user.namespace
      if (kind !== 'Service' || policy.namespace !== space) return false
      const own = world.mesh.kubernetes.get('Service', space, String(name))?.labels['istio.io/use-waypoint']
      return user.kind === 'Namespace' ? own === undefined : user.kind === 'Service' && user.name === name
    })
