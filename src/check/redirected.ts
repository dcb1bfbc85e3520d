import type { Netns } from '#model/netfilter.ts'
import type { RedirectionFinding } from '#redirection/recognise/finding.ts'
import { missingFromProbeSet } from '#redirection/recognise/probe-set.ts'
import { recognise } from '#redirection/recognise/recognise.ts'
import type { Recognition } from '#redirection/recognise/recognition.ts'
import type { Pod, World } from '#trace/world.ts'
import { isOfPod } from '#trace/world.ts'
import type { Cited } from './finding.ts'

/** A recorded network namespace of a pod, with what is odd about its rules. */
export interface Redirected {
  readonly pod: Pod
  readonly netns: Netns
  readonly recognition: Recognition
  readonly findings: readonly RedirectionFinding[]
}

export const redirectedPods = (world: World): readonly Redirected[] => {
  const nodes = world.mesh.netns.filter(({ subject }) => subject.kind === 'node')
  return world.mesh.netns.flatMap(netns => {
    const pod = podOf(world, netns)
    if (pod === undefined) return []
    const recognition = recognise(netns)
    const node = nodes.find(({ subject }) => subject.kind === 'node' && (subject.node ?? pod.node) === pod.node)
    const beside = node === undefined ? [] : missingFromProbeSet(netns, recognition, recognise(node), probeFile(node))
    return [{ pod, netns, recognition, findings: [...recognition.findings, ...beside] }]
  })
}

/** By address; by the name of its workload where no address was recorded and only one pod has such a name. */
const podOf = (world: World, netns: Netns): Pod | undefined => {
  const { subject, links } = netns
  if (subject.kind !== 'pod') return undefined
  const addressed = world.pods.find(pod => isOfPod(netns, pod))
  if (addressed !== undefined || links !== undefined) return addressed
  const name = subject.pod ?? subject.app ?? ''
  const candidates = world.pods.filter(
    pod => pod.namespace === subject.namespace && (pod.name === name || pod.name.startsWith(`${name}-`)),
  )
  return candidates.length === 1 ? candidates[0] : undefined
}

const probeFile = ({ files }: Netns): string =>
  files.find(({ kind }) => kind.startsWith('ipset'))?.file ?? files[0]?.file ?? ''

/** Each piece of evidence, with what the finding is about as its value, unless it is what the evidence lacks. */
export const citeRedirection = ({ evidence, about }: RedirectionFinding): readonly Cited[] =>
  evidence.slice(0, 4).map(one => (one.from === 'absence' ? one : { ...one, value: about }))
