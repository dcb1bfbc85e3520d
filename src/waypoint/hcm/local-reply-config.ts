import { flagAt, listAt, numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Ternary } from '#model/evidence.ts'
import type { Exchange, LocalReply, Settle } from '../exchange.ts'
import { type FormatSubject, renderAll } from '../format.ts'
import { grpcNumber, grpcOfHttp } from '../grpc-status.ts'
import { Headers } from '../headers.ts'
import { jsonText } from '../json-format.ts'
import { clusterNames } from '../lookup.ts'
import { headerMatches } from '../match/header.ts'
import { every, not, some, ternary } from '../match/string.ts'
import { mutateHeaders } from '../route/mutation.ts'
import type { Walk } from '../walk.ts'

interface Replying {
  readonly walk: Walk
  readonly exchange: Exchange
  readonly reply: LocalReply
}

const statusHolds = (comparison: EnvoyJson | undefined, status: number): Ternary => {
  const value = numberAt(comparison, 'value', 'default_value') ?? 0
  switch (textAt(comparison, 'op') ?? 'EQ') {
    case 'GE':
      return ternary(status >= value)
    case 'LE':
      return ternary(status <= value)
    case 'NE':
      return ternary(status !== value)
    default:
      return ternary(status === value)
  }
}

const flagsHold = (wanted: readonly string[], flags: readonly string[]): Ternary =>
  ternary(wanted.length === 0 ? flags.length > 0 : wanted.some(flag => flags.includes(flag)))

/** Replies to requests that are no gRPC count by their HTTP status. */
const grpcHolds = (filter: EnvoyJson, { status, grpcStatus = grpcOfHttp(status) }: LocalReply): Ternary => {
  const listed = ternary(
    listAt(filter, 'statuses').some(
      wanted => (typeof wanted === 'number' ? wanted : grpcNumber(`${wanted}`)) === grpcStatus,
    ),
  )
  return flagAt(filter, 'exclude') === true ? not(listed) : listed
}

/** Access log filters as far as a decision knows what they ask for. */
const filterHolds = (filter: EnvoyJson, replying: Replying): Ternary => {
  const { walk, exchange, reply } = replying
  const { routeHeaderValues: values, regexTakes: regex } = walk.behaviour
  const status = objectAt(filter, 'status_code_filter')
  if (status !== undefined) return statusHolds(objectAt(status, 'comparison'), reply.status)
  const flags = objectAt(filter, 'response_flag_filter')
  if (flags !== undefined) return flagsHold(textsAt(flags, 'flags'), reply.flags ?? [])
  const grpc = objectAt(filter, 'grpc_status_filter')
  if (grpc !== undefined) return grpcHolds(grpc, reply)
  const header = objectAt(filter, 'header_filter', 'header')
  if (header !== undefined) return headerMatches(header, exchange.headers, { values, regex })
  const all = objectAt(filter, 'and_filter')
  if (all !== undefined) return every(objectsAt(all, 'filters'), each => filterHolds(each, replying))
  const any = objectAt(filter, 'or_filter')
  if (any !== undefined) return some(objectsAt(any, 'filters'), each => filterHolds(each, replying))
  return objectAt(filter, 'not_health_check_filter') === undefined ? 'unknown' : 'yes'
}

const textOf = (source: EnvoyJson | undefined): string | undefined => {
  const bytes = textAt(source, 'inline_bytes')
  return textAt(source, 'inline_string') ?? (bytes === undefined ? undefined : Buffer.from(bytes, 'base64').toString())
}

const subjectOf = ({ walk, exchange, reply }: Replying): FormatSubject => {
  const { connection, headers, metadata, filterState, protocol } = exchange
  const { cluster, route } = walk.reached
  return {
    connection,
    headers,
    metadata,
    filterState,
    protocol,
    reply,
    ...clusterNames(walk.index, cluster),
    ...(route !== undefined && { route: route.name }),
  }
}

const formatted = (format: EnvoyJson, replying: Replying): string | undefined => {
  const subject = subjectOf(replying)
  const omits = flagAt(format, 'omit_empty_values') === true
  const missing = omits ? '' : '-'
  const json = objectAt(format, 'json_format')
  if (json !== undefined)
    return jsonText(json, subject, { missing, omitted: omits && replying.walk.behaviour.jsonOmitsEmpty })
  const text = textOf(objectAt(format, 'text_format_source')) ?? textAt(format, 'text_format')
  return text === undefined ? undefined : renderAll(text, subject, missing)
}

/** What the first mapper that holds makes of a reply. */
const mapped = (replying: Replying, mapper: EnvoyJson): LocalReply => {
  const { reply, walk } = replying
  const headers = new Headers(reply.headers)
  mutateHeaders(mapper, { add: 'headers_to_add', remove: '' }, headers, subjectOf(replying), walk.leaveOutOfAnswer)
  return {
    ...reply,
    status: numberAt(mapper, 'status_code') ?? reply.status,
    body: textOf(objectAt(mapper, 'body')) ?? reply.body ?? '',
    headers: headers.list(),
  }
}

const mapperFor = (
  mappers: readonly EnvoyJson[],
  replying: Replying,
  settle: Settle,
): EnvoyJson | 'none' | 'unknown' => {
  for (const mapper of mappers) {
    const holds = settle(filterHolds(objectAt(mapper, 'filter') ?? {}, replying))
    if (holds === undefined) return 'unknown'
    if (holds) return mapper
  }
  return 'none'
}

/** A local reply as the connection manager rewrites it (`local_reply_config`). */
export const rewriteReply = (
  walk: Walk,
  exchange: Exchange,
  manager: EnvoyJson,
  reply: LocalReply,
  settle: Settle = holds => walk.settle(holds, 'local reply mapper'),
): LocalReply => {
  const config = objectAt(manager, 'local_reply_config')
  if (config === undefined) return reply
  const replying = { walk, exchange, reply }
  const found = mapperFor(objectsAt(config, 'mappers'), replying, settle)
  if (found === 'unknown') return { ...reply, unsure: true }
  const mapper = found === 'none' ? undefined : found
  const changed = mapper === undefined ? reply : mapped(replying, mapper)
  const format = objectAt(mapper, 'body_format_override') ?? objectAt(config, 'body_format')
  const body = format === undefined ? undefined : formatted(format, { ...replying, reply: changed })
  return body === undefined ? changed : { ...changed, body }
}
