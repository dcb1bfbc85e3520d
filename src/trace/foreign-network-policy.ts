import type { Ternary } from '#model/evidence.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import type { Labels } from '#reason/label-selector.ts'
import { every, selectorMatches } from '#reason/label-selector.ts'
import type { Direction } from './network-policy-rules.ts'
import { namespaceLabels, podLabels } from './network-policy-rules.ts'
import type { Pod, World } from './world.ts'

/** What a policy has to say of one direction of a pod. */
interface Part {
  /** `unknown` where it may. */
  readonly selects: Ternary
  readonly direction: Direction
  /** May it let through what a NetworkPolicy drops? */
  readonly allows: boolean
  readonly denies: boolean
  /** It speaks only where no NetworkPolicy does. */
  readonly isFallback: boolean
}

/**
 * A policy of a kind whose rules are not evaluated: those of SIG Network beside NetworkPolicy, of Cilium and of Calico.
 * Only whom it selects, and in which direction, is read.
 */
export interface ForeignPolicy extends Part {
  readonly policy: KubernetesObject
}

/** Those that select the pod, or may, and have rules that do something; host-network pods are not governed. */
export const foreignPolicies = (world: World, pod: Pod): readonly ForeignPolicy[] =>
  pod.hostNetwork
    ? []
    : kinds.flatMap(({ kind, partsOf }) =>
        world.mesh.kubernetes
          .of(kind)
          .filter(({ namespace }) => namespace === '' || namespace === pod.namespace)
          .flatMap(policy => partsOf(policy, world, pod).map(part => ({ policy, ...part })))
          .filter(({ selects, allows, denies }) => selects !== 'no' && (allows || denies)),
      )

type PartsOf = (policy: KubernetesObject, world: World, pod: Pod) => readonly Part[]
type Spec = Readonly<Record<string, unknown>>

const directions: readonly Direction[] = ['ingress', 'egress']

/** Rules have an action of their own; none of them, and the default is to let through. */
const ofSigNetwork =
  (isFallback: (spec: Spec) => boolean): PartsOf =>
  ({ spec }, world, pod) =>
    directions.map(direction => {
      const actions = list(spec[direction]).map(rule => asRecord(rule).action)
      return {
        direction,
        selects: isSubject(spec, world, pod),
        allows: actions.some(action => action === 'Allow' || action === 'Accept'),
        denies: actions.includes('Deny'),
        isFallback: isFallback(spec),
      }
    })

const isSubject = ({ subject }: Spec, world: World, pod: Pod): Ternary => {
  const { namespaces, pods } = asRecord(subject)
  const spaces = namespaceLabels(world, pod.namespace)
  if (namespaces !== undefined) return selectorMatches(namespaces, spaces)
  const { namespaceSelector, podSelector } = asRecord(pods)
  return every([selectorMatches(namespaceSelector, spaces), selectorMatches(podSelector, podLabels(pod))])
}

/** Rules of a direction deny by default what they do not list, unless the policy says otherwise; an empty list is none. */
const ofCilium: PartsOf = ({ spec, raw }, world, pod) =>
  [spec, ...list(raw.specs).map(asRecord)]
    .filter(one => one.endpointSelector !== undefined)
    .flatMap(one =>
      directions.map(direction => {
        const allows = list(one[direction]).length > 0
        const refuses = list(one[`${direction}Deny`]).length > 0
        const isDefault = asRecord(one.enableDefaultDeny)[direction] ?? (allows || refuses)
        return {
          direction,
          selects: selectorMatches(withoutSources(asRecord(one.endpointSelector)), ciliumLabels(world, pod)),
          allows,
          denies: refuses || isDefault === true,
          isFallback: false,
        }
      }),
    )

/** Keys may carry the source of the label: `k8s:app`, `any:app`. */
const withoutSources = ({ matchLabels, matchExpressions }: Spec): Spec => ({
  matchLabels: Object.fromEntries(Object.entries(asRecord(matchLabels)).map(([key, value]) => [plainKey(key), value])),
  matchExpressions: list(matchExpressions)
    .map(asRecord)
    .map(expression => ({ ...expression, key: plainKey(text(expression.key) ?? '') })),
})

const plainKey = (key: string): string => key.replace(/^(k8s|any)[:.]/, '')

/** Cilium gives every endpoint labels of its namespace and account. */
const ciliumLabels = (world: World, pod: Pod): Labels => {
  const space = namespaceLabels(world, pod.namespace)
  const own = podLabels(pod)
  return {
    known: {
      ...own.known,
      ...Object.fromEntries(
        Object.entries(space.known).map(([key, value]) => [`io.cilium.k8s.namespace.labels.${key}`, value]),
      ),
      'io.kubernetes.pod.namespace': pod.namespace,
      'io.cilium.k8s.policy.serviceaccount': pod.serviceAccount,
    },
    whole: own.whole && space.whole,
  }
}

/** Selectors of Calico are a language of its own: `app == 'web'`. What is not such an equation may select any pod. */
const ofCalico: PartsOf = ({ spec }, _world, pod) =>
  directions
    .filter(direction => calicoTypes(spec).includes(direction))
    .map(direction => ({
      direction,
      selects: calicoSelects(text(spec.selector) ?? 'all()', pod),
      allows: true,
      denies: true,
      isFallback: false,
    }))

/** Without types: the directions that have rules, and ingress where none has. */
const calicoTypes = ({ types, ingress, egress }: Spec): readonly Direction[] => {
  const named = list(types).map(type => String(type).toLowerCase())
  if (named.length > 0) return directions.filter(direction => named.includes(direction))
  return egress === undefined ? ['ingress'] : ingress === undefined ? ['egress'] : directions
}

const calicoSelects = (selector: string, pod: Pod): Ternary => {
  if (/^\s*(all\(\)\s*)?$/.test(selector)) return 'yes'
  const [, key, value] = /^\s*([\w./-]+)\s*==\s*['"]([^'"]*)['"]\s*$/.exec(selector) ?? []
  if (key === undefined) return 'unknown'
  const labels = podLabels(pod)
  return selectorMatches(
    { matchLabels: { [key]: value } },
    { ...labels, known: { ...labels.known, 'projectcalico.org/namespace': pod.namespace } },
  )
}

const kinds: readonly { readonly kind: string; readonly partsOf: PartsOf }[] = [
  { kind: 'AdminNetworkPolicy', partsOf: ofSigNetwork(() => false) },
  { kind: 'BaselineAdminNetworkPolicy', partsOf: ofSigNetwork(() => true) },
  { kind: 'ClusterNetworkPolicy', partsOf: ofSigNetwork(({ tier }) => tier === 'Baseline') },
  { kind: 'CiliumNetworkPolicy', partsOf: ofCilium },
  { kind: 'CiliumClusterwideNetworkPolicy', partsOf: ofCilium },
  { kind: 'NetworkPolicy.crd.projectcalico.org', partsOf: ofCalico },
  { kind: 'NetworkPolicy.projectcalico.org', partsOf: ofCalico },
  { kind: 'GlobalNetworkPolicy', partsOf: ofCalico },
]
