import type { ConnectionRecord, PodState } from '#model/ztunnel.ts'
import type { World } from '#trace/world.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { addressKey } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeLine, recordRef } from '../cite.ts'
import { spiffe } from '../pods.ts'
import { refusalOf } from '../refusal.ts'
import { waypointName, waypointWorkloads } from '../waypoint-use.ts'
import { socketOf, workloadAt, ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB031',
  title: 'A connection is older than the policy or waypoint that should govern it',
  severity: 'warning',
  means:
    'Open connections keep the way and the verdict of their beginning: a policy that selects workloads does not close them, and they do not move to a new waypoint. Policies of a whole namespace, or of the root namespace, do close them.',
  causes: ['long-lived TCP, or connections that a waypoint keeps in its pool'],
  fix: 'Restart the clients, or the waypoint that keeps the connection.',
  *find(world) {
    for (const index of ztunnelIndexes(world))
      for (const pod of index.dump.pods ?? [])
        for (const connection of pod.connections) {
          const found =
            connection.direction === 'inbound'
              ? nowRefused(index, pod, connection)
              : pastWaypoint(index, pod, connection)
          if (found !== undefined) yield found
        }
    yield* cut(world)
  },
})

const evidenceOf = ({ dump }: ZtunnelIndex, pod: PodState, connection: ConnectionRecord): Found['evidence'][0] => ({
  from: 'dump',
  file: dump.file,
  pointer: `${pod.pointer}/connections/${connection.direction}`,
  value: `${connection.src} -> ${connection.originalDst ?? connection.actualDst} (${connection.actualDst})`,
})

const nowRefused = (index: ZtunnelIndex, pod: PodState, connection: ConnectionRecord): Found | undefined => {
  const dst = socketOf(connection.actualDst)
  const src = socketOf(connection.src)
  const own = dst === undefined ? undefined : workloadAt(index, dst.ip)
  if (dst === undefined || src === undefined || own === undefined) return undefined
  const client = workloadAt(index, src.ip)
  if (connection.protocol !== 'TCP' && client === undefined) return undefined
  const identity =
    client === undefined || connection.protocol === 'TCP'
      ? undefined
      : spiffe(client.trustDomain, client.namespace, client.serviceAccount)
  const refusal = refusalOf(index, own, { src: src.ip, dst, identity })
  if (refusal === undefined) return undefined
  return {
    objects: [recordRef(own), ...(client === undefined ? [] : [recordRef(client)])],
    says: `${own.namespace}/${own.name} holds a connection of ${client === undefined ? src.ip : `${client.namespace}/${client.name}`} to port ${dst.port} that its policies refuse now: ${refusal.text}`,
    evidence: [evidenceOf(index, pod, connection)],
  }
}

const pastWaypoint = (index: ZtunnelIndex, pod: PodState, connection: ConnectionRecord): Found | undefined => {
  const dialled = socketOf(connection.originalDst ?? '')
  const actual = socketOf(connection.actualDst)
  if (dialled === undefined || actual === undefined) return undefined
  const service = index.servicesByVip.get(addressKey(index.dump.config.network, dialled.ip))?.[0]
  if (service?.waypoint === undefined) return undefined
  const proxies = waypointWorkloads(index, service.waypoint)
  const owner = workloadAt(index, actual.ip)
  if (owner === undefined || proxies.length === 0 || proxies.includes(owner)) return undefined
  if (!service.endpoints.some(({ workloadUid }) => workloadUid === owner.uid)) return undefined
  return {
    objects: [
      recordRef(service),
      ...(pod.info === undefined ? [] : [{ kind: 'Pod', namespace: pod.info.namespace, name: pod.info.name }]),
    ],
    says: `${pod.info === undefined ? 'a pod' : `${pod.info.namespace}/${pod.info.name}`} holds a connection to ${service.namespace}/${service.name}:${dialled.port} that goes straight to ${owner.namespace}/${owner.name}, past waypoint ${waypointName(index, service.waypoint)}`,
    evidence: [evidenceOf(index, pod, connection)],
  }
}

/** Connections that a policy did close: the client sees a reset in the middle of its work. */
function* cut({ mesh }: World): Generator<Found> {
  for (const line of mesh.logs) {
    if (!isCut.test(line.fields.error ?? '') || line.fields['dst.workload'] === undefined) continue
    yield {
      objects: [{ kind: 'Pod', namespace: line.fields['dst.namespace'] ?? '', name: line.fields['dst.workload'] }],
      says: `a new policy closed open connections to ${line.fields['dst.namespace']}/${line.fields['dst.workload']}`,
      evidence: [citeLine(line)],
      severity: 'info',
    }
  }
}

const isCut = /connection closed due to policy change/
