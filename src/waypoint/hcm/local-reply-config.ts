import { numberAt, objectAt, objectsAt, textAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Ternary } from '#model/evidence.ts'
import type { Exchange, LocalReply } from '../exchange.ts'
import { render } from '../format.ts'
import { Headers } from '../headers.ts'
import { headerMatches } from '../match/header.ts'
import { every, some, ternary } from '../match/string.ts'
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

/** Access log filters as far as a decision knows what they ask for. */
const filterHolds = (filter: EnvoyJson, replying: Replying): Ternary => {
  const { walk, exchange, reply } = replying
  const { routeHeaderValues: values, regexTakes: regex } = walk.behaviour
  const status = objectAt(filter, 'status_code_filter')
  if (status !== undefined) return statusHolds(objectAt(status, 'comparison'), reply.status)
  const flags = objectAt(filter, 'response_flag_filter')
  if (flags !== undefined) return flagsHold(textsAt(flags, 'flags'), reply.flags ?? [])
  const header = objectAt(filter, 'header_filter', 'header')
  if (header !== undefined) return headerMatches(header, exchange.headers, { values, regex })
  const all = objectAt(filter, 'and_filter')
  if (all !== undefined) return every(objectsAt(all, 'filters'), each => filterHolds(each, replying))
  const any = objectAt(filter, 'or_filter')
  if (any !== undefined) return some(objectsAt(any, 'filters'), each => filterHolds(each, replying))
  return 'unknown'
}

const textOf = (source: EnvoyJson | undefined): string | undefined => {
  const bytes = textAt(source, 'inline_bytes')
  return textAt(source, 'inline_string') ?? (bytes === undefined ? undefined : Buffer.from(bytes, 'base64').toString())
}

const formatted = (format: EnvoyJson, replying: Replying): string | undefined => {
  const { connection, headers, metadata, filterState } = replying.exchange
  const { status, body = '', details } = replying.reply
  const subject = { connection, headers, metadata, filterState, reply: { status, body, details } }
  const text = textOf(objectAt(format, 'text_format_source')) ?? textAt(format, 'text_format')
  // An empty body stays empty, whatever stands for other values that are missing.
  const told = body === '' ? text?.replaceAll('%LOCAL_REPLY_BODY%', '') : text
  return told === undefined ? undefined : render(told, subject, '-')
}

/** What the first mapper that holds makes of a reply, and the format that it asks for. */
const mapped = (replying: Replying, mapper: EnvoyJson): LocalReply => {
  const { exchange, reply } = replying
  const headers = new Headers(reply.headers)
  mutateHeaders(mapper, { add: 'headers_to_add', remove: '' }, headers, exchange)
  return {
    ...reply,
    status: numberAt(mapper, 'status_code') ?? reply.status,
    body: textOf(objectAt(mapper, 'body')) ?? reply.body ?? '',
    headers: headers.list(),
  }
}

/** A local reply as the connection manager rewrites it (`local_reply_config`). */
export const rewriteReply = (walk: Walk, exchange: Exchange, manager: EnvoyJson, reply: LocalReply): LocalReply => {
  const config = objectAt(manager, 'local_reply_config')
  if (config === undefined) return reply
  const replying = { walk, exchange, reply }
  const mapper = objectsAt(config, 'mappers').find(each =>
    walk.settle(filterHolds(objectAt(each, 'filter') ?? {}, replying), 'local reply mapper'),
  )
  const changed = mapper === undefined ? reply : mapped(replying, mapper)
  const format = objectAt(mapper, 'body_format_override') ?? objectAt(config, 'body_format')
  const body = format === undefined ? undefined : formatted(format, { ...replying, reply: changed })
  return body === undefined ? changed : { ...changed, body }
}
