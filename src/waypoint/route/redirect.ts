import { flagAt, numberAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Headers } from '../headers.ts'
import { rewrittenPath } from './rewrite.ts'

const statuses: Readonly<Record<string, number>> = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
}

export const redirectStatus = (redirect: EnvoyJson): number =>
  statuses[textAt(redirect, 'response_code') ?? 'MOVED_PERMANENTLY'] ?? 301

const schemeOf = (redirect: EnvoyJson, headers: Headers): string =>
  textAt(redirect, 'scheme_redirect') ??
  (flagAt(redirect, 'https_redirect') === true ? 'https' : (headers.get(':scheme') ?? 'http'))

/** The colon before the port and what follows; behind a bracket that opens the host, only one that closes has a port. */
const portIn = (host: string): string => {
  const start = host.startsWith('[') ? host.lastIndexOf(']:') + 1 : host.lastIndexOf(':')
  return start < 0 || (start === 0 && !host.startsWith(':')) ? '' : host.slice(start)
}

/** A port that the redirect replaces, or that was the default of a scheme that changes, goes (specs/waypoint.md §5.7.7). */
const requestHost = (headers: Headers, scheme: string, portGiven: boolean): string => {
  const host = headers.get(':authority') ?? ''
  const port = portIn(host)
  const before = headers.get('x-forwarded-proto') ?? ''
  const wasDefault = (before === 'https' && port === ':443') || (before === 'http' && port === ':80')
  return portGiven || (scheme !== before && wasDefault) ? host.slice(0, host.length - port.length) : host
}

const withoutQuery = (path: string): string => path.replace(/\?.*$/s, '')

const pathOf = (redirect: EnvoyJson, match: EnvoyJson, current: string, behaviour: EnvoyBehaviour): string => {
  const strip = flagAt(redirect, 'strip_query') === true
  const fixed = textAt(redirect, 'path_redirect')
  if (fixed !== undefined && fixed !== '') {
    if (fixed.includes('?')) return fixed
    const query = current.includes('?') ? current.slice(current.indexOf('?')) : ''
    return strip ? fixed : fixed + query
  }
  const path = rewrittenPath(redirect, match, current, behaviour) ?? current
  return strip ? withoutQuery(path) : path
}

/** The Location of a redirect action. */
export const locationOf = (
  redirect: EnvoyJson,
  match: EnvoyJson,
  headers: Headers,
  behaviour: EnvoyBehaviour,
): string => {
  const scheme = schemeOf(redirect, headers)
  const port = numberAt(redirect, 'port_redirect')
  const given = textAt(redirect, 'host_redirect')
  const host = given !== undefined && given !== '' ? given : requestHost(headers, scheme, port !== undefined)
  const path = pathOf(redirect, match, headers.get(':path') ?? '', behaviour)
  return `${scheme}://${host}${port === undefined ? '' : `:${port}`}${path.startsWith('/') ? '' : '/'}${path}`
}
