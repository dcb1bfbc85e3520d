import type { NonEmpty, Reason } from '#model/evidence.ts'
import type { Authorization, Workload } from '#model/ztunnel.ts'
import type { RefusalCode } from '../refusal.ts'
import { policyKey, type ZtunnelIndex } from '../ztunnel-index.ts'
import type { CompiledPolicy } from './compile.ts'
import type { RbacConnection } from './connection.ts'

export interface ConsideredPolicy {
  readonly policy: Authorization
  readonly reachedBy: 'namespace' | 'global' | 'listed'
  /** False for a dry run that this version does not enforce. */
  readonly isEnforced: boolean
  readonly reason: Reason
}

interface Considered {
  /** Every policy that applies, with why it matched or not; evaluated when called. */
  readonly considered: () => readonly ConsideredPolicy[]
  /** Keys that the workload lists but that ztunnel does not hold: it ignores them. */
  readonly missing: readonly string[]
}

type Verdict =
  | { readonly kind: 'allow'; readonly by: 'no-allow-policies' | 'from-waypoint' }
  | { readonly kind: 'allow'; readonly by: 'allow-match'; readonly policy: Authorization }
  | {
      readonly kind: 'deny'
      readonly code: Extract<RefusalCode, 'rbac-explicit-deny'>
      /** Policies that ztunnel may name: its order within a namespace is not fixed. */
      readonly policies: NonEmpty<Authorization>
    }
  | { readonly kind: 'deny'; readonly code: Extract<RefusalCode, 'rbac-no-allow'> }
  /** `about` is the key of a policy or workload that could not be read whole, or `policies` when there is no list of them. */
  | { readonly kind: 'undetermined'; readonly about: string }

export type RbacDecision = Considered & Verdict

export interface ApplyingPolicy {
  readonly compiled: CompiledPolicy
  readonly reachedBy: ConsideredPolicy['reachedBy']
}

/** Whether a connection may reach the workload (specs/ztunnel.md §6.1, §6.2). */
export const decideRbac = (index: ZtunnelIndex, workload: Workload, connection: RbacConnection): RbacDecision => {
  const { applying, missing } = policiesFor(index, workload)
  const isEnforced = ({ compiled: { policy } }: ApplyingPolicy) => !policy.dryRun || index.behaviour.dryRunIsEnforced
  const considered = () => applying.map(one => consider(one, isEnforced(one), connection))
  if (index.dump.missing.includes('policies')) return { kind: 'undetermined', about: 'policies', considered, missing }
  if (workload.damaged === true)
    return { kind: 'undetermined', about: `${workload.namespace}/${workload.name}`, considered, missing }
  const verdict = apply(applying.filter(isEnforced), connection)
  const isExplicit = verdict.kind === 'deny' && verdict.code === 'rbac-explicit-deny'
  const isSure = isExplicit || !index.dump.unreadable.includes('policies')
  return { ...(isSure ? verdict : { kind: 'undetermined', about: 'policies' }), considered, missing }
}

const apply = (enforced: readonly ApplyingPolicy[], connection: RbacConnection): Verdict => {
  const denials = matching(enforced, 'Deny', connection)
  const [first, ...others] = namedDenials(denials.yes)
  if (first !== undefined) return { kind: 'deny', code: 'rbac-explicit-deny', policies: [first, ...others] }
  if (denials.unknown !== undefined) return { kind: 'undetermined', about: policyKey(denials.unknown) }
  const allows = enforced.filter(({ compiled }) => compiled.policy.action === 'Allow')
  return allows.length === 0 ? { kind: 'allow', by: 'no-allow-policies' } : decideAllow(allows, connection)
}

/** ztunnel's words for a denial; before 1.24 it gave none. */
export const denialText = (denial: { readonly code: RefusalCode; readonly policy?: Authorization }): string =>
  denial.policy === undefined
    ? 'allow policies exist, but none allowed'
    : `explicitly denied by: ${policyKey(denial.policy)}`

const decideAllow = (allows: readonly ApplyingPolicy[], connection: RbacConnection): Verdict => {
  let unknown: Authorization | undefined
  for (const { compiled } of allows) {
    const { holds } = compiled.matches(connection)
    if (holds === 'yes') return { kind: 'allow', by: 'allow-match', policy: compiled.policy }
    if (holds === 'unknown') unknown ??= compiled.policy
  }
  return unknown === undefined
    ? { kind: 'deny', code: 'rbac-no-allow' }
    : { kind: 'undetermined', about: policyKey(unknown) }
}

const consider = (
  { compiled, reachedBy }: ApplyingPolicy,
  isEnforced: boolean,
  connection: RbacConnection,
): ConsideredPolicy => ({ policy: compiled.policy, reachedBy, isEnforced, reason: compiled.matches(connection) })

/** The policies that a workload is under: those of its namespace, then global ones, then its own list; unknown keys are skipped. */
export const policiesFor = (
  index: Pick<ZtunnelIndex, 'policiesByNamespace' | 'globalPolicies' | 'policiesByKey'>,
  workload: Pick<Workload, 'namespace' | 'authorizationPolicies'>,
): { readonly applying: readonly ApplyingPolicy[]; readonly missing: readonly string[] } => {
  const applying: ApplyingPolicy[] = []
  const missing: string[] = []
  if (workload.namespace !== '')
    for (const compiled of index.policiesByNamespace.get(workload.namespace) ?? [])
      applying.push({ compiled, reachedBy: 'namespace' })
  for (const compiled of index.globalPolicies) applying.push({ compiled, reachedBy: 'global' })
  for (const key of workload.authorizationPolicies) {
    const compiled = index.policiesByKey.get(key)
    if (compiled === undefined) missing.push(key)
    else applying.push({ compiled, reachedBy: 'listed' })
  }
  return { applying, missing }
}

const matching = (
  applying: readonly ApplyingPolicy[],
  action: Authorization['action'],
  connection: RbacConnection,
): { readonly yes: readonly ApplyingPolicy[]; readonly unknown: Authorization | undefined } => {
  const yes: ApplyingPolicy[] = []
  let unknown: Authorization | undefined
  for (const one of applying) {
    if (one.compiled.policy.action !== action) continue
    const { holds } = one.compiled.matches(connection)
    if (holds === 'yes') yes.push(one)
    else if (holds === 'unknown') unknown ??= one.compiled.policy
  }
  return { yes, unknown }
}

/** The first group that matches names the denial; within the namespace or global group any member may be first. */
const namedDenials = (matched: readonly ApplyingPolicy[]): readonly Authorization[] => {
  const of = (group: ConsideredPolicy['reachedBy']) =>
    matched.filter(({ reachedBy }) => reachedBy === group).map(({ compiled }) => compiled.policy)
  const [firstGroup] = [of('namespace'), of('global'), of('listed').slice(0, 1)].filter(group => group.length > 0)
  return firstGroup ?? []
}
