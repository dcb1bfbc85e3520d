import { Environment } from '@marcbachmann/cel-js'
import { objectAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Reason, Ternary } from '#model/evidence.ts'
import { type Address, printAddress } from '../address.ts'
import { pathOnly, queryOf } from '../match/path.ts'
import { ternary } from '../match/string.ts'
import { re2 } from '../regex.ts'
import { celText, UnwritableExpression } from './cel-text.ts'
import type { RbacSubject } from './subject.ts'

/** No text at all is no number, while the library makes it 0. */
const numeral = (value: unknown): unknown => {
  if (value === '') throw new TypeError('no number')
  return value
}

const environment = new Environment({ unlistedVariablesAreDyn: true })
  .registerFunction(
    'string.re2matches(string): bool',
    (text: string, pattern: string) => re2(pattern)?.matcher(text).find() === true,
  )
  .registerFunction('numeral(dyn): dyn', numeral)

/** An address that is no IP has no port: to ask for it is an error, which does not match. */
const peerOf = (address: Address): object => ({
  address: printAddress(address),
  ...(address.kind === 'ip' ? { port: BigInt(address.port) } : {}),
})

/** Envoy's request attributes; a connection without a request has none. */
const requestOf = ({ headers }: RbacSubject): object => {
  const path = headers.get(':path') ?? ''
  const plain = headers.list().filter(([name]) => !name.startsWith(':'))
  return {
    path,
    url_path: pathOnly(path),
    query: queryOf(path),
    host: headers.get(':authority') ?? '',
    method: headers.get(':method') ?? '',
    scheme: headers.get(':scheme') ?? '',
    referer: headers.get('referer') ?? '',
    useragent: headers.get('user-agent') ?? '',
    id: headers.get('x-request-id') ?? '',
    headers: Object.fromEntries([...headers.list(), ...plain].map(([name]) => [name, headers.all(name).join(',')])),
  }
}

const contextOf = (subject: RbacSubject): Record<string, unknown> => {
  const { connection, metadata, filterState } = subject
  const { tls, local, remote, serverName } = connection
  return {
    request: requestOf(subject),
    source: peerOf(remote),
    destination: peerOf(local),
    connection: {
      mtls: tls?.peer !== undefined,
      requested_server_name: serverName,
      subject_peer_certificate: tls?.peer?.subject ?? '',
      uri_san_peer_certificate: tls?.peer?.uris[0] ?? '',
      dns_san_peer_certificate: tls?.peer?.dns[0] ?? '',
    },
    metadata: { filter_metadata: Object.fromEntries(metadata) },
    filter_state: Object.fromEntries([...filterState].map(([key, { text }]) => [key, text])),
  }
}

/**
 * An error in evaluation, or a result that is not true or false, does not match (specs/waypoint.md §5.8). Envoy compiles a
 * literal pattern beforehand, and then a subject that is no text ends the evaluation, whatever `||` has on its other side.
 */
const evaluate = (condition: unknown, subject: RbacSubject): Ternary => {
  const context = contextOf(subject)
  let aborted = false
  const textOf = (expression: string): string => {
    try {
      const text: unknown = environment.evaluate(expression, context)
      if (typeof text === 'string') return text
    } catch {}
    aborted = true
    throw new TypeError('the subject of a pattern is no text')
  }
  let subjects = 0
  const matches = (expression: string, pattern: string, literal: boolean): string => {
    if (!literal) return `${expression}.re2matches(${pattern})`
    const name = `subject_${subjects++}`
    Object.defineProperty(context, name, { enumerable: true, get: () => textOf(expression) })
    return `${name}.re2matches(${pattern})`
  }
  const text = celText(condition, { matches, number: expression => `numeral(${expression})` })
  try {
    return ternary(environment.evaluate(text, context) === true && !aborted)
  } catch {
    return 'no'
  }
}

const written = (expression: unknown): string | undefined => {
  try {
    return celText(expression)
  } catch (error) {
    if (error instanceof UnwritableExpression) return undefined
    throw error
  }
}

/** The CEL condition of a policy; undefined when it has none. */
export const conditionHolds = (policy: EnvoyJson, subject: RbacSubject): Reason | undefined => {
  const condition = objectAt(policy, 'condition') ?? objectAt(policy, 'checked_condition', 'expr')
  if (condition === undefined) return undefined
  const text = written(condition)
  const holds = text === undefined ? 'unknown' : evaluate(condition, subject)
  return { holds, text: `condition ${text ?? ''}`, evidence: [], because: [] }
}
