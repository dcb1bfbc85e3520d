import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, refOf } from '#model/kubernetes.ts'
import { selectorMatches } from '#trace/network-policy.ts'
import type { Pod, World } from '#trace/world.ts'
import { defineCheck } from '../check.ts'
import { cite, named, podRef } from '../cite.ts'

export default defineCheck({
  code: 'AMB060',
  title: 'A network policy of a kind that is not modelled selects a pod',
  severity: 'info',
  means: 'It may drop what is shown as let through. In the mesh it must admit TCP 15008, and 169.254.7.127 for probes.',
  causes: ['AdminNetworkPolicy and the kinds of Cilium and Calico are not evaluated'],
  fix: 'Compare its rules by hand with port 15008 in both directions.',
  *find(world) {
    for (const [kind, clusterWide, selectorOf] of kinds)
      for (const policy of world.mesh.kubernetes.of(kind)) {
        const pods = world.pods.filter(
          pod =>
            !pod.hostNetwork && (clusterWide || pod.namespace === policy.namespace) && selectorOf(world, policy, pod),
        )
        const [first] = pods
        if (first === undefined) continue
        yield {
          objects: [refOf(policy), ...pods.slice(0, 20).map(podRef)],
          says: `${named(policy)} selects ${pods.length} pods, such as ${first.namespace}/${first.name}, and is not evaluated`,
          evidence: [cite(policy, '/spec')],
        }
      }
  },
})

type Selects = (world: World, policy: KubernetesObject, pod: Pod) => boolean

const labelsOf = ({ object, namespace }: Pod): Readonly<Record<string, string>> => ({
  'k8s:io.kubernetes.pod.namespace': namespace,
  'io.kubernetes.pod.namespace': namespace,
  ...object?.labels,
})

const admin: Selects = ({ mesh }, { spec }, pod) => {
  const { namespaces, pods } = asRecord(spec.subject)
  const space = {
    'kubernetes.io/metadata.name': pod.namespace,
    ...mesh.kubernetes.get('Namespace', '', pod.namespace)?.labels,
  }
  if (namespaces !== undefined) return selectorMatches(namespaces, space)
  const { namespaceSelector, podSelector } = asRecord(pods)
  return selectorMatches(namespaceSelector, space) && selectorMatches(podSelector, labelsOf(pod))
}

/** Labels of Cilium may carry the prefix of their source. */
const cilium: Selects = (_world, { spec }, pod) => {
  const { matchLabels, matchExpressions } = asRecord(spec.endpointSelector)
  const plain = (key: string) => key.replace(/^(k8s|any):/, '')
  const labels = Object.fromEntries(Object.entries(asRecord(matchLabels)).map(([key, value]) => [plain(key), value]))
  return (
    spec.endpointSelector !== undefined && selectorMatches({ matchLabels: labels, matchExpressions }, labelsOf(pod))
  )
}

/** Selectors of Calico are a language of its own: `app == 'web'`. What is not such an equation may select any pod. */
const calico: Selects = (_world, { spec }, pod) => {
  const selector = String(spec.selector ?? 'all()')
  const [, key, value] = /^\s*([\w./-]+)\s*==\s*['"]([^'"]*)['"]\s*$/.exec(selector) ?? []
  return key === undefined || labelsOf(pod)[key] === value
}

const kinds: readonly (readonly [kind: string, clusterWide: boolean, selects: Selects])[] = [
  ['AdminNetworkPolicy', true, admin],
  ['BaselineAdminNetworkPolicy', true, admin],
  ['CiliumNetworkPolicy', false, cilium],
  ['CiliumClusterwideNetworkPolicy', true, cilium],
  ['NetworkPolicy.crd.projectcalico.org', false, calico],
  ['NetworkPolicy.projectcalico.org', false, calico],
  ['GlobalNetworkPolicy', true, calico],
]
