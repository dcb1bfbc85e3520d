import type { Workload } from '#model/ztunnel.ts'
import type { SocketAddress } from '#reason/address.ts'
import { findWorkloadByAddress } from './address-lookup.ts'
import { type RbacConnection, rbacConnection } from './rbac/connection.ts'
import { decideRbac, denialText, type RbacDecision } from './rbac/decide.ts'
import { type Refusal, refused, type Undetermined } from './refusal.ts'
import { findLocalWorkload, type LocalPod } from './source.ts'
import type { ZtunnelStep } from './steps.ts'
import { type Decision, type Doubts, explore, type Walk } from './walk.ts'
import { podKey, type ZtunnelIndex } from './ztunnel-index.ts'

export interface Allowed {
  readonly kind: 'allowed'
  readonly workload: Workload
  readonly rbac: RbacDecision
}

/** `text` is the bare reason; before 1.24 ztunnel gives none and it is empty. */
export interface Denied extends Refusal {
  /** Both are known when policies denied it. */
  readonly workload?: Workload
  readonly rbac?: RbacDecision
}

export type Authorized = Allowed | Denied | Undetermined

export interface ArrivingConnection {
  /** Source IP as the destination sees it. */
  readonly src: string
  readonly dst: SocketAddress
  /** SPIFFE id of the peer; undefined on plaintext. */
  readonly identity?: string | undefined
}

export type AuthorizationDecision = Decision<Authorized, ZtunnelStep>

/** Whether the policies let a connection reach a pod of this node, without the checks that come before them. */
export const decideAuthorization = (
  index: ZtunnelIndex,
  pod: LocalPod,
  connection: ArrivingConnection,
  doubts: Doubts = {},
): AuthorizationDecision => explore(walk => authorize(index, walk, pod, connection), authorizedKey, doubts)

/** The same for a workload of any node, as this ztunnel would decide if it were its own. */
export const decideWorkloadAuthorization = (
  index: ZtunnelIndex,
  workload: Workload,
  connection: ArrivingConnection,
): AuthorizationDecision =>
  explore(walk => applyPolicies(index, walk, workload, rbacConnection(connection)), authorizedKey)

const authorizedKey = (result: Authorized): string => {
  if (result.kind === 'allowed') return result.kind
  return result.kind === 'refused' ? `${result.code} ${result.text}` : `? ${result.missing} ${result.about}`
}

/** Up to 1.23 the workload is whoever owns the destination address, and it must be the pod (ztunnel-measured.md C8). */
export const authorize = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  pod: LocalPod,
  connection: ArrivingConnection,
): Authorized => {
  const workload =
    index.behaviour.rbacDestination === 'pod-info'
      ? findLocalWorkload(index, walk, pod)
      : findDestination(index, walk, pod, connection.dst.ip)
  return 'kind' in workload ? workload : applyPolicies(index, walk, workload, rbacConnection(connection))
}

const findDestination = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  pod: LocalPod,
  ip: string,
): Workload | Refusal => {
  const workload = findWorkloadByAddress(index, walk, { network: index.dump.config.network, ip })
  if (workload === undefined) return refused('unknown-destination', '')
  const isThePod = !index.behaviour.sourceMustBeThePod || podKey(workload) === podKey(pod)
  return isThePod ? workload : refused('unknown-destination', '')
}

const applyPolicies = (
  index: ZtunnelIndex,
  walk: Walk<ZtunnelStep>,
  workload: Workload,
  connection: RbacConnection,
): Authorized => {
  const rbac = decideRbac(index, workload, connection)
  if (rbac.kind === 'allow') return { kind: 'allowed', workload, rbac }
  if (rbac.kind === 'undetermined') return { kind: 'undetermined', missing: 'policy-not-read', about: rbac.about }
  const policy =
    rbac.code === 'rbac-explicit-deny' && index.behaviour.rbacGivesReasons
      ? walk.settle({ code: 'policy-order', subject: workload.namespace, involved: rbac.policies }, rbac.policies)
      : undefined
  const text = index.behaviour.rbacGivesReasons ? denialText({ code: rbac.code, ...(policy && { policy }) }) : ''
  return { ...refused(rbac.code, text), workload, rbac }
}

/** The line that ztunnel logs for a denial. */
export const rejectionText = (reason: string): string =>
  reason === '' ? 'connection closed due to policy rejection' : `connection closed due to policy rejection: ${reason}`
