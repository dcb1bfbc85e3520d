import type { Evidence } from '#model/evidence.ts'
import type { Missing } from './fate.ts'
import type { Skb, UnreachableCode } from './skb.ts'
import type { Hook, RulePlace, Stage } from './stage.ts'

export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly with: 'rst' | UnreachableCode }
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }

/** Says whether a rule applies. */
export interface TestPart {
  readonly kind: 'test'
  readonly holds: (skb: Skb, stage: Stage) => boolean | Missing
}

/** Part of a rule: a test, or an effect that changes the packet, ends the walk, or breaks the rule off. */
export type Part =
  | TestPart
  | { readonly kind: 'effect'; readonly act: (skb: Skb, stage: Stage) => Verdict | Missing | 'break' | undefined }

export interface Rule extends RulePlace {
  /** Tests that come first: a rule that fails them needs no more preparation. */
  readonly guard?: () => readonly TestPart[]
  /** Prepared at the first visit: most of a node's rules are never visited. */
  readonly parts: () => readonly Part[]
}

export interface Chain {
  /** How many rules it has. */
  readonly size: number
  /** Its rules in order, but for those that want another destination or port than the packet's. */
  readonly rulesFor: (skb: Skb) => readonly Rule[]
}

/** The chains of one table by name. */
export type Chains = Pick<ReadonlyMap<string, Chain>, 'get'>

export type Walked =
  | Exclude<Verdict, { kind: 'jump' | 'goto' | 'return' }>
  | { readonly kind: 'unknown'; readonly missing: Missing }

export interface BaseChain {
  readonly table: string
  readonly type: 'filter' | 'nat' | 'route'
  readonly hook: Hook
  readonly priority: number
  readonly policy: 'accept' | 'drop'
  readonly chain: Chain
  readonly chains: Chains
  /** Where the policy is written. */
  readonly evidence: Evidence
  /** Registration order within the namespace where it is known. */
  readonly registered: number | undefined
}

const isMissing = (value: Verdict | Missing): value is Missing => value.kind === 'missing'

/** Jumps nest, goto does not come back, RETURN at the base chain means its policy (specs/redirection.md §6.2). */
export const walk = (base: BaseChain, skb: Skb, stage: Stage): Walked => {
  const stack: { rules: readonly Rule[]; at: number }[] = []
  let rules = base.chain.rulesFor(skb)
  let at = 0
  for (;;) {
    const rule = rules[at++]
    const verdict = rule === undefined ? backOut : apply(rule, skb, stage)
    if (verdict === undefined) continue
    if (isMissing(verdict)) return { kind: 'unknown', missing: verdict }
    if (verdict.kind === 'return') {
      const back = stack.pop()
      if (back === undefined) return policyOf(base, stage)
      rules = back.rules
      at = back.at
    } else if (verdict.kind === 'jump' || verdict.kind === 'goto') {
      const target = base.chains.get(verdict.chain)
      if (target === undefined) return { kind: 'unknown', missing: noChain(verdict.chain, base) }
      if (stack.length > 64) return { kind: 'unknown', missing: noChain(`${verdict.chain}: jumps too deep`, base) }
      if (verdict.kind === 'jump') stack.push({ rules, at })
      rules = target.rulesFor(skb)
      at = 0
    } else return verdict
  }
}

const policyOf = ({ policy, evidence }: BaseChain, stage: Stage): Walked => {
  if (policy === 'drop') stage.policyDrop(evidence)
  return { kind: policy }
}

const backOut: Verdict = { kind: 'return' }

const noChain = (name: string, base: BaseChain): Missing => ({
  kind: 'missing',
  what: 'chain',
  text: name,
  evidence: base.evidence,
})

const noTests: readonly TestPart[] = []

/** Undefined when the rule does not apply or lets the packet go on. */
const apply = (rule: Rule, skb: Skb, stage: Stage): Verdict | Missing | undefined => {
  let unknown: Missing | undefined
  let recorded = false
  let verdict: Verdict | undefined
  for (const { holds } of rule.guard?.() ?? noTests) {
    const answer = holds(skb, stage)
    if (answer === false) return undefined
    if (answer !== true) unknown ??= answer
  }
  for (const part of rule.parts()) {
    if (part.kind === 'test') {
      const holds = part.holds(skb, stage)
      if (holds === false) return verdict
      if (holds !== true) unknown ??= holds
      continue
    }
    if (unknown !== undefined) return unknown
    if (!recorded) {
      stage.matched(rule, skb)
      recorded = true
    }
    const outcome = part.act(skb, stage)
    if (outcome === undefined) continue
    if (outcome === 'break') return undefined
    if (isMissing(outcome)) return outcome
    verdict = outcome
    break
  }
  if (verdict === undefined && !recorded && unknown === undefined) stage.matched(rule, skb)
  return verdict
}
