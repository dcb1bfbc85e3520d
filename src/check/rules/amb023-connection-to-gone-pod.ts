import { defineCheck } from '../check.ts'
import { socketOf, workloadAt, ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB023',
  title: 'A tunnel leads to an address that no workload has',
  severity: 'warning',
  means:
    'The tunnel was opened to a pod that is gone. When its address is given to another pod, requests through it fail now and then.',
  causes: ['the pod ended without closing the connection, and its address may be used again soon'],
  fix: 'Restart the client, and keep addresses of ended pods unused for a while (cool-down of the address manager).',
  *find(world) {
    for (const index of ztunnelIndexes(world)) {
      if (index.dump.missing.includes('workloads')) continue
      for (const pod of index.dump.pods ?? [])
        for (const { direction, protocol, actualDst, src } of pod.connections) {
          const dst = socketOf(actualDst)
          if (direction !== 'outbound' || protocol !== 'HBONE' || dst?.port !== 15008) continue
          if (workloadAt(index, dst.ip) !== undefined || isServed(index, dst.ip)) continue
          yield {
            objects: [{ kind: 'Pod', namespace: pod.info?.namespace ?? '', name: pod.info?.name ?? '' }],
            says: `${pod.info?.namespace}/${pod.info?.name} keeps a tunnel to ${dst.ip}, which belongs to no workload`,
            evidence: [
              {
                from: 'dump',
                file: index.dump.file,
                pointer: `${pod.pointer}/connections/outbound`,
                value: `${src} -> ${actualDst}`,
              },
            ],
            confidence: 'likely',
          }
        }
    }
  },
})

/** Gateways of other networks are dialled by the address of a service. */
const isServed = ({ dump }: ReturnType<typeof ztunnelIndexes>[number], ip: string): boolean =>
  dump.services.some(({ vips }) => vips.some(vip => vip.ip === ip)) ||
  dump.workloads.some(
    ({ networkGateway }) => networkGateway?.destination.kind === 'address' && networkGateway.destination.ip === ip,
  )
