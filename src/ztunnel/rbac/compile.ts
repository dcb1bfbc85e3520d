import type { Evidence, Reason } from '#model/evidence.ts'
import type { Authorization, RbacMatch, ServiceAccountMatch, StringMatch } from '#model/ztunnel.ts'
import { cidrContains, parseCidr } from '#reason/cidr.ts'
import { allOf, anyOf, fact } from '#reason/reason.ts'
import { stringMatches, stringMatchText } from '#reason/strings.ts'
import type { Behaviour } from '../behaviour.ts'
import type { RbacConnection } from './connection.ts'

/** A policy made ready for many connections. */
export interface CompiledPolicy {
  readonly policy: Authorization
  matches(connection: RbacConnection): Reason
}

interface Predicate {
  readonly member: keyof RbacMatch
  readonly values: () => string
  readonly holds: (connection: RbacConnection) => boolean
}

interface Match {
  readonly predicates: readonly Predicate[]
  /** Has members that nobody can evaluate. */
  readonly isUnread: boolean
  readonly cite: () => readonly Evidence[]
}

interface Clause {
  readonly matches: readonly Match[]
  readonly cite: () => readonly Evidence[]
}

interface Rule {
  readonly clauses: readonly Clause[]
  readonly cite: () => readonly Evidence[]
}

/** `rules` is OR of AND of OR; a match is AND over its members (specs/ztunnel.md §6.3). */
export const compilePolicy = (policy: Authorization, behaviour: Behaviour, file: string): CompiledPolicy => {
  const cite = citeAt(file, policy.pointer)
  const rules = policy.rules.map((clauses, at): Rule => {
    const rule = `${policy.pointer}/rules/${at}`
    return {
      cite: citeAt(file, rule),
      clauses: clauses.map((matches, at): Clause => {
        const clause = `${rule}/${at}`
        return {
          cite: citeAt(file, clause),
          matches: matches.map((match, at) => compileMatch(match, citeAt(file, `${clause}/${at}`))),
        }
      }),
    }
  })
  const clauseHolds = behaviour.matchesInClause === 'any' ? anyMatch : everyMatch
  const name = () => `policy ${policy.namespace}/${policy.name}`
  if (policy.damaged === true)
    return { policy, matches: () => fact('unknown', () => `${name()} could not be read whole`, cite) }
  return {
    policy,
    matches: connection =>
      anyOf(
        rules,
        rule =>
          allOf(
            rule.clauses,
            clause => clauseHolds(clause, connection),
            () => 'rule',
            rule.cite,
          ),
        name,
        cite,
      ),
  }
}

/** An empty clause holds; an empty match is skipped, so a clause of only those never holds. */
const anyMatch = (clause: Clause, connection: RbacConnection): Reason =>
  clause.matches.length === 0
    ? fact('yes', () => 'empty clause', clause.cite)
    : anyOf(
        clause.matches,
        match => matchHolds(match, connection),
        () => 'clause',
        clause.cite,
      )

const everyMatch = (clause: Clause, connection: RbacConnection): Reason =>
  allOf(
    clause.matches,
    match => matchHolds(match, connection),
    () => 'clause',
    clause.cite,
  )

const matchHolds = (match: Match, connection: RbacConnection): Reason => {
  if (match.isUnread) return fact('unknown', () => 'match with members that are not known', match.cite)
  if (match.predicates.length === 0) return fact('no', () => 'empty match', match.cite)
  return allOf(
    match.predicates,
    ({ member, values, holds }) => fact(holds(connection), () => `${member} ${values()}`, match.cite),
    () => 'match',
    match.cite,
  )
}

const compileMatch = (match: RbacMatch, cite: () => readonly Evidence[]): Match => ({
  isUnread: match.unread !== undefined,
  cite,
  predicates: [
    ...strings(match, 'namespaces', 'notNamespaces', namespaceIs),
    ...strings(match, 'principals', 'notPrincipals', principalIs),
    ...accounts(match),
    ...addresses(match, 'sourceIps', 'notSourceIps', 'src'),
    ...addresses(match, 'destinationIps', 'notDestinationIps', 'dst'),
    ...ports(match),
  ],
})

/** One member and its negation; an empty list says nothing. */
const pair = <T>(
  [member, values]: readonly [keyof RbacMatch, readonly T[]],
  [notMember, notValues]: readonly [keyof RbacMatch, readonly T[]],
  text: (value: T) => string,
  test: (value: T, connection: RbacConnection) => boolean,
): readonly Predicate[] => {
  const some = (list: readonly T[]) => (connection: RbacConnection) => list.some(value => test(value, connection))
  const listed = (list: readonly T[]) => () => list.map(text).join(' | ')
  const isAmongNot = some(notValues)
  return [
    ...(values.length > 0 ? [{ member, values: listed(values), holds: some(values) }] : []),
    ...(notValues.length > 0
      ? [
          {
            member: notMember,
            values: listed(notValues),
            holds: (connection: RbacConnection) => !isAmongNot(connection),
          },
        ]
      : []),
  ]
}

const strings = (
  match: RbacMatch,
  member: 'namespaces' | 'principals',
  notMember: 'notNamespaces' | 'notPrincipals',
  test: (value: StringMatch, connection: RbacConnection) => boolean,
) => pair([member, match[member]], [notMember, match[notMember]], stringMatchText, test)

/** Without identity the namespace is empty text, which a prefix of nothing matches. */
const namespaceIs = (value: StringMatch, { identity }: RbacConnection): boolean =>
  stringMatches(value, identity?.namespace ?? '')

const principalIs = (value: StringMatch, { identity }: RbacConnection): boolean =>
  identity !== undefined && stringMatches(value, identity.principal)

const accounts = (match: RbacMatch) =>
  pair(
    ['serviceAccounts', match.serviceAccounts],
    ['notServiceAccounts', match.notServiceAccounts],
    ({ namespace, serviceAccount }: ServiceAccountMatch) => `${namespace}/${serviceAccount}`,
    ({ namespace, serviceAccount }, { identity }) =>
      identity !== undefined && identity.namespace === namespace && identity.serviceAccount === serviceAccount,
  )

const addresses = (
  match: RbacMatch,
  member: 'sourceIps' | 'destinationIps',
  notMember: 'notSourceIps' | 'notDestinationIps',
  end: 'src' | 'dst',
) => {
  const blocks = (texts: readonly string[]) => texts.map(text => ({ text, cidr: parseCidr(text) }))
  return pair(
    [member, blocks(match[member])],
    [notMember, blocks(match[notMember])],
    ({ text }) => text,
    ({ cidr }, connection) => cidr !== undefined && cidrContains(cidr, connection[end]),
  )
}

const ports = (match: RbacMatch) =>
  pair(
    ['destinationPorts', match.destinationPorts],
    ['notDestinationPorts', match.notDestinationPorts],
    port => `${port}`,
    (port, { dstPort }) => port === dstPort,
  )

const citeAt = (file: string, pointer: string) => (): readonly Evidence[] => [{ from: 'dump', file, pointer }]
