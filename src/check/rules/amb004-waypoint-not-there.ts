import type { NonEmpty } from '#model/evidence.ts'
import { refOf } from '#model/kubernetes.ts'
import type { GatewayAddress, Service, Workload } from '#model/ztunnel.ts'
import type { World } from '#trace/world.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeRecord, conditionOf, named, recordRef } from '../cite.ts'
import type { Cited } from '../finding.ts'
import { mostObjects, someOf, together } from '../together.ts'
import type { WaypointUse } from '../waypoint-use.ts'
import {
  isMissing,
  waypointName,
  waypointRecord,
  waypointService,
  waypointUses,
  waypointWorkloads,
} from '../waypoint-use.ts'
import { ztunnelIndexes } from '../ztunnels.ts'

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
    const told = new Set<string>()
    for (const use of waypointUses(world)) {
      const finding = missingGateway(world, use) ?? notProgrammed(world, use) ?? withoutPods(world, use)
      if (finding === undefined) continue
      told.add(wanted(use))
      yield finding
    }
    for (const index of ztunnelIndexes(world)) yield* unserved(world, index, told)
  },
})

const wanted = ({ waypoint }: WaypointUse): string => `${waypoint.namespace}/${waypoint.name}`

const missingGateway = (world: World, use: WaypointUse): Found | undefined => {
  const { user, waypoint, evidence } = use
  if (!isMissing(world, use)) return undefined
  const bound = conditionOf(user, 'istio.io/WaypointBound')
  return {
    objects: [refOf(user), { kind: 'Gateway', ...waypoint }],
    says: `${named(user)} asks for waypoint ${wanted(use)}, which ${world.mesh.kubernetes.knows('Gateway') ? 'does not exist' : 'is not there'}: its traffic goes direct`,
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
  const { kubernetes } = world.mesh
  const found = waypointService(world, use.waypoint)
  const gateway = kubernetes.get('Gateway', use.waypoint.namespace, use.waypoint.name)
  if (found === undefined || found.service.endpoints.length > 0 || gateway === undefined) return undefined
  return {
    objects: [refOf(gateway), refOf(use.user)],
    says: `waypoint ${wanted(use)} is attached to ${named(use.user)} but has no endpoint: every request through it fails`,
    evidence: [
      citeRecord(found.dump, found.service, '/endpoints', '{}'),
      ...replicasOf(world, use.waypoint),
      use.evidence,
    ],
  }
}

const replicasOf = ({ mesh }: World, { namespace, name }: WaypointUse['waypoint']): readonly Cited[] => {
  const deployment = mesh.kubernetes.get('Deployment', namespace, name)
  return deployment === undefined ? [] : [cite(deployment, '/spec/replicas', String(deployment.spec.replicas))]
}

interface Attached {
  readonly record: Service | Workload
  readonly reference: GatewayAddress
}

/** Without objects: a waypoint that a ztunnel sends traffic to, and that no proxy serves. */
function* unserved(world: World, index: ZtunnelIndex, told: ReadonlySet<string>): Generator<Found> {
  const { dump } = index
  if (dump.missing.includes('workloads') || dump.missing.includes('services')) return
  const attached = [...dump.services, ...dump.workloads].flatMap(record =>
    record.waypoint !== undefined && waypointWorkloads(index, record.waypoint).length === 0
      ? [{ record, reference: record.waypoint }]
      : [],
  )
  for (const group of together(attached, ({ reference }) => waypointName(index, reference)))
    if (!told.has(waypointName(index, group[0].reference))) yield emptyWaypoint(world, index, group)
}

const emptyWaypoint = (world: World, index: ZtunnelIndex, group: NonEmpty<Attached>): Found => {
  const [{ record, reference }] = group
  const service = waypointRecord(index, reference)
  const names = group.map(one => `${one.record.namespace}/${one.record.name}`)
  const waypoint = service ?? nameIn(reference)
  return {
    objects: [
      { kind: 'Gateway', namespace: waypoint.namespace, name: waypoint.name },
      ...group.slice(0, mostObjects).map(one => recordRef(one.record)),
    ],
    says: `waypoint ${waypointName(index, reference)} is attached to ${someOf(names)} but has no endpoint: every request through it fails`,
    evidence: [
      citeRecord(index.dump, record, '/waypoint', waypointName(index, reference)),
      ...(service === undefined ? [] : [citeRecord(index.dump, service, '/endpoints', '{}')]),
      ...replicasOf(world, waypoint),
    ],
  }
}

/** istiod names the service of a Gateway after it. */
const nameIn = ({ destination }: GatewayAddress): { readonly namespace: string; readonly name: string } =>
  destination.kind === 'hostname'
    ? { namespace: destination.namespace, name: destination.hostname.split('.')[0] ?? destination.hostname }
    : { namespace: '', name: destination.ip }
