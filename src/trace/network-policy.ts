import type { NonEmpty, Reason, Ternary } from '#model/evidence.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { refOf } from '#model/kubernetes.ts'
import type { SocketAddress } from '#reason/address.ts'
import { anyOf } from '#reason/reason.ts'
import { foreignPolicies } from './foreign-network-policy.ts'
import type { Direction, End, Question } from './network-policy-rules.ts'
import { admits, nameOf, opensPort, portsNamed, selects, unsettled } from './network-policy-rules.ts'
import type { Source } from './source.ts'
import type { Step } from './step.ts'
import { step } from './step.ts'
import type { ClientSees, Hop, Missing, Path, Place } from './trace.ts'
import { after, ends, hop } from './trace.ts'
import type { Walk } from './walk.ts'
import type { Pod, World } from './world.ts'

/** An end of a connection, and where a process of the host runs: that is never kept from pods of its own node. */
interface Party extends End {
  readonly node?: string
}

/**
 * Kubernetes' NetworkPolicy for the egress of the sender and the ingress of the receiver, on the port that is really
 * dialled: 15008 for tunnels. `blocked` gets the hop with the decisions and begins with it. Where policies of other
 * kinds have a say, or a fact is missing, the path is undetermined, and goes on `onwards` provided that they let it through.
 */
export const crossNetwork = (
  { world, source }: Pick<Walk, 'world' | 'source'>,
  to: SocketAddress,
  blocked: (crossing: Hop) => Path,
  onwards: () => Path,
): Path => {
  const borders = bordersOf(world, source, to)
  const crossing = crossingOf(borders, to)
  if (crossing !== undefined && borders.some(({ passes }) => passes === 'no')) return blocked(crossing)
  const [first, ...others] = once(borders.flatMap(({ missing }) => missing))
  const path: Path =
    first === undefined
      ? onwards()
      : { hops: [], end: { kind: 'undetermined', missing: [first, ...others], provided: onwards() } }
  return crossing === undefined ? path : after(crossing, path)
}

/** A policy may have a say at both ends. */
const once = (missing: readonly Missing[]): readonly Missing[] => [
  ...new Map(missing.map(one => [`${one.what} ${one.subject}`, one])).values(),
]

/** `error` is what the sender's proxy logs. */
export const dropped = (place: Place, clientSees: ClientSees, error?: string): Path =>
  ends({ kind: 'rejected', by: place, code: 'network-policy', clientSees, ...(error !== undefined && { error }) })

/** What the policies of one pod say of a connection. */
interface Border {
  readonly passes: Ternary
  /** What would settle it, where it is not known. */
  readonly missing: readonly Missing[]
  /** The decision of NetworkPolicies, where some govern the pod and they can be evaluated. */
  readonly decision?: Step
  readonly pod: Pod
}

/** A pod always reaches itself. */
const bordersOf = (world: World, source: Source, to: SocketAddress): readonly Border[] => {
  const sender = partyOf(source)
  const pod = world.podAt(to.ip)
  const receiver: Party = { ip: to.ip, ...(pod !== undefined && { pod }) }
  if (pod !== undefined && pod === sender.pod) return []
  const port = to.port
  return [
    ...(sender.pod === undefined || sender.pod.hostNetwork
      ? []
      : [borderOf({ world, direction: 'egress', pod: sender.pod, peer: receiver, port })]),
    ...(pod === undefined || isOfNode(sender, pod)
      ? []
      : [borderOf({ world, direction: 'ingress', pod, peer: sender, port })]),
  ]
}

const borderOf = (question: Question): Border => {
  const { world, direction, pod } = question
  const native = decide(question)
  const foreign = foreignPolicies(world, pod)
    .filter(one => one.direction === direction && !(one.isFallback && native !== undefined))
    .filter(({ allows, denies }) => (native?.passes === 'no' ? allows : denies))
  const unread = [...new Set(foreign.map(({ policy }) => nameOf(policy)))]
  const missing: readonly Missing[] = [
    ...unread.map(subject => ({ what: 'foreign-network-policy', subject }) as const),
    ...(native?.missing ?? []).map(subject => ({ what: 'network-policy-facts', subject }) as const),
  ]
  const decision = native?.step
  return {
    passes: missing.length > 0 ? 'unknown' : (native?.passes ?? 'yes'),
    missing,
    pod,
    ...(decision !== undefined && { decision }),
  }
}

interface Decision {
  readonly passes: Ternary
  readonly missing: readonly string[]
  readonly step?: Step
}

/** Undefined where no NetworkPolicy selects the pod, so that all is let through. */
const decide = (question: Question): Decision | undefined => {
  const { world, direction, pod, port } = question
  const candidates = world.mesh.kubernetes
    .of('NetworkPolicy')
    .map(policy => ({ policy, selected: selects(policy, direction, pod) }))
    .filter(({ selected }) => selected.holds !== 'no')
  if (candidates.length === 0) return undefined
  const reasons = candidates.map(({ policy, selected }) => ({ policy, selected, admitted: admits(policy, question) }))
  const passes = union(reasons)
  if (passes === 'unknown')
    return {
      passes,
      missing: [
        ...new Set(reasons.flatMap(({ selected, admitted }) => [...unsettled(selected), ...unsettled(admitted)])),
      ],
    }
  const allowing = reasons.filter(({ admitted }) => admitted.holds === 'yes')
  const decisive = (allowing.length > 0 ? allowing : reasons).map(({ policy }) => policy)
  const because = anyOf(
    reasons,
    ({ admitted }) => admitted,
    () => `a NetworkPolicy of ${pod.namespace}/${pod.name} lets it through`,
  )
  const detail = {
    direction,
    pod: `${pod.namespace}/${pod.name}`,
    port,
    allowed: passes === 'yes',
    policies: decisive.map(policy => `${policy.namespace}/${policy.name}`),
  } as const
  return { passes, missing: [], step: step('network-policy', detail, decisive.map(citeSpec), [because]) }
}

const citeSpec = (policy: KubernetesObject) =>
  ({ from: 'object', file: policy.file, pointer: `${policy.pointer}/spec`, object: refOf(policy) }) as const

/** What one policy allows is allowed; a policy that may not select the pod may neither allow nor forbid. */
const union = (reasons: readonly { readonly selected: Reason; readonly admitted: Reason }[]): Ternary => {
  const sure = reasons.filter(({ selected }) => selected.holds === 'yes')
  if (sure.some(({ admitted }) => admitted.holds === 'yes')) return 'yes'
  const all = reasons.map(({ admitted }) => admitted.holds)
  if (sure.length > 0 && all.every(holds => holds === 'no')) return 'no'
  return sure.length === 0 && all.every(holds => holds === 'yes') ? 'yes' : 'unknown'
}

const crossingOf = (borders: readonly Border[], to: SocketAddress): Hop | undefined => {
  const [first, ...others] = borders.flatMap(({ decision, pod }) => (decision === undefined ? [] : [{ decision, pod }]))
  if (first === undefined) return undefined
  const steps: NonEmpty<Step> = [first.decision, ...others.map(({ decision }) => decision)]
  const enforced = { about: 'network-policy', subject: `${first.pod.namespace}/${first.pod.name}` } as const
  return hop('network', { kind: 'network', name: to.ip }, steps, [enforced])
}

/** The NetworkPolicies that govern one direction of a pod. */
export interface Governing {
  readonly policies: readonly KubernetesObject[]
  /** Does one of their rules let the peer through on the TCP port? */
  readonly admits: (peer: Pod, port: number) => Ternary
  /** Does one of their rules have the port, whoever its peers are? */
  readonly opens: (port: number) => boolean
  /** TCP ports that their rules name for peers that may be pods. */
  readonly ports: (receiver: Pod) => readonly number[]
}

/** Undefined where no policy selects the pod, so that all is let through, or where that is not known. */
export const governing = (world: World, direction: Direction, pod: Pod): Governing | undefined => {
  const selected = world.mesh.kubernetes
    .of('NetworkPolicy')
    .map(policy => ({ policy, holds: selects(policy, direction, pod).holds }))
    .filter(({ holds }) => holds !== 'no')
  if (selected.length === 0 || selected.some(({ holds }) => holds === 'unknown')) return undefined
  const policies = selected.map(({ policy }) => policy)
  const about = { world, direction, pod }
  return {
    policies,
    admits: (peer, port) =>
      anyOf(endsOf(peer), end => admitted(policies, { ...about, peer: end, port }), noWords).holds,
    opens: port => policies.some(policy => opensPort(policy, { ...about, peer: {}, port })),
    ports: receiver => policies.flatMap(policy => portsNamed(policy, direction, receiver)),
  }
}

const admitted = (policies: readonly KubernetesObject[], question: Question): Reason =>
  anyOf(policies, policy => admits(policy, question), noWords)

const noWords = () => ''

/** One for each address: a connection uses one family. */
const endsOf = (pod: Pod): readonly End[] => (pod.ips.length === 0 ? [{ pod }] : pod.ips.map(ip => ({ pod, ip })))

const isOfNode = ({ node }: Party, receiver: Pod): boolean => node !== undefined && node === receiver.node

const partyOf = (source: Source): Party => {
  if (source.kind === 'external') return source.ip === undefined ? {} : { ip: source.ip }
  if (source.kind === 'node') return { node: source.node, ...(source.ip !== undefined && { ip: source.ip }) }
  const { pod, ip } = source
  return { pod, ip, ...(pod.hostNetwork && { node: pod.node }) }
}
