import { flagAt, member, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from './behaviour.ts'
import type { Connection } from './connection.ts'
import { durationMs } from './duration.ts'
import { isSimpleRequest, preface } from './hcm/codec.ts'
import { knownMethods } from './hcm/http1-codec.ts'
import { isTarget } from './hcm/target.ts'
import { every, not, some, ternary } from './match/string.ts'
import type { InnerTraffic } from './request.ts'
import { typeOf } from './types.ts'

/** `filter_disabled` of a listener filter; a port range holds for every destination that is no IP (measured §2). */
const disabled = (predicate: EnvoyJson, connection: Connection): 'yes' | 'no' | 'unknown' => {
  const range = objectAt(predicate, 'destination_port_range')
  if (range !== undefined) {
    if (connection.local.kind !== 'ip') return 'yes'
    const { port } = connection.local
    return ternary(port >= (numberAt(range, 'start') ?? 0) && port < (numberAt(range, 'end') ?? 0))
  }
  if (member(predicate, 'any_match') === true) return 'yes'
  const negated = objectAt(predicate, 'not_match')
  if (negated !== undefined) return not(disabled(negated, connection))
  const all = objectAt(predicate, 'and_match')
  if (all !== undefined) return every(objectsAt(all, 'rules'), rule => disabled(rule, connection))
  const one = objectAt(predicate, 'or_match')
  if (one !== undefined) return some(objectsAt(one, 'rules'), rule => disabled(rule, connection))
  return 'unknown'
}

type Sniffed = 'waiting' | { readonly protocols: readonly string[] }

const requestLine = /^([A-Za-z0-9!#$%&'*+\-.^_`|~]+) (\S+) HTTP\/(\d)\.(\d)\r?\n/

/** Behind a target the parser skips whatever is not above a blank. */
const behindTarget = /[\u0000-\u0020]+(?= HTTP\/)/

const schemeAlone = /^[^/]+:\/\/$/

const firstBytes = (traffic: InnerTraffic): string => {
  if (traffic.kind === 'bytes') return traffic.data
  if (traffic.kind === 'http') return `${traffic.method} ${traffic.path} HTTP/${traffic.version}\r\n`
  return ''
}

const firstToken = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]/

/** Whether what has come of a first line may still become one of HTTP. */
const mayBecomeHttp = (begun: string, { sniffsAsTheCodec }: EnvoyBehaviour): boolean => {
  if (begun.includes('\n')) return false
  if (sniffsAsTheCodec) return firstToken.test(begun)
  const [method = '', target] = begun.split(' ', 2)
  if (target !== undefined) return knownMethods.has(method) || preface.startsWith(begun)
  return [...knownMethods, 'PRI'].some(known => known.startsWith(method))
}

const sniffHttp = (traffic: InnerTraffic, behaviour: EnvoyBehaviour): Sniffed => {
  if (traffic.kind === 'silent') return 'waiting'
  if (traffic.kind === 'http' && traffic.version === '2') return { protocols: ['h2c'] }
  if (traffic.kind === 'bytes' && traffic.data.startsWith(preface)) return { protocols: ['h2c'] }
  if (traffic.kind === 'bytes' && mayBecomeHttp(traffic.data, behaviour)) return 'waiting'
  if (traffic.kind === 'bytes' && isSimpleRequest(traffic.data)) return { protocols: ['http/1.0'] }
  const bytes = firstBytes(traffic)
  const line = requestLine.exec(behaviour.sniffsAsTheCodec ? bytes.replace(behindTarget, '') : bytes)
  if (line === null) return { protocols: [] }
  const [, method = '', target = '', major, minor] = line
  if (method !== 'CONNECT' && !isTarget(target)) return { protocols: [] }
  if (!behaviour.sniffsAsTheCodec && schemeAlone.test(target)) return { protocols: [] }
  if (!behaviour.sniffsAsTheCodec && !knownMethods.has(method)) return { protocols: [] }
  return major === '1' && (minor === '0' || minor === '1') ? { protocols: [`http/1.${minor}`] } : { protocols: [] }
}

/** A TLS record header; fewer bytes do not tell. */
const tlsHeaderBytes = 5

const sniffTls = (traffic: InnerTraffic): 'waiting' | 'tls' | 'plain' => {
  if (traffic.kind === 'silent') return 'waiting'
  if (traffic.kind === 'tls') return 'tls'
  return firstBytes(traffic).length < tlsHeaderBytes && traffic.kind === 'bytes' ? 'waiting' : 'plain'
}

export interface Inspection {
  readonly connection: Connection
  /** Some inspector looked at bytes: the chain is chosen after CONNECT was answered. */
  readonly sniffed: boolean
  readonly waiting: boolean
  readonly seen: readonly { readonly inspector: string; readonly ran: boolean; readonly found: readonly string[] }[]
}

const httpInspector = 'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector'
const tlsInspector = 'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector'

interface Look {
  readonly connection: Connection
  readonly found: readonly string[]
  readonly waiting: boolean
}

const lookForHttp = (connection: Connection, traffic: InnerTraffic, behaviour: EnvoyBehaviour): Look => {
  const sniffed = sniffHttp(traffic, behaviour)
  if (sniffed === 'waiting') return { connection, found: [], waiting: true }
  const { protocols } = sniffed
  const changed = protocols.length === 0 ? connection : { ...connection, applicationProtocols: protocols }
  return { connection: changed, found: protocols, waiting: false }
}

const lookForTls = (connection: Connection, traffic: InnerTraffic): Look => {
  const sniffed = sniffTls(traffic)
  if (sniffed !== 'tls' || traffic.kind !== 'tls') return { connection, found: [], waiting: sniffed === 'waiting' }
  const changed: Connection = {
    ...connection,
    transportProtocol: 'tls',
    serverName: traffic.serverName?.toLowerCase() ?? '',
    applicationProtocols: traffic.alpn.length > 0 ? traffic.alpn : connection.applicationProtocols,
  }
  return { connection: changed, found: ['tls', ...traffic.alpn], waiting: false }
}

/** The inspectors of a listener, in order, until one has to wait for bytes that do not come. */
export const inspect = (
  listener: EnvoyJson,
  start: Connection,
  traffic: InnerTraffic,
  behaviour: EnvoyBehaviour,
): Inspection => {
  let connection = start
  const seen: { inspector: string; ran: boolean; found: readonly string[] }[] = []
  let sniffed = false
  for (const filter of objectsAt(listener, 'listener_filters')) {
    const type = typeOf(filter)
    if (type !== httpInspector && type !== tlsInspector) continue
    const predicate = objectAt(filter, 'filter_disabled')
    const ran = predicate === undefined || disabled(predicate, connection) === 'no'
    const inspector = textAt(filter, 'name') ?? type
    if (!ran) {
      seen.push({ inspector, ran, found: [] })
      continue
    }
    sniffed = true
    const look = type === httpInspector ? lookForHttp(connection, traffic, behaviour) : lookForTls(connection, traffic)
    connection = look.connection
    seen.push({ inspector, ran, found: look.found })
    if (look.waiting) return { connection, sniffed, waiting: true, seen }
  }
  return { connection, sniffed, waiting: false, seen }
}

const defaultTimeoutMs = 15_000

/** Milliseconds that listener filters may wait; 0 is for ever. */
export const inspectionTimeout = (listener: EnvoyJson): number =>
  durationMs(textAt(listener, 'listener_filters_timeout')) ?? defaultTimeoutMs

export const continuesAfterTimeout = (listener: EnvoyJson): boolean =>
  flagAt(listener, 'continue_on_listener_filters_timeout') === true
