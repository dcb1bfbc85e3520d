import { refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, conditionOf, named } from '../cite.ts'
import type { WaypointUse } from '../waypoint-use.ts'
import { isMissing, waypointService, waypointUses } from '../waypoint-use.ts'

export default defineCheck({
  code: 'AMB004',
  title: 'The waypoint that is asked for does not serve',
  severity: 'error',
  means:
    'A waypoint that does not exist, is not ready or is refused is not attached: traffic goes straight to the pods and its policies and routes do nothing. One that is attached but has no running pod fails every request, with all conditions green.',
  causes: [
    'a wrong name or namespace in istio.io/use-waypoint',
    'the Gateway was deleted or never programmed: no such class, no istiod of its revision',
    'its Deployment is scaled to 0 or its pods are not ready',
  ],
  fix: 'Create or repair the Gateway and its pods, correct the label istio.io/use-waypoint, or remove it.',
  *find(world) {
    if (!world.mesh.kubernetes.knows('Gateway')) return
    for (const use of waypointUses(world)) {
      const finding = missingGateway(world, use) ?? notProgrammed(world, use) ?? withoutPods(world, use)
      if (finding !== undefined) yield finding
    }
  },
})

const wanted = ({ waypoint }: WaypointUse): string => `${waypoint.namespace}/${waypoint.name}`

const missingGateway = (world: World, use: WaypointUse): Found | undefined => {
  const { user, waypoint, evidence } = use
  if (!isMissing(world, use)) return undefined
  const bound = conditionOf(user, 'istio.io/WaypointBound')
  return {
    objects: [refOf(user), { kind: 'Gateway', ...waypoint }],
    says: `${named(user)} asks for waypoint ${wanted(use)}, which does not exist: its traffic goes direct`,
    evidence: bound === undefined ? [evidence] : [evidence, bound.evidence],
    confidence: bound?.status === 'False' ? 'certain' : 'likely',
  }
}

const notProgrammed = (world: World, use: WaypointUse): Found | undefined => {
  const { user, waypoint, evidence } = use
  const gateway = world.mesh.kubernetes.get('Gateway', waypoint.namespace, waypoint.name)
  const programmed = gateway === undefined ? undefined : conditionOf(gateway, 'Programmed')
  if (gateway === undefined || programmed === undefined || programmed.status === 'True') return undefined
  return {
    objects: [refOf(gateway), refOf(user)],
    says: `${named(user)} asks for waypoint ${wanted(use)}, which is not programmed (${programmed.reason}): its traffic goes direct`,
    evidence: [programmed.evidence, evidence],
  }
}

const withoutPods = (world: World, use: WaypointUse): Found | undefined => {
  const found = waypointService(world, use.waypoint)
  if (found === undefined || found.service.endpoints.length > 0) return undefined
  const gateway = world.mesh.kubernetes.get('Gateway', use.waypoint.namespace, use.waypoint.name)
  if (gateway === undefined) return undefined
  const deployment = world.mesh.kubernetes.get('Deployment', use.waypoint.namespace, use.waypoint.name)
  const replicas = deployment?.spec.replicas
  return {
    objects: [refOf(gateway), refOf(use.user)],
    says: `waypoint ${wanted(use)} is attached to ${named(use.user)} but has no endpoint: every request through it fails`,
    evidence: [
      citeRecord(found.dump, found.service, '/endpoints', '{}'),
      ...(deployment === undefined ? [] : [cite(deployment, '/spec/replicas', String(replicas))]),
      use.evidence,
    ],
  }
}
