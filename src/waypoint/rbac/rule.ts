import { entriesAt, member, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Reason, Ternary } from '#model/evidence.ts'
import { shown } from '#model/shown.ts'
import { type Address, inRange } from '../address.ts'
import type { PeerCertificate } from '../connection.ts'
import { headerMatches } from '../match/header.ts'
import { metadataMatches } from '../match/metadata.ts'
import { pathOnly, templateMatches, withoutParameters } from '../match/path.ts'
import { not, stringMatches, ternary } from '../match/string.ts'
import type { RbacSubject } from './subject.ts'

type Test = (value: unknown, subject: RbacSubject) => Ternary

const json = (value: unknown): EnvoyJson => objectAt({ value }, 'value') ?? {}

const ipTest =
  (pick: (subject: RbacSubject) => string | undefined): Test =>
  (range, subject) => {
    const ip = pick(subject)
    return ternary(
      ip !== undefined && inRange(ip, textAt(range, 'address_prefix') ?? '', numberAt(range, 'prefix_len') ?? 0),
    )
  }

const ipOf = (address: Address): string | undefined => (address.kind === 'ip' ? address.ip : undefined)

const portOf = ({ connection: { local } }: RbacSubject): number | undefined =>
  local.kind === 'ip' ? local.port : undefined

/** Without query, and without the parameters that the route's table ignores. */
const pathOf = ({ headers, behaviour, ignoresParameters }: RbacSubject): string | undefined => {
  const whole = headers.get(':path')
  if (whole === undefined) return undefined
  const path = pathOnly(whole)
  return ignoresParameters && behaviour.rbacIgnoresPathParameters ? withoutParameters(path, behaviour) : path
}

const urlPath: Test = (value, subject) => {
  const path = pathOf(subject)
  const matcher = objectAt(value, 'path')
  if (path === undefined) return 'no'
  return matcher === undefined ? 'unknown' : stringMatches(matcher, path, subject.behaviour.regexTakes)
}

const header: Test = (value, { headers, behaviour }) =>
  headerMatches(json(value), headers, { values: behaviour.rbacHeaderValues, regex: behaviour.regexTakes })

const metadata: Test = (value, subject) => metadataMatches(json(value), subject.metadata)

/** URI SANs, then DNS SANs, then the subject: the first kind that exists is tried together with the others. */
const names = ({ uris, dns, subject }: PeerCertificate): readonly string[] => [...uris, ...dns, subject]

const authenticated: Test = (value, { connection: { tls } }) => {
  if (tls === undefined) return 'no'
  const matcher = objectAt(value, 'principal_name')
  if (matcher === undefined) return 'yes'
  const peer = tls.peer
  if (peer === undefined) return stringMatches(matcher, '')
  return names(peer).some(name => stringMatches(matcher, name) === 'yes') ? 'yes' : 'no'
}

const filterState: Test = (value, subject) => {
  const object = subject.filterState.get(textAt(value, 'key') ?? '')
  const matcher = objectAt(value, 'string_match')
  if (object === undefined) return 'no'
  return matcher === undefined ? 'unknown' : stringMatches(matcher, object.text)
}

const uriTemplate: Test = (value, subject) => {
  const template = textAt(value, 'typed_config', 'path_template')
  const path = pathOf(subject)
  if (template === undefined) return 'unknown'
  return ternary(path !== undefined && templateMatches(template, path, subject.behaviour))
}

/** Leaves of permissions and principals by the member that says which one it is. */
const leaves: Readonly<Record<string, Test>> = {
  any: value => ternary(value === true),
  header,
  url_path: urlPath,
  metadata,
  destination_ip: ipTest(({ connection }) => ipOf(connection.local)),
  destination_port: (value, subject) => ternary(portOf(subject) === Number(value)),
  destination_port_range: (value, subject) => {
    const port = portOf(subject)
    return ternary(
      port !== undefined && port >= (numberAt(value, 'start') ?? 0) && port < (numberAt(value, 'end') ?? 0),
    )
  },
  requested_server_name: (value, { connection }) => stringMatches(json(value), connection.serverName),
  uri_template: uriTemplate,
  authenticated,
  source_ip: ipTest(({ connection }) => ipOf(connection.remote)),
  direct_remote_ip: ipTest(({ connection }) => ipOf(connection.directRemote)),
  remote_ip: ipTest(({ remoteIp }) => remoteIp),
  filter_state: filterState,
}

const groups: Readonly<Record<string, { readonly list: string; readonly needs: 'all' | 'one' }>> = {
  and_rules: { list: 'rules', needs: 'all' },
  or_rules: { list: 'rules', needs: 'one' },
  and_ids: { list: 'ids', needs: 'all' },
  or_ids: { list: 'ids', needs: 'one' },
}

export const allOf = (because: readonly Reason[], text: string): Reason => ({
  holds: because.some(({ holds }) => holds === 'no')
    ? 'no'
    : because.some(({ holds }) => holds === 'unknown')
      ? 'unknown'
      : 'yes',
  text,
  evidence: [],
  because,
})

export const oneOf = (because: readonly Reason[], text: string): Reason => ({
  holds: because.some(({ holds }) => holds === 'yes')
    ? 'yes'
    : because.some(({ holds }) => holds === 'unknown')
      ? 'unknown'
      : 'no',
  text,
  evidence: [],
  because,
})

const leafText = (kind: string, value: unknown): string => `${kind} ${JSON.stringify(shown(value))}`

/** One permission or principal of an RBAC policy, with why it holds (specs/waypoint.md §5.8). */
export const ruleHolds = (rule: EnvoyJson, subject: RbacSubject): Reason => {
  const kind = Object.keys(rule)[0] ?? ''
  const value = member(rule, kind)
  const group = groups[kind]
  if (group !== undefined) {
    const because = objectsAt(value, group.list).map(inner => ruleHolds(inner, subject))
    return group.needs === 'all' ? allOf(because, kind) : oneOf(because, kind)
  }
  if (kind === 'not_rule' || kind === 'not_id') {
    const inner = ruleHolds(json(value), subject)
    return { holds: not(inner.holds), text: kind, evidence: [], because: [inner] }
  }
  const holds = leaves[kind]?.(value, subject) ?? 'unknown'
  return { holds, text: leafText(kind, value), evidence: [], because: [] }
}

/** Policies in the order Envoy evaluates them: a map sorted by bytes of the name. */
export const policiesOf = (rules: EnvoyJson): readonly (readonly [string, EnvoyJson])[] =>
  [...entriesAt(rules, 'policies')].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
