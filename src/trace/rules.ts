import type { Evidence } from '#model/evidence.ts'
import type { SocketAddress } from '#reason/address.ts'
import { evaluate, soleFate } from '#redirection/evaluate.ts'
import type { Fate, Hit } from '#redirection/fate.ts'
import type { Kernel } from '#redirection/kernel.ts'
import type { Packet } from '#redirection/packet.ts'
import { Topology } from '#redirection/topology.ts'
import { uplinkOf } from '#redirection/traffic-kinds.ts'
import { familyOf } from './names.ts'

/** ztunnel's own sockets in a pod: their mark (specs/redirection.md §1.1), and its user and group in its DaemonSet. */
const ztunnelSocket = { mark: 0x539, uid: 0, gid: 1337 } as const

/** What the recorded rules of one network namespace do with one connection. */
export interface Steering {
  readonly fate: Fate
  readonly hits: readonly Hit[]
}

/** Whose socket it is; rules that ask for a user who is not known leave the packet undetermined. */
export interface Sender {
  readonly source?: string
  readonly uid?: number
  readonly byZtunnel?: boolean
}

/** A connection that a process of the namespace opens. */
export const sendFrom = (kernel: Kernel, to: SocketAddress, options: Sender = {}): Steering =>
  steer(kernel, opened(kernel, to, options))

/** The same where rules choose at random: every way it may go. */
export const waysFrom = (kernel: Kernel, to: SocketAddress, options: Sender = {}): readonly Steering[] =>
  evaluate(new Topology([kernel]), opened(kernel, to, options)).branches.map(({ fate, path }) => ({ fate, hits: path }))

const opened = (kernel: Kernel, to: SocketAddress, options: Sender): Packet => ({
  protocol: 'tcp',
  destination: to.ip,
  port: to.port,
  ...(options.source !== undefined && { source: options.source }),
  origin: {
    kind: 'local',
    netns: kernel.name,
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.byZtunnel === true && ztunnelSocket),
  },
})

/** A DNS query over UDP. */
export const queryFrom = (kernel: Kernel, resolver: string): Steering =>
  steer(kernel, { protocol: 'udp', destination: resolver, port: 53, origin: { kind: 'local', netns: kernel.name } })

/** A connection that comes in from the network; undefined where the namespace has no device for the family. */
export const arriveAt = (kernel: Kernel, from: string, to: SocketAddress): Steering | undefined => {
  const dev = uplinkOf(kernel, familyOf(to.ip))
  if (dev === undefined) return undefined
  return steer(kernel, {
    protocol: 'tcp',
    source: from,
    destination: to.ip,
    port: to.port,
    origin: { kind: 'input', netns: kernel.name, dev: dev.name },
  })
}

const steer = (kernel: Kernel, packet: Packet): Steering => steerIn(new Topology([kernel]), packet)

/** What the recorded namespaces around a node do with one packet. */
export const steerIn = (topology: Topology, packet: Packet): Steering => {
  const evaluation = evaluate(topology, packet)
  const [first] = evaluation.branches
  const fate = soleFate(evaluation)
  return {
    hits: first.path,
    fate: fate ?? {
      kind: 'undetermined',
      missing: [{ kind: 'missing', what: 'chance', text: 'rules that choose at random' }],
    },
  }
}

/** The rules that matched the first packet, in order. */
export const rulesHit = ({ hits }: Steering): readonly Evidence[] =>
  hits.filter(({ packet }) => packet === 'request').map(({ evidence }) => evidence)

const redirects = /REDIRECT|redirect to|TPROXY|tproxy/

/** Did a rule send the first packet to another port? */
export const isRedirected = ({ hits }: Steering): boolean => hits.some(isRedirect)

const isRedirect = ({ packet, evidence }: Hit): boolean =>
  packet === 'request' && evidence.from === 'rule' && redirects.test(evidence.text)

/** The rule that decided about the first packet, as `nat ISTIO_OUTPUT #5`. */
export const decidingRule = ({ hits }: Steering): string | undefined => {
  const hit = hits.find(isRedirect) ?? hits.findLast(({ packet }) => packet === 'request')
  return hit === undefined ? undefined : `${hit.table} ${hit.chain} #${hit.number}`
}
