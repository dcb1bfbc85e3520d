import { defineCheck } from '../check.ts'

export default defineCheck({
  code: 'AMB013',
  title: "A captured pod that its ztunnel's configuration does not know",
  severity: 'error',
  means:
    'ztunnel waits five seconds for the workload, then refuses: the pod can neither send nor receive. Others reach neither its service nor, over HBONE, its address.',
  causes: [
    'istiod is down or ztunnel is not connected to it: pods created since then are unknown',
    'the pod is outside the discovery selectors, or belongs to another revision',
  ],
  fix: 'Bring istiod back or reconnect ztunnel; then the pod appears by itself.',
  *find(world) {
    for (const dump of world.mesh.ztunnels) {
      const known = new Set(dump.workloads.map(({ namespace, name }) => `${namespace}/${name}`))
      for (const { info, state, pointer } of dump.pods ?? []) {
        if (info === undefined || known.has(`${info.namespace}/${info.name}`)) continue
        yield {
          objects: [{ kind: 'Pod', namespace: info.namespace, name: info.name }],
          says: `ztunnel on ${dump.config.localNode ?? 'an unknown node'} serves pod ${info.namespace}/${info.name} (${state}) but has no workload of that name`,
          evidence: [
            { from: 'dump', file: dump.file, pointer, value: state },
            { from: 'absence', file: dump.file, lookedFor: `workload ${info.namespace}/${info.name}` },
          ],
        }
      }
    }
  },
})
