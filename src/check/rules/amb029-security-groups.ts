import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import type { World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, citeMetadata, podRef } from '../cite.ts'
import type { Cited } from '../finding.ts'

const ownInterface = 'vpc.amazonaws.com/pod-eni'
const mode = 'POD_SECURITY_GROUP_ENFORCING_MODE'

export default defineCheck({
  code: 'AMB029',
  title: 'Security groups for pods keep probes and tunnels from pods of the mesh',
  severity: 'warning',
  means:
    'A pod with a network interface of its own is behind a security group, in strict mode also towards its own node: probes that istio-cni sends from 169.254.7.127 do not arrive, and tunnels only where the group admits TCP 15008.',
  causes: [
    'a SecurityGroupPolicy selects the pod and the VPC CNI enforces strictly, which is its default',
    'the node has tcp_early_demux off, and istio-cni adds no route for answers to probes before 1.28.7 and 1.29.3',
  ],
  fix: `Set ${mode}=standard on the DaemonSet aws-node and recreate the pods; admit TCP 15008 in the security group.`,
  fixedIn: ['1.28.7', '1.29.3', '1.30.0'],
  *find(world) {
    const pods = world.pods.filter(
      pod => pod.object?.annotations[ownInterface] !== undefined && membershipOf(world, pod).captured === 'yes',
    )
    const [first, ...others] = pods
    const setting = enforcement(world)
    if (first?.object === undefined || setting.mode === 'standard') return
    yield {
      objects: [podRef(first), ...others.map(podRef), ...setting.objects],
      says: `${pods.length} pods of the mesh, such as ${first.namespace}/${first.name}, have an interface of their own, and security groups are enforced ${setting.mode === undefined ? 'strictly unless it is configured otherwise' : setting.mode}`,
      evidence: [citeMetadata(first.object, 'annotations', ownInterface), ...setting.evidence],
      confidence: setting.mode === 'strict' ? 'likely' : 'possible',
    }
  },
})

interface Enforcement {
  /** `strict`, `standard`; undefined where the DaemonSet was not collected or does not say. */
  readonly mode: string | undefined
  readonly objects: readonly ReturnType<typeof refOf>[]
  readonly evidence: readonly Cited[]
}

const enforcement = ({ mesh }: World): Enforcement => {
  const daemonSet = mesh.kubernetes.get('DaemonSet', 'kube-system', 'aws-node')
  const containers = list(asRecord(asRecord(daemonSet?.spec.template).spec).containers).map(asRecord)
  for (const [index, { env }] of containers.entries())
    for (const [place, variable] of list(env).map(asRecord).entries())
      if (variable.name === mode && daemonSet !== undefined) {
        const value = text(variable.value)
        const pointer = `/spec/template/spec/containers/${index}/env/${place}`
        return { mode: value, objects: [refOf(daemonSet)], evidence: [cite(daemonSet, pointer, value)] }
      }
  return { mode: daemonSet === undefined ? undefined : 'strict', objects: [], evidence: [] }
}
