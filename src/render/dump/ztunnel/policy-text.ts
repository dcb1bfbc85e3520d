import type { Authorization, RbacMatch, StringMatch } from '#model/ztunnel.ts'

/** The rules in words: `(port 8080) and (principal x or namespace ops-*); or …`. */
export const rulesText = ({ rules, damaged }: Authorization): string => {
  const text = rules.length === 0 ? 'no rule: never matches' : rules.map(ruleText).join('; or ')
  return damaged === true ? `${text} (a part could not be read)` : text
}

type Clause = readonly RbacMatch[]

const ruleText = (clauses: readonly Clause[]): string => {
  if (clauses.length === 0) return 'every connection'
  return clauses.map(clauseText).join(' and ')
}

/** A clause without matches always holds; one whose matches are all empty never does (specs/ztunnel.md §6.3). */
const clauseText = (clause: Clause): string => {
  if (clause.length === 0) return 'anything'
  const matches = clause.map(matchText).filter(text => text !== '')
  if (matches.length === 0) return 'nothing (its matches are empty)'
  return matches.length === 1 ? (matches[0] ?? '') : `(${matches.join(' or ')})`
}

const matchText = (match: RbacMatch): string => {
  const parts = [
    ...positive('namespace', match.namespaces.map(stringText), match.notNamespaces.map(stringText)),
    ...positive('principal', match.principals.map(stringText), match.notPrincipals.map(stringText)),
    ...positive('service account', match.serviceAccounts.map(account), match.notServiceAccounts.map(account)),
    ...positive('source', match.sourceIps, match.notSourceIps),
    ...positive('destination', match.destinationIps, match.notDestinationIps),
    ...positive('port', match.destinationPorts.map(String), match.notDestinationPorts.map(String)),
    ...(match.unread === undefined ? [] : [`unknown condition ${Object.keys(match.unread).join(', ')}`]),
  ]
  return parts.length > 1 ? `[${parts.join(' and ')}]` : (parts[0] ?? '')
}

const positive = (what: string, wanted: readonly string[], unwanted: readonly string[]): readonly string[] => [
  ...(wanted.length === 0 ? [] : [`${what} ${wanted.join('|')}`]),
  ...(unwanted.length === 0 ? [] : [`${what} not ${unwanted.join('|')}`]),
]

const stringText = (match: StringMatch): string => {
  if (match.kind === 'Presence') return 'present'
  if (match.kind === 'Prefix') return `${match.value}*`
  return match.kind === 'Suffix' ? `*${match.value}` : match.value
}

const account = ({ namespace, serviceAccount }: { namespace: string; serviceAccount: string }): string =>
  `${namespace}/${serviceAccount}`
