import type { SocketAddress } from '#reason/address.ts'
import { findWorkloadByAddress } from './address-lookup.ts'
import { authorize, rejectionText } from './authorize.ts'
import { certain } from './damage.ts'
import { type InboundDecision, type InboundResult, inboundKey } from './inbound.ts'
import { refused } from './refusal.ts'
import type { LocalPod } from './source.ts'
import type { ZtunnelStep } from './steps.ts'
import { type Doubts, explore, type Walk } from './walk.ts'
import type { ZtunnelIndex } from './ztunnel-index.ts'

export interface PlaintextConnection {
  /** The pod whose port 15006 took it. */
  readonly pod: LocalPod
  readonly src: string
  /** What the client dialled. */
  readonly dst: SocketAddress
}

/** What the destination ztunnel does with captured plaintext (specs/ztunnel.md §5.2). A refusal resets the connection. */
export const decideInboundPlaintext = (
  index: ZtunnelIndex,
  connection: PlaintextConnection,
  doubts: Doubts = {},
): InboundDecision => explore(walk => certain(index, walk.steps, admit(index, walk, connection)), inboundKey, doubts)

const admit = (index: ZtunnelIndex, walk: Walk<ZtunnelStep>, { pod, src, dst }: PlaintextConnection): InboundResult => {
  const { behaviour, dump } = index
  if (behaviour.inboundSelfCall !== 'none' && dump.config.illegalPorts.includes(dst.port))
    return refused('self-call', 'attempted recursive call to ourselves')
  if (behaviour.rbacDestination === 'address') {
    const workload = findWorkloadByAddress(index, walk, { network: dump.config.network, ip: dst.ip })
    if (workload === undefined) return refused('unknown-destination', `unknown destination: ${dst.ip}`)
    if (behaviour.enforcesWaypointInbound && workload.waypoint !== undefined) return { kind: 'hairpin', workload }
  }
  const decision = authorize(index, walk, pod, { src, dst })
  if (decision.kind === 'undetermined') return decision
  if (decision.kind === 'allowed') {
    const { workload, rbac } = decision
    return { kind: 'admitted', workload, upstream: dst, throughLoopback: false, rbac }
  }
  const { workload, rbac } = decision
  if (workload === undefined || rbac === undefined) return refused(decision.code, decision.text)
  const target = { workload, upstream: dst, throughLoopback: false }
  return { ...refused(decision.code, rejectionText(decision.text)), rbac, target }
}
