import { At, asObject } from '#decode/json/at.ts'
import { canonicalIp } from '#model/ip.ts'
import type { Authorization, RbacMatch, ServiceAccountMatch, StringMatch } from '#model/ztunnel.ts'
import { maxPort } from './gateway-address.ts'
import { isCidr } from './service.ts'

/** A policy of any era: `groups` became `rules` in 1.19, match members became camel case in 1.22 (specs/ztunnel.md §3.3). */
export const readAuthorization = (at: At): Authorization | undefined => {
  const name = at.text('name')
  const namespace = at.text('namespace')
  const scope = at.oneOf('scope', ['Global', 'Namespace', 'WorkloadSelector'])
  const action = at.oneOf('action', ['Allow', 'Deny'])
  if (name === undefined || namespace === undefined || scope === undefined || action === undefined)
    return noteMissing(at, ['name', 'namespace', 'scope', 'action'])
  return {
    name,
    namespace,
    scope,
    action,
    rules: readRules(at),
    dryRun: at.flag('dryRun', 'dry_run') ?? false,
    pointer: at.pointer,
    unread: at.unread(),
    damaged: at.damaged,
  }
}

const noteMissing = (at: At, names: readonly string[]): undefined => {
  for (const name of names) if (!at.has(name)) at.wrong(name, `a policy with ${name}`)
}

/** Three levels of lists around the matches. An element of another type is noted, which leaves the policy damaged. */
const readRules = (at: At): Authorization['rules'] => {
  const name = at.has('groups') ? 'groups' : 'rules'
  const rules = at.array(name)
  if (rules === undefined && !at.has(name)) at.wrong(name, 'an array')
  return lists(at, name, rules ?? [], (clauses, path) =>
    lists(at, path, clauses, (matches, path) => readMatches(at, path, matches)),
  )
}

const lists = <T>(
  at: At,
  path: string,
  elements: readonly unknown[],
  read: (list: readonly unknown[], path: string) => T,
): T[] => {
  const found: T[] = []
  for (const [index, element] of elements.entries()) {
    if (Array.isArray(element)) found.push(read(element, `${path}/${index}`))
    else at.issues.add(`${at.pointer}/${path}/${index}`, 'an array', element)
  }
  return found
}

const readMatches = (at: At, path: string, matches: readonly unknown[]): RbacMatch[] => {
  const found: RbacMatch[] = []
  for (const [index, match] of matches.entries()) {
    const pointer = `${at.pointer}/${path}/${index}`
    const members = asObject(match)
    if (members === undefined) at.issues.add(pointer, 'an object', match)
    else found.push(readMatch(new At(members, at.issues, pointer)))
  }
  return found
}

const readMatch = (at: At): RbacMatch => {
  const match = {
    namespaces: readStrings(at, 'namespaces'),
    notNamespaces: readStrings(at, 'notNamespaces', 'not_namespaces'),
    principals: readStrings(at, 'principals'),
    notPrincipals: readStrings(at, 'notPrincipals', 'not_principals'),
    serviceAccounts: readServiceAccounts(at, 'serviceAccounts', 'service_accounts'),
    notServiceAccounts: readServiceAccounts(at, 'notServiceAccounts', 'not_service_accounts'),
    sourceIps: readCidrs(at, 'sourceIps', 'source_ips'),
    notSourceIps: readCidrs(at, 'notSourceIps', 'not_source_ips'),
    destinationIps: readCidrs(at, 'destinationIps', 'destination_ips'),
    notDestinationIps: readCidrs(at, 'notDestinationIps', 'not_destination_ips'),
    destinationPorts: readPorts(at, 'destinationPorts', 'destination_ports'),
    notDestinationPorts: readPorts(at, 'notDestinationPorts', 'not_destination_ports'),
  }
  return { ...match, unread: at.unread() }
}

const readStrings = (at: At, name: string, older?: string): readonly StringMatch[] =>
  at.list(name, older, '{Exact | Prefix | Suffix: string} or Presence', readStringMatch)

/** `{"Presence": []}` in every release that was recorded; the other spellings are what other serialisers make of it. */
const readStringMatch = (value: unknown): StringMatch | undefined => {
  if (value === 'Presence') return { kind: 'Presence' }
  const [member, ...more] = Object.entries(asObject(value) ?? {})
  if (member === undefined || more.length > 0) return undefined
  const [kind, text] = member
  if (kind === 'Presence') return { kind }
  if (kind !== 'Exact' && kind !== 'Prefix' && kind !== 'Suffix') return undefined
  return typeof text === 'string' ? { kind, value: text } : undefined
}

const readServiceAccounts = (at: At, name: string, older: string): readonly ServiceAccountMatch[] =>
  at.objects(name, older).flatMap(account => {
    const namespace = account.text('namespace')
    const serviceAccount = account.text('serviceAccount', 'service_account')
    if (namespace !== undefined && serviceAccount !== undefined) return [{ namespace, serviceAccount }]
    noteMissing(account, ['namespace', 'serviceAccount'])
    return []
  })

const readCidrs = (at: At, name: string, older: string): readonly string[] =>
  at.list(name, older, 'ip/prefix length', value => {
    if (typeof value !== 'string') return undefined
    if (isCidr(value)) return value
    return canonicalIp(value) === undefined ? undefined : `${value}/${value.includes(':') ? 128 : 32}`
  })

const readPorts = (at: At, name: string, older: string): readonly number[] =>
  at.list(name, older, 'a port', value =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= maxPort ? value : undefined,
  )
