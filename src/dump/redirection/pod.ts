import { asRecord, type KubernetesObject, list, text } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Netns } from '#model/netfilter.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { podAddresses } from '#redirection/recognise/surroundings.ts'

/** Who the pod of a recorded namespace is: a folder may name it by its workload only, then the addresses tell. */
export interface PodFound {
  readonly namespace: string
  readonly name: string | undefined
  readonly object: KubernetesObject | undefined
  readonly node: string | undefined
}

export const podOf = ({ subject, ...netns }: Netns, { kubernetes, ztunnels }: Mesh): PodFound | undefined => {
  if (subject.kind !== 'pod') return undefined
  const { namespace } = subject
  const own = new Set([4, 6].flatMap(family => podAddresses({ ...netns, subject }, family === 4 ? 4 : 6)))
  const object =
    subject.pod === undefined
      ? kubernetes.of('Pod').find(pod => pod.namespace === namespace && addressesOf(pod).some(ip => own.has(ip)))
      : kubernetes.get('Pod', namespace, subject.pod)
  const workload = ztunnels
    .flatMap(({ workloads }) => workloads)
    .find(
      ({ namespace: of, name, workloadIps }) =>
        of === namespace && (subject.pod === undefined ? workloadIps.some(ip => own.has(ip)) : name === subject.pod),
    )
  const node = text(object?.spec.nodeName) ?? workload?.node
  return {
    namespace,
    name: object?.name ?? subject.pod ?? workload?.name,
    object,
    node: node === '' ? undefined : node,
  }
}

const addressesOf = (pod: KubernetesObject): readonly string[] =>
  pod.spec.hostNetwork === true ? [] : list(pod.status.podIPs).flatMap(entry => text(asRecord(entry).ip) ?? [])

/** The namespace of that node; the only recorded one where nobody says which. */
export const nodeNetns = ({ netns }: Mesh, node: string | undefined): Netns | undefined => {
  const nodes = netns.filter(({ subject }) => subject.kind === 'node')
  const named = nodes.find(
    ({ subject }) => subject.kind === 'node' && subject.node !== undefined && subject.node === node,
  )
  return named ?? (nodes.length === 1 ? nodes[0] : undefined)
}

/** The state of that node's own ztunnel; the only one that was recorded where it does not say whose it is. */
export const ztunnelOf = ({ ztunnels }: Mesh, node: string | undefined): ZtunnelDump | undefined => {
  const named = ztunnels.find(({ config }) => config.localNode !== undefined && config.localNode === node)
  const [only, ...others] = ztunnels
  return named ?? (others.length === 0 && (only?.config.localNode ?? '') === '' ? only : undefined)
}
