import type { Evidence } from '#model/evidence.ts'
import { type ExpectedRule, expectedRules } from './expected.ts'
import { type AmbientRules, type Features, featuresOf } from './features.ts'
import type { RedirectionFinding } from './finding.ts'
import type { ProgrammedRule } from './programmed.ts'
import { rankOf } from './roles.ts'

/** What of one set is missing, doubled, unknown or in another order than istio-cni programs it. */
export const compareRules = (
  set: AmbientRules,
  features: Features = featuresOf(set),
): readonly RedirectionFinding[] => {
  const expected = expectedRules(features, set)
  return [
    ...tables.flatMap(table =>
      missingOf(
        set,
        table,
        expected.filter(rule => rule.table === table),
      ),
    ),
    ...duplicates(set),
    ...unknownRules(set, expected),
    ...misplaced(set),
  ]
}

const tables = ['raw', 'mangle', 'nat'] as const

/** A table without any of its rules is one finding: somebody flushed it. */
const missingOf = (
  set: AmbientRules,
  table: ExpectedRule['table'],
  expected: readonly ExpectedRule[],
): readonly RedirectionFinding[] => {
  const [file] = filesOf(set.rules)
  const flushed = expected.length > 1 && !set.rules.some(rule => rule.table === table)
  if (!flushed) return expected.flatMap(rule => missing(set, rule))
  return [
    {
      code: 'table-flushed',
      ambient: 'AMB003',
      severity: 'broken',
      family: set.family,
      about: table,
      evidence: file === undefined ? [] : [{ from: 'absence', file, lookedFor: `rules of Istio in table ${table}` }],
    },
  ]
}

const isThe = ({ table, role, names }: ExpectedRule, rule: ProgrammedRule): boolean =>
  rule.table === table && rule.role === role && (names === undefined || rule.names === names)

const missing = (set: AmbientRules, expected: ExpectedRule): readonly RedirectionFinding[] => {
  if (set.rules.some(rule => isThe(expected, rule))) return []
  const [file] = filesOf(set.rules)
  return [
    {
      code: 'rule-missing',
      ambient: 'AMB003',
      severity: 'broken',
      family: set.family,
      role: expected.role,
      about: expected.names === undefined ? expected.table : `${expected.table} ${expected.names}`,
      evidence: file === undefined ? [] : [{ from: 'absence', file, lookedFor: `${expected.table} ${expected.role}` }],
    },
  ]
}

const filesOf = (rules: readonly ProgrammedRule[]): readonly string[] => [
  ...new Set(rules.map(({ evidence }) => evidence.file)),
]

const placeOf = ({ table, chain, number }: ProgrammedRule): string => `${table} ${chain} #${number}`

/** Rules of 1.24 and before were added again by every run (specs/redirection.md §5.4). */
const duplicates = (set: AmbientRules): readonly RedirectionFinding[] => {
  const seen = new Map<string, ProgrammedRule>()
  const found: RedirectionFinding[] = []
  for (const rule of set.rules) {
    const key = [rule.table, rule.chain, rule.text].join('\n')
    const first = seen.get(key)
    if (first === undefined) seen.set(key, rule)
    else found.push(ofRule('rule-duplicate', 'note', set, rule, [first.evidence, rule.evidence]))
  }
  return found
}

const ofRule = (
  code: RedirectionFinding['code'],
  severity: RedirectionFinding['severity'],
  set: AmbientRules,
  rule: ProgrammedRule,
  evidence: readonly Evidence[],
): RedirectionFinding => ({
  code,
  severity,
  family: set.family,
  ...(rule.role === undefined ? {} : { role: rule.role }),
  about: placeOf(rule),
  evidence,
})

const unknownRules = (set: AmbientRules, expected: readonly ExpectedRule[]): readonly RedirectionFinding[] =>
  set.rules
    .filter(rule => !expected.some(known => isThe(known, rule)))
    .filter(({ role }) => role !== 'probe-source' && role !== 'enter-postrouting')
    .map(rule => ofRule('rule-unknown', 'risk', set, rule, [rule.evidence]))

/** The first rule of each chain that stands behind one it should precede. */
const misplaced = (set: AmbientRules): readonly RedirectionFinding[] => {
  const chains = new Map<string, ProgrammedRule[]>()
  for (const rule of set.rules) {
    const key = `${rule.table} ${rule.chain}`
    chains.set(key, [...(chains.get(key) ?? []), rule])
  }
  return [...chains.values()].flatMap(rules => {
    const known = rules.filter(({ role }) => role !== undefined)
    const rule = known.find((rule, index) => {
      const before = known[index - 1]
      return before !== undefined && placeAmong(before) > placeAmong(rule)
    })
    return rule === undefined ? [] : [ofRule('rule-order', 'risk', set, rule, [rule.evidence])]
  })
}

/** The two rules of each virtual interface follow each other, interface by interface. */
const placeAmong = ({ role }: ProgrammedRule): number =>
  role === undefined ? -1 : rankOf(role === 'virtual-interface-return' ? 'virtual-interface-capture' : role)
