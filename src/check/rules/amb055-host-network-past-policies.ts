import type { Netns } from '#model/netfilter.ts'
import { recognise } from '#redirection/recognise/recognise.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { podRef } from '../cite.ts'
import { isRunning, systemNamespaces } from '../pods.ts'

export default defineCheck({
  code: 'AMB055',
  title: 'Processes on the host network reach the pods of their node past every policy',
  severity: 'info',
  means:
    'The exemption for probes of the kubelet holds for every process of the node, on every port: STRICT and all other policies are passed, and no log shows it.',
  causes: [
    'istio-cni gives connections of local sockets the address 169.254.7.127, which the rules of pods let through',
  ],
  fix: 'Keep untrusted workloads off the host network. Nothing in the mesh closes this.',
  *find(world) {
    for (const netns of world.mesh.netns) if (netns.subject.kind === 'node') yield* ofNode(world, netns)
  },
})

function* ofNode(world: World, netns: Netns): Generator<Found> {
  const { rules, probeSets } = recognise(netns)
  const rule = rules.find(({ role }) => role === 'probe-source')
  const members = new Set(probeSets.flatMap(set => set.members))
  const node = netns.subject.kind === 'node' ? netns.subject.node : undefined
  const onNode = world.pods.filter(pod => node === undefined || pod.node === node)
  const guarded = onNode.filter(
    pod => pod.ips.some(ip => members.has(ip)) && (pod.workload?.authorizationPolicies.length ?? 0) > 0,
  )
  const system = systemNamespaces(world)
  const hosts = onNode.filter(pod => pod.hostNetwork && isRunning(pod) && !system.has(pod.namespace))
  const [first] = hosts
  if (rule === undefined || guarded.length === 0 || first === undefined) return
  yield {
    objects: [podRef(first), ...hosts.slice(1).map(podRef)],
    says: `${hosts.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')} and the node itself reach ${guarded.length} pods of node ${first.node} past their policies, such as ${guarded[0]?.namespace}/${guarded[0]?.name}`,
    evidence: [{ ...rule.evidence, value: `${members.size} pods are exempt` }],
  }
}
