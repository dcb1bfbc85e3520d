import type { Headers } from '../headers.ts'
import { upgradeHeader } from './upgrade.ts'

/** Tokens of `Connection` that name no header. */
const ofConnection = new Set(['close', 'keep-alive', 'upgrade', 'http2-settings', 'connection'])
const neverNominated = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])
const mostNominated = 10

const tokensOf = (value: string): readonly string[] =>
  value
    .split(',')
    .filter(token => token !== '')
    .map(token => token.trim().toLowerCase())

const onlyTrailers = (headers: Headers, values: readonly string[]): void => {
  if (values.includes('trailers')) headers.set('te', 'trailers')
  else headers.remove('te')
}

/** HTTP/1.1 does not become HTTP/2 by an upgrade here: such a wish is taken away. */
export const dropHttp2Upgrade = (headers: Headers): void => {
  if (upgradeHeader(headers)?.toLowerCase() !== 'h2c') return
  headers.remove('upgrade')
  headers.remove('http2-settings')
}

/**
 * Takes away the headers that `Connection` of an HTTP/1 request names; false when it names one that must stay, or too many.
 * Upgrades keep all of theirs.
 */
export const dropNominated = (headers: Headers): boolean => {
  const connection = headers.get('connection')
  if (connection === undefined || upgradeHeader(headers) !== undefined) return true
  const nominated = tokensOf(connection)
  if (nominated.length >= mostNominated) return false
  if (nominated.some(name => neverNominated.has(name) || name.startsWith(':'))) return false
  for (const name of nominated.filter(token => !ofConnection.has(token)))
    if (name === 'te') onlyTrailers(headers, tokensOf(headers.get('te') ?? ''))
    else headers.remove(name === 'host' ? ':authority' : name)
  return true
}

/** What no connection manager hands on, of any version of HTTP. */
export const dropHopByHop = (headers: Headers): void => {
  for (const name of ['keep-alive', 'proxy-connection', 'transfer-encoding']) headers.remove(name)
  if (upgradeHeader(headers) !== undefined) return
  headers.remove('connection')
  headers.remove('upgrade')
  const te = headers.get('te')
  if (te !== undefined)
    onlyTrailers(
      headers,
      te.split(',').map(value => value.trim()),
    )
}
