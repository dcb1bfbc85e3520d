import type { LogLine } from '#model/access-log.ts'

/**
 * The text format of Istio: `[TIME] "METHOD PATH PROTOCOL" STATUS FLAGS DETAILS TERMINATION "TRANSPORT FAILURE" …`.
 * A connection without HTTP has `"- - -" 0`.
 */
const format =
  /"(?<method>\S+) (?<path>(?:[^"\\]|\\.)*) \S+" (?<status>\d{1,3}) (?<flags>-|[A-Z][A-Z0-9]*(?:,[A-Z][A-Z0-9]*)*)(?: (?<rest>.*))?$/

export const envoyLine = (line: string): LogLine | undefined => {
  const found = format.exec(line)?.groups
  if (found === undefined) return undefined
  const { method = '-', path = '-', status = '0', flags = '-', rest = '' } = found
  const parts = [...rest.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  return {
    ...askedFor({ method, path, authority: given(parts[10]), sender: given(parts[15]) }),
    proxy: 'envoy',
    ...(Number(status) > 0 && { status: Number(status) }),
    flags: flags === '-' ? [] : flags.split(','),
    details: parts.slice(0, 3).filter(text => given(text) !== undefined && !/^\d+$/.test(text)),
  }
}

const given = (text: string | undefined): string | undefined => (text === '' || text === '-' ? undefined : text)

const detailFields = ['response_code_details', 'connection_termination_details', 'upstream_transport_failure_reason']

/** The same as JSON; undefined for JSON of anything else. */
export const envoyRecord = (record: Readonly<Record<string, unknown>>): LogLine | undefined => {
  const field = (name: string): string | undefined => {
    const value = record[name]
    return value === undefined || value === null ? undefined : given(String(value))
  }
  const flags = field('response_flags')
  const code = field('response_code')
  if (flags === undefined && code === undefined) return undefined
  const asked = {
    method: field('method') ?? '-',
    path: field('path') ?? '-',
    authority: field('authority'),
    sender: field('downstream_remote_address'),
  }
  return {
    ...askedFor(asked),
    proxy: 'envoy',
    ...(Number(code ?? 0) > 0 && { status: Number(code) }),
    flags: flags?.split(',') ?? [],
    details: detailFields.flatMap(name => field(name) ?? []),
  }
}

interface Asked {
  readonly method: string
  readonly path: string
  readonly authority: string | undefined
  readonly sender: string | undefined
}

/** A CONNECT names what the tunnel leads to; a host may be the name of a listener within Envoy, which is no sender. */
const askedFor = ({ method, path, authority, sender }: Asked): Pick<LogLine, 'from' | 'to'> => {
  const from = /^([\d.]+|\[[\da-f:]+\]):\d+$/i.exec(sender ?? '')?.[1]?.replace(/^\[(.*)\]$/, '$1')
  const to =
    authority === undefined || method === 'CONNECT' ? authority : `http://${authority}${path.split(/[?\s]/)[0]}`
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
}
