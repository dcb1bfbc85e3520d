import { refOf } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { daemonSetGap, eventsAbout } from '../events.ts'

export default defineCheck({
  code: 'AMB044',
  title: 'A quota keeps a DaemonSet of the mesh from its nodes',
  severity: 'error',
  means: 'Nodes have no ztunnel or no istio-cni: pods of the mesh there are cut off, or new ones cannot start.',
  causes: ['the namespace has no quota for the priority class system-node-critical, as GKE asks outside kube-system'],
  fix: 'Add a ResourceQuota to the namespace of Istio whose scope admits PriorityClass system-node-critical.',
  *find(world) {
    for (const name of [/^ztunnel/, /^istio-cni/]) {
      const gap = daemonSetGap(world, name)
      const refused = refusals(world, name)
      const [first] = refused
      if (gap === undefined || first === undefined) continue
      yield {
        objects: [refOf(gap.object)],
        says: `${gap.says}: ${first.message}`,
        evidence: [first.evidence, gap.evidence],
      }
    }
  },
})

const refusals = (world: World, name: RegExp) =>
  eventsAbout(world, 'DaemonSet').filter(
    ({ about, reason, message }) =>
      name.test(about.name) && reason === 'FailedCreate' && /exceeded quota|insufficient quota/.test(message),
  )
