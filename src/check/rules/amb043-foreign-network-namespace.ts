import type { PodState } from '#model/ztunnel.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeLine, recordRef } from '../cite.ts'
import { socketOf, workloadAt, ztunnelIndexes } from '../ztunnels.ts'

export default defineCheck({
  code: 'AMB043',
  title: 'ztunnel serves the network namespace of one pod as another pod',
  severity: 'error',
  means:
    'What one pod sends carries the identity of the other: policies admit and refuse the wrong workload, and certificates are those of the wrong service account.',
  causes: [
    'istio-cni paired a pod with the namespace of another one, in which a foreign process ran: it compares no address before 1.29.7 and 1.30.4',
  ],
  fix: 'Delete both pods, then update istio-cni and ztunnel.',
  fixedIn: ['1.29.7', '1.30.4'],
  *find(world) {
    for (const index of ztunnelIndexes(world))
      for (const pod of index.dump.pods ?? []) {
        const found = foreign(index, pod)
        if (found !== undefined) yield found
      }
    for (const line of world.mesh.logs) {
      const name = line.fields['dst.workload'] ?? line.fields['src.workload']
      if (name === undefined || !/workload mismatch/.test(line.fields.error ?? '')) continue
      const namespace = line.fields['dst.workload'] === undefined ? 'src.namespace' : 'dst.namespace'
      yield {
        objects: [{ kind: 'Pod', namespace: line.fields[namespace] ?? '', name }],
        says: `ztunnel met traffic of another workload in the namespace of ${line.fields[namespace]}/${name}`,
        evidence: [citeLine(line)],
        confidence: 'likely',
      }
    }
  },
})

/** Every connection that it opened comes from the address of another pod of this node. */
const foreign = (index: ZtunnelIndex, pod: PodState): Found | undefined => {
  const { info } = pod
  const own = index.dump.workloads.find(one => one.namespace === info?.namespace && one.name === info.name)
  const opened = pod.connections.filter(({ direction }) => direction === 'outbound')
  const [first] = opened
  if (info === undefined || own === undefined || first === undefined) return undefined
  const sources = opened.map(({ src }) => socketOf(src)?.ip)
  if (sources.some(ip => ip === undefined || own.workloadIps.includes(ip))) return undefined
  const other = workloadAt(index, sources[0] ?? '')
  if (other === undefined || other.uid === own.uid || other.node !== own.node) return undefined
  return {
    objects: [recordRef(own), recordRef(other)],
    says: `what ${other.namespace}/${other.name} sends is taken for traffic of ${info.namespace}/${info.name}`,
    evidence: [
      {
        from: 'dump',
        file: index.dump.file,
        pointer: `${pod.pointer}/connections/outbound`,
        value: `${first.src} in the namespace of ${own.workloadIps.join(', ')}`,
      },
    ],
  }
}
