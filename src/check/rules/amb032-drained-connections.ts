import { refOf } from '#model/kubernetes.ts'
import type { LogLine } from '#model/log.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, citeLine } from '../cite.ts'
import type { Cited } from '../finding.ts'

export default defineCheck({
  code: 'AMB032',
  title: 'A ztunnel that stopped cut connections',
  severity: 'info',
  means: 'Connections that were open when a ztunnel or their pod stopped were closed at the end of its grace period.',
  causes: ['a rollout or restart of the ztunnel DaemonSet', 'a node that was drained'],
  fix: 'Lengthen terminationGracePeriodSeconds of ztunnel, roll it out with the node drained, and let clients connect again.',
  *find(world) {
    const lines = world.mesh.logs.filter(({ fields, message }) => isDrain.test(fields.error ?? message))
    const [first, ...others] = lines
    if (first === undefined) return
    const rollout = unfinishedRollout(world)
    yield {
      objects: [rollout?.object ?? { kind: 'DaemonSet', namespace: 'istio-system', name: 'ztunnel' }],
      says: `${lines.length} connections were cut as a ztunnel or a pod stopped, such as ${partiesOf(first)}${rollout === undefined ? '' : `; ${rollout.says}`}`,
      evidence: [
        citeLine(first),
        ...others.slice(0, 2).map(citeLine),
        ...(rollout === undefined ? [] : [rollout.evidence]),
      ],
    }
  },
})

const isDrain = /connection closed due to connection drain|failed to drain|drain within the timeout/

const partiesOf = ({ fields }: LogLine): string =>
  `${fields['src.workload'] ?? fields['src.addr'] ?? 'a client'} to ${fields['dst.service'] ?? fields['dst.workload'] ?? fields['dst.addr'] ?? 'a server'}`

const unfinishedRollout = ({
  mesh,
}: World):
  | { readonly object: ReturnType<typeof refOf>; readonly says: string; readonly evidence: Cited }
  | undefined => {
  const object = mesh.kubernetes.of('DaemonSet').find(({ name }) => name.startsWith('ztunnel'))
  const { updatedNumberScheduled: updated, desiredNumberScheduled: desired } = object?.status ?? {}
  if (object === undefined || typeof updated !== 'number' || typeof desired !== 'number' || updated >= desired)
    return undefined
  return {
    object: refOf(object),
    says: `its rollout has reached ${updated} of ${desired} nodes`,
    evidence: cite(object, '/status/updatedNumberScheduled', `${updated} of ${desired}`),
  }
}
