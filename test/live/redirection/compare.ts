import { evaluate } from '#redirection/evaluate.ts'
import type { Endpoint, Evaluation, Fate } from '#redirection/fate.ts'
import { readIp, showIp } from '#redirection/ip.ts'
import type { Topology } from '#redirection/topology.ts'
import { attemptPorts } from './kernel-case.ts'
import type { Seen, Sent } from './sockets.ts'

export interface Comparison {
  readonly verdict: 'agreed' | 'disagreed' | 'undetermined'
  readonly kernel: string
  readonly evaluator: string
  readonly evaluation: Evaluation
}

/** Holds what the kernel did with a packet against what the evaluator says it does. */
export const compare = (topology: Topology, packet: Sent, seen: Seen): Comparison => {
  const evaluation = evaluate(topology, {
    protocol: packet.proto,
    destination: packet.dst,
    port: packet.port,
    sourcePort: sourcePortOf(packet, seen),
    ...(packet.src === undefined ? {} : { source: packet.src }),
    origin: {
      kind: 'local',
      netns: packet.netns,
      uid: 0,
      gid: 0,
      ...(packet.mark === undefined ? {} : { mark: packet.mark }),
    },
  })
  const kernel = seenText(seen)
  const said = new Set(evaluation.branches.map(({ fate }) => fateText(fate, packet)))
  const [evaluator = '', ...others] = said
  if (others.length > 0 || evaluator === '')
    return { verdict: 'undetermined', kernel, evaluator: [...said].join(' | '), evaluation }
  if (evaluator === kernel) return { verdict: 'agreed', kernel, evaluator, evaluation }
  return { verdict: errorIsTooEarly(packet, evaluation) ? 'undetermined' : 'disagreed', kernel, evaluator, evaluation }
}

/**
 * Between namespaces an ICMP error is back before `connect` has let go of its socket, and counts for nothing; over a real
 * wire it ends the attempt. Where it has marked the connection, the SYN that is sent again goes another way.
 */
const errorIsTooEarly = ({ proto }: Sent, { branches }: Evaluation): boolean =>
  proto === 'tcp' &&
  branches.every(
    ({ fate, path }) =>
      (fate.kind === 'unreachable' || (fate.kind === 'refused' && fate.by === 'rule')) &&
      path.some(({ packet, evidence }) => packet === 'answer' && JSON.stringify(evidence).includes('CONNMARK')),
  )

/** A packet that was sent again used a port of its own, a round number higher. */
const sourcePortOf = ({ sport }: Sent, { at }: Seen): number => {
  const port = Number(at?.peer.split('|').at(-1))
  return (port - sport) % attemptPorts === 0 ? port : sport
}

const normal = (text: string | null | undefined): string => {
  const [address = '', port = ''] = (text ?? '').split('|')
  const ip = readIp(address)
  return ip === undefined ? '-' : `${showIp(ip)}|${port}`
}

const seenText = ({ outcome, at }: Seen): string =>
  at === undefined
    ? outcome
    : `${at.listener} peer ${normal(at.peer)}${at.local === undefined ? '' : ` local ${normal(at.local)} meant ${normal(at.meant)}`}`

const text = ({ address, port }: Endpoint): string => `${address}|${port}`

const fateText = (fate: Fate, packet: Sent): string => {
  switch (fate.kind) {
    case 'undetermined':
      return ''
    case 'lost':
      return 'timeout'
    case 'refused':
      return 'refused'
    case 'reset':
    case 'unreachable':
      return 'error'
    case 'leaves':
      return `leaves by ${fate.dev}`
    case 'arrives': {
      const { listener, peer, local, conntrackDestination } = fate.at
      const rest =
        packet.proto === 'udp'
          ? ''
          : ` local ${text(local)} meant ${conntrackDestination === undefined ? '-' : text(conntrackDestination)}`
      return `${listener} peer ${text(peer)}${rest}`
    }
  }
}
