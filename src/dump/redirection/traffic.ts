import type { Evidence } from '#model/evidence.ts'
import type { IpFamily, Netns } from '#model/netfilter.ts'
import type { Branch, Evaluation, Fate, Hit } from '#redirection/fate.ts'
import { kubeletUser } from '#redirection/kubelet.ts'
import { type NodeTrafficKind, nodeTraffic } from '#redirection/node-traffic.ts'
import type { Packet } from '#redirection/packet.ts'
import { prepareKernel } from '#redirection/prepare/kernel.ts'
import type { Recognition } from '#redirection/recognise/recognition.ts'
import { type TrafficKind, trafficKinds } from '#redirection/traffic-kinds.ts'

/** What happens to one kind of traffic of one address family. */
export interface TrafficOutcome {
  readonly kind: TrafficKind | NodeTrafficKind
  readonly family: IpFamily
  readonly packet: { readonly source?: string; readonly destination: string; readonly port?: number }
  /** More than one where the rules leave it to chance. */
  readonly branches: readonly { readonly probability: number; readonly fate: Fate; readonly decidedBy?: Hit }[]
}

interface Row {
  readonly kind: TrafficOutcome['kind']
  readonly family: IpFamily
  readonly packet: Packet
  readonly evaluation: Evaluation
}

const outcomeOf = ({ kind, family, packet, evaluation }: Row): TrafficOutcome => ({
  kind,
  family,
  packet: {
    ...(packet.source === undefined ? {} : { source: packet.source }),
    destination: packet.destination,
    ...(packet.port === undefined ? {} : { port: packet.port }),
  },
  branches: evaluation.branches.map(branch => ({
    probability: branch.probability,
    fate: branch.fate,
    ...decided(branch),
  })),
})

/** Of ztunnel, which is not in a namespace without its rules. */
const ofZtunnelOnly: ReadonlySet<TrafficOutcome['kind']> = new Set(['ztunnel-outbound', 'ztunnel-to-app'])

/** `inMesh`: somebody says that ztunnel serves the pod, whether or not its rules are there. */
export const podTraffic = (
  netns: Netns,
  { kind, features }: Recognition,
  inMesh: boolean,
): readonly TrafficOutcome[] => {
  if (kind === 'not-recorded' || netns.links === undefined) return []
  const [v4, v6] = [false, true].map(six => features?.probeAddresses.find(address => address.includes(':') === six))
  const probeSource = { ...(v4 === undefined ? {} : { 4: v4 }), ...(v6 === undefined ? {} : { 6: v6 }) }
  const appPort = applicationPort(netns)
  const asked = { probeSource, ...(appPort === undefined ? {} : { appPort }) }
  return trafficKinds(prepareKernel(netns), asked)
    .filter(row => features !== undefined || inMesh || !ofZtunnelOnly.has(row.kind))
    .map(outcomeOf)
}

/** `others`: recorded namespaces that packets are followed into. */
export const nodeTrafficOf = (
  node: Netns,
  { kind, probeSets }: Recognition,
  others: readonly Netns[],
): readonly TrafficOutcome[] => {
  if (kind === 'not-recorded' || node.links === undefined) return []
  const pods = probeSets.flatMap(({ members }) => members)
  const kubelet = kubeletUser(node)
  return nodeTraffic({ node, pods, others, ...(kubelet === undefined ? {} : { kubelet }) }).map(outcomeOf)
}

const portsOfZtunnel = new Set([15000, 15001, 15006, 15008, 15020, 15021, 15053, 15080])

/** The lowest port that something other than ztunnel listens on for others. */
const applicationPort = ({ listeners }: Netns): number | undefined =>
  listeners
    ?.filter(({ protocol, address, port }) => protocol === 'tcp' && !portsOfZtunnel.has(port) && !isLoopback(address))
    .map(({ port }) => port)
    .toSorted((left, right) => left - right)[0]

const isLoopback = (address: string | undefined): boolean => address === '::1' || address?.startsWith('127.') === true

/** The rule that acted on the first packet last; jumps only lead to it. */
const decided = ({ path }: Branch): { readonly decidedBy?: Hit } => {
  const hits = path.filter(({ packet, evidence }) => packet === 'request' && acts.test(textOf(evidence)))
  const last = hits.at(-1)
  return last === undefined ? {} : { decidedBy: last }
}

const acts = /-j (REDIRECT|ACCEPT|TPROXY|DROP|REJECT|DNAT|SNAT|MASQUERADE)|redirect|accept|drop|reject|tproxy|nat/

const textOf = (evidence: Evidence): string => (evidence.from === 'rule' ? evidence.text : '')
