import type { Evidence, ObjectRef, Reason } from '#model/evidence.ts'
import type { Service, Workload } from '#model/ztunnel.ts'
import { socketText } from '#reason/address.ts'
import type { LostEndpoint, ZtunnelStep } from '#ztunnel/steps.ts'
import { serviceKey, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Step, StepDetails } from './step.ts'
import { step } from './step.ts'

/** The steps of an outbound decision that a reader follows; finer ones become the reasons of the step they prepared. */
export const traceSteps = (steps: readonly ZtunnelStep[], index: ZtunnelIndex, dialled: number): readonly Step[] => {
  const told: Step[] = []
  for (const each of steps) {
    const one = traceStep(each, index, dialled, steps)
    if (one !== undefined) told.push(one)
  }
  return told
}

const traceStep = (
  each: ZtunnelStep,
  index: ZtunnelIndex,
  dialled: number,
  all: readonly ZtunnelStep[],
): Step | undefined => {
  const { file } = index.dump
  switch (each.kind) {
    case 'address': {
      const found = each.found?.kind === 'service' ? each.found.service : each.found?.workload
      const address = each.ip
      if (found === undefined || each.found === undefined)
        return step('address', { address, found: 'nothing' }, [
          { from: 'absence', file, lookedFor: `workload or service with address ${each.network}/${each.ip}` },
        ])
      return step('address', { address, found: each.found.kind, object: refOf(found) }, [cite(file, found)])
    }
    case 'waypoint-reference':
      return step(
        'waypoint',
        {
          waypoint: destinationText(each.reference),
          of: ownerOf(each.of),
          why: 'attached',
          ...(isService(each.of) &&
            !each.of.ports.has(dialled) && { unserved: { port: dialled, ports: portsOf(each.of) } }),
        },
        [{ ...cite(file, each.of), pointer: `${each.of.pointer}/waypoint` }],
      )
    case 'waypoint-skipped':
      return step('waypoint', { of: ownerOf(each.of), why: each.why }, [cite(file, each.of)])
    case 'endpoint': {
      const lost = each.lost.map(lostReason)
      if (each.chosen === undefined)
        return step('no-endpoint', noEndpoint(index, each), [cite(file, each.service)], lost)
      const network = networkOf(each.chosen, all)
      return step(
        'endpoint',
        {
          workload: nameOf(each.chosen),
          address: addressOf(each.chosen, all),
          candidates: each.candidates.length,
          ...(network !== undefined && { network }),
        },
        [cite(file, each.chosen)],
        lost,
      )
    }
    default:
      return undefined
  }
}

const lostReason = ({ workloadUid, why }: LostEndpoint): Reason => ({
  holds: 'no',
  text: `${workloadUid}: ${why}`,
  evidence: [],
  because: [],
})

const noEndpoint = (
  index: ZtunnelIndex,
  { service, port, lost }: Extract<ZtunnelStep, { kind: 'endpoint' }>,
): StepDetails['no-endpoint'] => {
  const endpoints = new Set(service.endpoints.map(({ workloadUid }) => workloadUid))
  const belonging = index.workloadsByService.get(serviceKey(service)) ?? []
  const counts: Partial<Record<LostEndpoint['why'], number>> = {}
  for (const { why } of lost) counts[why] = (counts[why] ?? 0) + 1
  return {
    service: nameOf(service),
    port,
    ports: portsOf(service),
    lost: counts,
    unhealthy: belonging.filter(({ uid, status }) => status === 'Unhealthy' && !endpoints.has(uid)).length,
  }
}

const portsOf = ({ ports }: Service): readonly number[] => [...ports.keys()].sort((a, b) => a - b)

const addressOf = (workload: Workload, all: readonly ZtunnelStep[]): string => {
  const ip = all.find(each => each.kind === 'ip' && each.workload === workload)
  const port = all.find(each => each.kind === 'target-port' && each.workload === workload)
  const chosenIp = (ip?.kind === 'ip' ? ip.ip : undefined) ?? workload.workloadIps[0] ?? workload.hostname
  if (chosenIp === '') return ''
  return port?.kind === 'target-port' && port.port !== undefined ? socketText(chosenIp, port.port) : chosenIp
}

/** Of an endpoint to which a gateway leads. */
const networkOf = (workload: Workload, all: readonly ZtunnelStep[]): string | undefined =>
  all.some(each => each.kind === 'network-gateway' && each.of === workload) ? workload.network : undefined

const isService = (record: Service | Workload): record is Service => 'vips' in record

const ownerOf = (record: Service | Workload) =>
  ({ kind: isService(record) ? 'service' : 'workload', name: nameOf(record) }) as const

const nameOf = ({ namespace, name }: Service | Workload): string => `${namespace}/${name}`

const refOf = (record: Service | Workload): ObjectRef => ({
  kind: isService(record) ? 'Service' : 'Pod',
  namespace: record.namespace,
  name: record.name,
})

export const cite = (file: string, record: Service | Workload): Evidence & { from: 'dump' } => ({
  from: 'dump',
  file,
  pointer: record.pointer,
  object: refOf(record),
})

const destinationText = ({ destination }: { destination: NonNullable<Workload['waypoint']>['destination'] }): string =>
  destination.kind === 'address'
    ? `${destination.network}/${destination.ip}`
    : `${destination.namespace}/${destination.hostname.split('.')[0]}`
