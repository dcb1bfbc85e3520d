import type { Workload } from '#model/ztunnel.ts'
import type { SocketAddress } from '#reason/address.ts'
import type { RbacDecision } from './rbac/decide.ts'
import { type Refusal, type RefusalCode, refused, type Undetermined } from './refusal.ts'
import type { LocalPod } from './source.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Decision } from './walk.ts'

export interface HboneRequest {
  /** The pod whose port 15008 was reached. */
  readonly pod: LocalPod
  /** Destination of the tunnel's TCP connection: the pod's IP, port 15008. */
  readonly connection: SocketAddress
  /** Source IP of the tunnel. */
  readonly src: string
  /** SPIFFE id of the client certificate. */
  readonly identity: string
  readonly authority: string
  readonly method?: string
}

/** Where an accepted connection goes. */
export interface InboundTarget {
  readonly workload: Workload
  /** What the policies see as destination, and where ztunnel connects to unless `throughLoopback`. */
  readonly upstream: SocketAddress
  /** Of a pod with an application tunnel: what the PROXY header says, or would say. */
  readonly tunnel?: { readonly protocol: 'NONE' | 'PROXY'; readonly target: SocketAddress }
  /** Connects to 127.0.0.1 or ::1 instead of the pod's address. */
  readonly throughLoopback: boolean
}

export interface Admitted extends InboundTarget {
  readonly kind: 'admitted'
  readonly rbac: RbacDecision
}

/** `status` is the HTTP status of the CONNECT; plaintext connections are reset instead. */
export interface Rejected extends Refusal {
  readonly status?: number
  readonly rbac?: RbacDecision
  /** Known when the policies refused it. */
  readonly target?: InboundTarget
}

/** Up to 1.21: plaintext to a pod with a waypoint is sent to that waypoint, no policy is looked at. */
export interface Hairpin {
  readonly kind: 'hairpin'
  readonly workload: Workload
}

export type InboundResult = Admitted | Rejected | Hairpin | Undetermined
export type InboundDecision = Decision<InboundResult, ZtunnelStep>

export const inboundKey = (result: InboundResult): string => {
  if (result.kind === 'undetermined') return `? ${result.missing} ${result.about}`
  if (result.kind === 'hairpin') return `hairpin ${result.workload.uid}`
  const target = result.kind === 'admitted' ? result : result.target
  const text = result.kind === 'refused' ? `${result.status} ${result.text}` : 'admitted'
  if (target === undefined) return text
  const { upstream, tunnel } = target
  return `${text} ${upstream.ip} ${upstream.port} ${tunnel?.protocol} ${tunnel?.target.ip} ${tunnel?.target.port}`
}

export const rejected = (status: number, code: RefusalCode, text: string): Rejected => ({
  ...refused(code, text),
  status,
})
