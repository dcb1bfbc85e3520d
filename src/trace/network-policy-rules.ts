import type { Evidence, Reason } from '#model/evidence.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import { isIpv6, parseConnectionIp } from '#reason/address.ts'
import { cidrContains, parseCidr } from '#reason/cidr.ts'
import type { Labels } from '#reason/label-selector.ts'
import { selectorMatches, wholeLabels } from '#reason/label-selector.ts'
import { allOf, anyOf, fact, not } from '#reason/reason.ts'
import type { Pod, World } from './world.ts'

export type Direction = 'egress' | 'ingress'

/** One end of a connection as the peers of a NetworkPolicy see it. */
export interface End {
  readonly pod?: Pod
  readonly ip?: string
}

type Part = Readonly<Record<string, unknown>>

/** One connection in one direction, for the pod that the policies are of. */
export interface Question {
  readonly world: World
  readonly direction: Direction
  readonly pod: Pod
  readonly peer: End
  /** TCP, of the receiver. */
  readonly port: number
}

/** Does the policy govern that direction of the pod? Host-network pods are not governed. */
export const selects = (policy: KubernetesObject, direction: Direction, pod: Pod): Reason => {
  const governs = policy.namespace === pod.namespace && !pod.hostNetwork && typesOf(policy).includes(direction)
  return governs
    ? labelled(policy.spec.podSelector, podLabels(pod), `pod ${pod.namespace}/${pod.name}`)
    : fact('no', () => `${nameOf(policy)} does not govern the ${direction} of ${pod.namespace}/${pod.name}`)
}

/** Without policyTypes: ingress always, egress where there are rules of it. */
const typesOf = ({ spec }: KubernetesObject): readonly Direction[] => {
  const types = list(spec.policyTypes)
  if (types.length === 0) return list(spec.egress).length > 0 ? ['ingress', 'egress'] : ['ingress']
  return (['ingress', 'egress'] as const).filter(type => types.includes(type === 'ingress' ? 'Ingress' : 'Egress'))
}

/** Does one of the policy's rules let the connection through? */
export const admits = (policy: KubernetesObject, question: Question): Reason =>
  anyOf(
    [...list(policy.spec[question.direction]).map(asRecord).entries()],
    ([index, rule]) => ruleAdmits(policy, rule, index, question),
    () => `a rule of ${nameOf(policy)} lets it through`,
    () => citePolicy(policy, `/spec/${question.direction}`),
  )

const ruleAdmits = (policy: KubernetesObject, rule: Part, index: number, question: Question): Reason => {
  const peers = list(rule[question.direction === 'ingress' ? 'from' : 'to']).map(asRecord)
  const ports = list(rule.ports).map(asRecord)
  return allOf(
    [peersAdmit(policy, peers, question), portsAdmit(ports, question)],
    part => part,
    () => `rule ${index}`,
    () => citePolicy(policy, `/spec/${question.direction}/${index}`),
  )
}

/** No list of peers, or an empty one, stands for all. */
const peersAdmit = (policy: KubernetesObject, peers: readonly Part[], question: Question): Reason =>
  peers.length === 0
    ? fact('yes', () => 'every peer')
    : anyOf(
        peers,
        peer => peerAdmits(policy, peer, question),
        () => 'the peer is listed',
      )

const peerAdmits = (policy: KubernetesObject, peer: Part, question: Question): Reason => {
  if (peer.ipBlock !== undefined) return inBlock(asRecord(peer.ipBlock), question)
  const { pod } = question.peer
  if (pod === undefined || pod.hostNetwork) return fact('no', () => 'selectors stand for pods of the pod network')
  const space = peer.namespaceSelector
  const inNamespace =
    space === undefined
      ? fact(pod.namespace === policy.namespace, () => `namespace ${policy.namespace}`)
      : labelled(space, namespaceLabels(question.world, pod.namespace), `namespace ${pod.namespace}`)
  return allOf(
    [inNamespace, labelled(peer.podSelector, podLabels(pod), `pod ${pod.namespace}/${pod.name}`)],
    part => part,
    () => 'both selectors fit',
  )
}

const inBlock = ({ cidr, except }: Part, question: Question): Reason =>
  allOf(
    [addressIn(cidr, question), ...list(except).map(inner => not(addressIn(inner, question)))],
    part => part,
    () => `in ipBlock ${String(cidr)}`,
  )

const addressIn = (block: unknown, { peer: { ip }, pod }: Question): Reason => {
  const cidr = typeof block === 'string' ? parseCidr(block) : undefined
  if (cidr === undefined) return fact('unknown', () => `which addresses ${String(block)} stands for`)
  const address = ip === undefined ? undefined : parseConnectionIp(ip)
  if (address !== undefined) return fact(cidrContains(cidr, address), () => `${ip} in ${cidr.text}`)
  const isAll = cidr.prefix === 0 && pod.ips.every(own => isIpv6(own) === (cidr.base.family === 6))
  return fact(isAll ? 'yes' : 'unknown', () => `whether the client's address is in ${cidr.text}`)
}

/** No list of ports, or an empty one, stands for all. */
const portsAdmit = (ports: readonly Part[], question: Question): Reason =>
  ports.length === 0
    ? fact('yes', () => 'every port')
    : anyOf(
        ports.filter(({ protocol = 'TCP' }) => protocol === 'TCP'),
        entry => portAdmits(entry, question),
        () => `port ${question.port} is listed`,
      )

const portAdmits = ({ port, endPort }: Part, question: Question): Reason => {
  if (port === undefined) return fact('yes', () => 'every TCP port')
  if (typeof port === 'string') return namedPort(port, question)
  const last = typeof endPort === 'number' ? endPort : port
  return fact(
    typeof port === 'number' && typeof last === 'number' && port <= question.port && question.port <= last,
    () => `port ${String(port)}${last === port ? '' : ` to ${String(last)}`}`,
  )
}

/** A name is that of a container port of the receiver. */
const namedPort = (name: string, { direction, pod, peer, port }: Question): Reason => {
  const receiver = direction === 'ingress' ? pod : peer.pod
  if (receiver !== undefined && receiver.object === undefined)
    return fact('unknown', () => `whether pod ${receiver.namespace}/${receiver.name} calls port ${port} ${name}`)
  return fact(portsCalled(receiver, name).includes(port), () => `port ${port} is called ${name}`)
}

/** TCP ports of that name; of init containers those that go on running have ports, too. */
const portsCalled = (pod: Pod | undefined, name: string): readonly unknown[] =>
  [
    ...list(pod?.object?.spec.containers).map(asRecord),
    ...list(pod?.object?.spec.initContainers)
      .map(asRecord)
      .filter(({ restartPolicy }) => restartPolicy === 'Always'),
  ]
    .flatMap(({ ports }) => list(ports).map(asRecord))
    .filter(port => port.name === name && (port.protocol ?? 'TCP') === 'TCP')
    .map(({ containerPort }) => containerPort)

/** Has one of its rules the port, whoever the peers are? */
export const opensPort = (policy: KubernetesObject, question: Question): boolean =>
  list(policy.spec[question.direction]).some(
    rule => portsAdmit(list(asRecord(rule).ports).map(asRecord), question).holds === 'yes',
  )

/**
 * TCP ports that the policy's rules name for peers that may be pods; the first of a range. Of named ports what the
 * receiver declares.
 */
export const portsNamed = ({ spec }: KubernetesObject, direction: Direction, receiver: Pod): readonly number[] =>
  list(spec[direction])
    .map(asRecord)
    .filter(rule => mayBePods(list(rule[direction === 'ingress' ? 'from' : 'to'])))
    .flatMap(({ ports }) => list(ports).map(asRecord))
    .filter(({ protocol = 'TCP' }) => protocol === 'TCP')
    .flatMap(({ port }) => (typeof port === 'string' ? portsCalled(receiver, port) : [port]))
    .filter(port => typeof port === 'number')

const mayBePods = (peers: readonly unknown[]): boolean =>
  peers.length === 0 || peers.some(peer => asRecord(peer).ipBlock === undefined)

const labelled = (selector: unknown, labels: Labels, whose: string): Reason => {
  const holds = selectorMatches(selector, labels)
  return fact(holds, () =>
    holds === 'unknown' ? `whether the labels of ${whose} fit a selector` : `the labels of ${whose} fit`,
  )
}

/** Dumps do not tell labels. */
export const podLabels = ({ object }: Pod): Labels =>
  object === undefined ? { known: {}, whole: false } : wholeLabels(object.labels)

/** The API server gives every namespace a label with its name. */
export const namespaceLabels = ({ mesh }: World, namespace: string): Labels => {
  const space = mesh.kubernetes.get('Namespace', '', namespace)
  return { known: { 'kubernetes.io/metadata.name': namespace, ...space?.labels }, whole: space !== undefined }
}

export const nameOf = ({ kind, namespace, name }: KubernetesObject): string =>
  namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`

const citePolicy = (policy: KubernetesObject, pointer: string): readonly Evidence[] => [
  { from: 'object', file: policy.file, pointer: `${policy.pointer}${pointer}`, object: refOf(policy) },
]

/** What would settle a reason that is not known. */
export const unsettled = ({ holds, text, because }: Reason): readonly string[] => {
  if (holds !== 'unknown') return []
  const inner = because.flatMap(unsettled)
  return inner.length > 0 ? inner : [text]
}
