import type { Evidence } from '#model/evidence.ts'
import type { IpFamily, Netns, NetnsSubject } from '#model/netfilter.ts'
import type { Branch, Fate, Hit } from '#redirection/fate.ts'
import { prepareKernel } from '#redirection/prepare/kernel.ts'
import type { RedirectionFinding } from '#redirection/recognise/finding.ts'
import { missingFromProbeSet } from '#redirection/recognise/probe-set.ts'
import { type Recognition, recognise } from '#redirection/recognise/recognise.ts'
import { type TrafficKind, trafficKinds } from '#redirection/traffic-kinds.ts'

/** What happens to one kind of traffic of one address family. */
export interface TrafficOutcome {
  readonly kind: TrafficKind
  readonly family: IpFamily
  /** More than one where the rules leave it to chance. */
  readonly branches: readonly { readonly probability: number; readonly fate: Fate; readonly decidedBy?: Hit }[]
}

/** One network namespace, as `dump redirection` shows it. */
export interface NetnsRedirection {
  readonly subject: NetnsSubject
  readonly recognition: Recognition
  readonly traffic: readonly TrafficOutcome[]
  readonly findings: readonly RedirectionFinding[]
}

/** `node` is the namespace of the pod's node, where it was recorded. */
export const redirectionOf = (netns: Netns, node: Netns | undefined): NetnsRedirection => {
  const recognition = recognise(netns)
  const isPod = netns.subject.kind === 'pod'
  const beside =
    node === undefined || !isPod ? [] : missingFromProbeSet(netns, recognition, recognise(node), fileOf(node))
  return {
    subject: netns.subject,
    recognition,
    traffic: isPod || netns.subject.kind === 'unknown' ? outcomes(netns, recognition) : [],
    findings: [...recognition.findings, ...beside],
  }
}

const fileOf = (node: Netns): string =>
  node.files.find(({ kind }) => kind.startsWith('ipset'))?.file ?? node.files[0]?.file ?? ''

const outcomes = (netns: Netns, { kind, features }: Recognition): readonly TrafficOutcome[] => {
  if (kind === 'not-recorded' || netns.links === undefined) return []
  const [v4, v6] = [false, true].map(six => features?.probeAddresses.find(address => address.includes(':') === six))
  const probeSource = { ...(v4 === undefined ? {} : { 4: v4 }), ...(v6 === undefined ? {} : { 6: v6 }) }
  const appPort = applicationPort(netns)
  const asked = { probeSource, ...(appPort === undefined ? {} : { appPort }) }
  return trafficKinds(prepareKernel(netns), asked).map(({ kind, family, evaluation }) => ({
    kind,
    family,
    branches: evaluation.branches.map(branch => ({
      probability: branch.probability,
      fate: branch.fate,
      ...decided(branch),
    })),
  }))
}

const ofZtunnel = new Set([15000, 15001, 15006, 15008, 15020, 15021, 15053, 15080])

/** The lowest port that something other than ztunnel listens on for others. */
const applicationPort = ({ listeners }: Netns): number | undefined =>
  listeners
    ?.filter(({ protocol, address, port }) => protocol === 'tcp' && !ofZtunnel.has(port) && !isLoopback(address))
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
