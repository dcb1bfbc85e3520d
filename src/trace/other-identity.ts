import { type SocketAddress, socketText } from '#reason/address.ts'
import { identityOf } from '#ztunnel/source.ts'
import { podKey, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { podsIn } from './networks.ts'
import { step } from './step.ts'
import type { Path } from './trace.ts'
import { after, ends, hop } from './trace.ts'
import type { Tunnel, Walk } from './walk.ts'
import type { Pod } from './world.ts'

/** The pod that takes a tunnel; where nothing but records tells who has the address, the one that the sender means. */
export const podBehind = (walk: Walk, ip: string, { expects }: Tunnel): Pod | undefined => {
  const [first, ...others] = podsIn(walk, ip)
  if (first === undefined || first.object !== undefined) return first
  return [first, ...others].find(({ workload }) => workload && expects.includes(identityOf(workload))) ?? first
}

/**
 * The pod behind the address proves another identity than the sender expects there, whose record of the address is of
 * another workload (specs/ztunnel.md §4.8). Undefined where it proves the right one, or where nothing tells.
 */
export const ofOtherIdentity = (index: ZtunnelIndex, pod: Pod, to: SocketAddress, tunnel: Tunnel): Path | undefined => {
  const { expects, peer } = tunnel
  const shown = identityShownBy(index, pod)
  if (shown === undefined || expects.length === 0 || expects.includes(shown)) return undefined
  const clientError = `io error: invalid peer certificate: Other(OtherError(identity verification error: peer did not present the expected SAN (${expects.join()}), got ${shown}))`
  const place = { kind: 'ztunnel', name: pod.node } as const
  const log = {
    ...(peer.address !== undefined && { 'src.addr': peer.address }),
    'dst.addr': socketText(to.ip, to.port),
    direction: 'inbound',
    error: 'tls handshake error: Custom { kind: InvalidData, error: AlertReceived(CertificateUnknown) }',
  }
  return after(
    hop('inbound', place, [step('refusal', { code: 'other-identity', error: clientError, log, clientError })]),
    ends({ kind: 'rejected', by: place, code: 'other-identity', error: clientError, clientSees: tunnel.view.closed }),
  )
}

/** Up to 1.23 the certificate is chosen by the address that was dialled (ztunnel-measured.md C35): it is the expected one. */
const identityShownBy = ({ behaviour, workloadsByPodInfo }: ZtunnelIndex, pod: Pod): string | undefined => {
  if (behaviour.rbacDestination === 'address') return undefined
  const [identity, ...others] = new Set((workloadsByPodInfo.get(podKey(pod)) ?? []).map(identityOf))
  return others.length === 0 ? identity : undefined
}
