import type { Evidence } from '#model/evidence.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { SocketAddress } from '#reason/address.ts'
import { parseConnectionIp } from '#reason/address.ts'
import { cidrContains, parseCidr } from '#reason/cidr.ts'
import type { Source } from './source.ts'
import type { Assumption, ClientSees, Hop, Path, Place } from './trace.ts'
import { ends, hop, step } from './trace.ts'
import type { Pod, World } from './world.ts'

type Direction = 'egress' | 'ingress'

/** One end of a connection as NetworkPolicy peers see it. */
interface End {
  readonly pod?: Pod
  readonly ip?: string
  /** Where a host process runs. */
  readonly node?: string
}

/** What NetworkPolicies do to one TCP connection; no hop where none of them selects an end of it. */
export interface Crossing {
  readonly hop?: Hop
  readonly blocked: boolean
}

/**
 * Kubernetes' NetworkPolicy for the egress of the sender and the ingress of the receiver, on the port that is really
 * dialled: 15008 for tunnels. Traffic of the receiver's own node is never blocked.
 */
export const crossNetwork = (world: World, source: Source, to: SocketAddress): Crossing => {
  const sender = endOf(source)
  const pod = world.podAt(to.ip)
  const receiver: End = { ip: to.ip, ...(pod !== undefined && { pod }) }
  const verdicts = [
    ...(sender.pod === undefined || sender.pod.hostNetwork
      ? []
      : [verdictOf(world, 'egress', sender.pod, receiver, to)]),
    ...(receiver.pod === undefined || isLocalNode(sender, receiver.pod)
      ? []
      : [verdictOf(world, 'ingress', receiver.pod, sender, to)]),
  ].filter(verdict => verdict !== undefined)
  const [first, ...others] = verdicts
  if (first === undefined) return { blocked: false }
  const assumed: readonly Assumption[] = [{ about: 'network-policy', subject: first.pod }]
  const steps = [first, ...others].map(({ evidence, ...detail }) => step('network-policy', detail, evidence))
  const [one, ...rest] = steps
  if (one === undefined) return { blocked: false }
  return {
    hop: hop('network', { kind: 'network', name: to.ip }, [one, ...rest], assumed),
    blocked: verdicts.some(({ allowed }) => !allowed),
  }
}

/** `error` is what the sender's proxy logs. */
export const dropped = (place: Place, clientSees: ClientSees, error?: string): Path =>
  ends({ kind: 'rejected', by: place, code: 'network-policy', clientSees, ...(error !== undefined && { error }) })

/** The NetworkPolicies that govern one direction of a pod. */
export interface Governing {
  readonly policies: readonly KubernetesObject[]
  /** Does one of their rules let the peer through on the TCP port? */
  readonly admits: (peer: Pod, port: number) => boolean
  /** The same from or to anybody. */
  readonly admitsAnybody: (port: number) => boolean
  /** TCP ports that their rules name; the first of a range. Of named ports what the receiver declares. */
  readonly ports: (receiver: Pod) => readonly number[]
}

/** Undefined where no policy selects the pod, so that all is let through. */
export const governing = (world: World, direction: Direction, pod: Pod): Governing | undefined => {
  const policies = world.mesh.kubernetes.of('NetworkPolicy').filter(policy => selects(policy, direction, pod))
  if (policies.length === 0) return undefined
  const rules = policies.flatMap(({ namespace, spec }) =>
    list(spec[direction])
      .map(asRecord)
      .map(rule => ({ namespace, ports: rule.ports, peers: rule[direction === 'ingress' ? 'from' : 'to'] })),
  )
  return {
    policies,
    admits: (peer, port) =>
      rules.some(
        ({ namespace, ports, peers }) =>
          peerAllowed(world, peers, namespace, endOfPod(peer)) &&
          portAllowed(ports, port, direction === 'ingress' ? pod : peer),
      ),
    admitsAnybody: port =>
      rules.some(({ ports }) => portAllowed(ports, port, direction === 'ingress' ? pod : undefined)),
    ports: receiver =>
      rules.flatMap(({ ports }) => list(ports)).flatMap(entry => firstPort(asRecord(entry), receiver) ?? []),
  }
}

const endOfPod = (pod: Pod): End => ({ pod, ...(pod.ips[0] !== undefined && { ip: pod.ips[0] }) })

interface Verdict {
  readonly direction: Direction
  readonly pod: string
  readonly port: number
  readonly allowed: boolean
  readonly policies: readonly string[]
  readonly evidence: readonly Evidence[]
}

const verdictOf = (world: World, direction: Direction, pod: Pod, peer: End, to: SocketAddress): Verdict | undefined => {
  const selecting = world.mesh.kubernetes.of('NetworkPolicy').filter(policy => selects(policy, direction, pod))
  if (selecting.length === 0) return undefined
  const target = direction === 'ingress' ? pod : peer.pod
  const allowing = selecting.filter(policy =>
    list(policy.spec[direction])
      .map(asRecord)
      .some(
        rule =>
          peerAllowed(world, rule[direction === 'ingress' ? 'from' : 'to'], policy.namespace, peer) &&
          portAllowed(rule.ports, to.port, target),
      ),
  )
  const decisive = allowing.length > 0 ? allowing : selecting
  return {
    direction,
    pod: `${pod.namespace}/${pod.name}`,
    port: to.port,
    allowed: allowing.length > 0,
    policies: decisive.map(policy => `${policy.namespace}/${policy.name}`),
    evidence: decisive.map(policy => ({
      from: 'object',
      file: policy.file,
      pointer: `${policy.pointer}/spec`,
      object: refOf(policy),
    })),
  }
}

const selects = (policy: KubernetesObject, direction: Direction, pod: Pod): boolean => {
  const types = list(policy.spec.policyTypes)
  const governs =
    types.length > 0
      ? types.includes(direction === 'ingress' ? 'Ingress' : 'Egress')
      : direction === 'ingress' || policy.spec.egress !== undefined
  return (
    governs &&
    policy.namespace === pod.namespace &&
    !pod.hostNetwork &&
    selectorMatches(policy.spec.podSelector, labelsOf(pod))
  )
}

/** An absent or empty list of peers stands for all. */
const peerAllowed = (world: World, peers: unknown, namespace: string, end: End): boolean => {
  const entries = list(peers).map(asRecord)
  return entries.length === 0 || entries.some(entry => peerMatches(world, entry, namespace, end))
}

const peerMatches = (
  world: World,
  { ipBlock, namespaceSelector, podSelector }: Readonly<Record<string, unknown>>,
  namespace: string,
  { pod, ip }: End,
): boolean => {
  if (ipBlock !== undefined) {
    const { cidr, except } = asRecord(ipBlock)
    return ip !== undefined && inBlock(cidr, ip) && !list(except).some(inner => inBlock(inner, ip))
  }
  if (pod === undefined || pod.hostNetwork) return false
  const space = world.mesh.kubernetes.get('Namespace', '', pod.namespace)
  const inNamespace =
    namespaceSelector === undefined
      ? pod.namespace === namespace
      : selectorMatches(namespaceSelector, { 'kubernetes.io/metadata.name': pod.namespace, ...space?.labels })
  return inNamespace && (podSelector === undefined || selectorMatches(podSelector, labelsOf(pod)))
}

const inBlock = (block: unknown, ip: string): boolean => {
  const cidr = typeof block === 'string' ? parseCidr(block) : undefined
  const address = parseConnectionIp(ip)
  return cidr !== undefined && address !== undefined && cidrContains(cidr, address)
}

const portAllowed = (ports: unknown, port: number, target: Pod | undefined): boolean => {
  const entries = list(ports)
    .map(asRecord)
    .filter(entry => (entry.protocol ?? 'TCP') === 'TCP')
  if (list(ports).length === 0) return true
  return entries.some(entry => {
    if (entry.port === undefined) return true
    const first = firstPort(entry, target)
    const last = entry.endPort ?? first
    return first !== undefined && typeof last === 'number' && first <= port && port <= last
  })
}

const firstPort = ({ port }: Readonly<Record<string, unknown>>, target: Pod | undefined): number | undefined => {
  const first = typeof port === 'string' ? namedPort(target, port) : port
  return typeof first === 'number' ? first : undefined
}

const namedPort = (pod: Pod | undefined, name: string): unknown =>
  list(pod?.object?.spec.containers)
    .flatMap(container => list(asRecord(container).ports))
    .map(asRecord)
    .find(port => port.name === name)?.containerPort

const labelsOf = (pod: Pod): Readonly<Record<string, string>> => pod.object?.labels ?? {}

/** A Kubernetes label selector; an empty one matches everything. */
export const selectorMatches = (selector: unknown, labels: Readonly<Record<string, string>>): boolean => {
  const { matchLabels, matchExpressions } = asRecord(selector)
  return (
    Object.entries(asRecord(matchLabels)).every(([key, value]) => labels[key] === value) &&
    list(matchExpressions)
      .map(asRecord)
      .every(expression => expressionHolds(expression, labels))
  )
}

const expressionHolds = (
  { key, operator, values }: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): boolean => {
  const value = labels[text(key) ?? '']
  switch (operator) {
    case 'In':
      return value !== undefined && list(values).includes(value)
    case 'NotIn':
      return value === undefined || !list(values).includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

const isLocalNode = ({ node }: End, receiver: Pod): boolean => node !== undefined && node === receiver.node

const endOf = (source: Source): End => {
  if (source.kind === 'external') return source.ip === undefined ? {} : { ip: source.ip }
  if (source.kind === 'node') return { node: source.node, ...(source.ip !== undefined && { ip: source.ip }) }
  const { pod, ip } = source
  return { pod, ip, ...(pod.hostNetwork && { node: pod.node }) }
}
