import type { ClientSees, Outcome } from '#trace/trace.ts'
import type { Expectation, Vocabulary } from './suite.ts'
import type { YamlAt } from './yaml-at.ts'

const outcomes: readonly Outcome[] = ['delivered', 'rejected', 'undetermined', 'ambiguous']

const sights: readonly ClientSees['kind'][] = [
  'response',
  'connected',
  'closed-after-accept',
  'closed-late',
  'refused',
  'timeout',
  'stalled',
  'dns-error',
  'tls-error',
]

/** A proxy on the way: of which kind, and which one. */
const isProxy = (text: string): boolean => /^(ztunnel|waypoint|gateway|sidecar)(:[^\s]+)?$/.test(text)

/** Stands for every way in which a policy of ztunnel or a waypoint refuses. */
const anyPolicy = 'rbac-deny'
const policyCodes = ['rbac-explicit-deny', 'rbac-no-allow', 'waypoint-rbac-denied']

export const readExpectation = (at: YamlAt, { codes, findings }: Vocabulary): Expectation | undefined => {
  const members = at.members('verdict', 'code', 'via', 'mtls', 'destination', 'status', 'headers', 'client', 'never')
  if (members === undefined) return undefined
  if (Object.keys(members).length === 0) return at.complain('nothing is expected')
  const mtls = members.mtls?.flag()
  const destination = members.destination?.text()
  const client = members.client === undefined ? undefined : readClient(members.client)
  return {
    ...(members.verdict && { verdict: members.verdict.oneOrMore().flatMap(one => one.oneOf(outcomes) ?? []) }),
    ...(members.code && { code: members.code.oneOrMore().flatMap(one => readCodes(one, [...codes, ...findings])) }),
    ...(members.via && {
      via: (members.via.isList ? members.via.list() : [members.via]).flatMap(one => proxy(one, []) ?? []),
    }),
    ...(mtls !== undefined && { mtls }),
    ...(destination !== undefined && { destination }),
    ...(members.status && { status: members.status.oneOrMore().flatMap(one => one.number() ?? []) }),
    ...(members.headers && {
      headers: Object.fromEntries(
        Object.entries(members.headers.texts()).map(([name, value]) => [
          name,
          value.isNull ? null : (value.text() ?? ''),
        ]),
      ),
    }),
    ...(client !== undefined && { client }),
    ...(members.never && {
      never: members.never.oneOrMore().flatMap(one => proxy(one, ['plaintext', ...codes]) ?? []),
    }),
  }
}

const readCodes = (at: YamlAt, codes: readonly string[]): readonly string[] => {
  const code = at.oneOf([...codes, anyPolicy])
  return code === anyPolicy ? policyCodes : code === undefined ? [] : [code]
}

const proxy = (at: YamlAt, others: readonly string[]): string | undefined => {
  const text = at.text()
  if (text === undefined || isProxy(text)) return text
  return at.oneOf([...others, 'ztunnel', 'waypoint', 'gateway', 'sidecar'])
}

const readClient = (at: YamlAt): Expectation['client'] => {
  if (!at.isMap) {
    const kind = at.oneOf(sights)
    return kind === undefined ? undefined : { kind }
  }
  const members = at.members('kind', 'body')
  const kind = members?.kind?.oneOf(sights)
  const body = members?.body?.text()
  return { ...(kind !== undefined && { kind }), ...(body !== undefined && { body }) }
}
