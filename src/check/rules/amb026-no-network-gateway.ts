import { defineCheck } from '../check.ts'
import { citeRecord, recordRef } from '../cite.ts'

export default defineCheck({
  code: 'AMB026',
  title: 'A workload on another network has no gateway',
  severity: 'error',
  means:
    'Requests for which this endpoint is chosen are refused: no valid routing destination for workload. Its address, dialled directly, is passed through in plaintext.',
  causes: [
    'no east-west gateway for that network, or it is not labelled topology.istio.io/network',
    'a wrong network on a WorkloadEntry',
  ],
  fix: 'Deploy or label the east-west Gateway of that network, or correct the network of the workload.',
  *find(world) {
    for (const dump of world.mesh.ztunnels)
      for (const workload of dump.workloads) {
        if (workload.network === dump.config.network || workload.networkGateway !== undefined) continue
        const services = dump.services.filter(({ endpoints }) =>
          endpoints.some(({ workloadUid }) => workloadUid === workload.uid),
        )
        if (services.length === 0) continue
        yield {
          objects: [recordRef(workload)],
          says: `workload ${workload.namespace}/${workload.name} is on network "${workload.network}", for which no gateway is known; it is an endpoint of ${services.map(({ hostname }) => hostname).join(', ')}`,
          evidence: [citeRecord(dump, workload, '/network', workload.network)],
        }
      }
  },
})
