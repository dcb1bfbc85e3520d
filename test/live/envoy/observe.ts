import type { RecordedCase, RecordedRequest, RecordedVerdict } from '../../fidelity/waypoint/recorded.ts'
import type { Met } from './client.ts'
import { readEcho, readTcpEcho } from './upstream.ts'

export interface AccessLine {
  readonly id?: string
  readonly rid?: string
  readonly hop: string
  readonly code?: number
  readonly flags?: string
  readonly details?: string
  readonly ctd?: string
  readonly chain?: string
  readonly route?: string
  readonly cluster?: string
  readonly upstream_host?: string
  readonly rbac_metadata?: unknown
}

export const idOf = ({ id, rid }: AccessLine): string => id ?? rid ?? ''

/** The recorder's suffix of route names: virtual host and route by index. */
const routeOf = (name: string | undefined) => {
  const found = /^(.*)@@(\d+)\.(\d+)$/.exec(name ?? '')
  if (found === null) return {}
  return {
    ...(found[1] === '' ? {} : { route: found[1] }),
    vhost_index: Number(found[2]),
    route_index: Number(found[3]),
  }
}

const own = new Set(['host', 'connection', 'transfer-encoding', 'content-length'])
type Pairs = readonly (readonly [string, string])[]

const generated = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

const changed = (sent: Pairs, seen: Pairs) => {
  const minus = (from: Pairs, taken: Pairs): Pairs => {
    const left = taken.map(([name, value]) => `${name}: ${value}`)
    return from.filter(([name, value]) => {
      const at = left.indexOf(`${name}: ${value}`)
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
  }
  const before = sent
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .filter(([name]) => !own.has(name))
  const after = seen
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => [name, name === 'x-request-id' && generated.test(value) ? '<generated>' : value] as const)
  return { added: minus(after, before), removed: minus(before, after) }
}

const echoOf = (met: Met) => {
  const text = met.headers.find(([name]) => name === 'x-echo')?.[1]
  return text === undefined ? undefined : readEcho(text)
}

const upstreamOf = (request: RecordedRequest, met: Met) => {
  const echo = echoOf(met)
  if (echo === undefined) return {}
  const { server, method, path, headers, protocol, tunnel } = echo
  return {
    endpoint: server,
    upstream_method: method,
    upstream_path: path,
    upstream_host_header: headers.find(([name]) => name === 'host')?.[1],
    upstream_protocol: protocol,
    upstream_headers_changed: changed(request.headers ?? [], headers),
    ...(tunnel === undefined ? {} : { tunnel }),
  }
}

/** What is left of the time limit, and the number of the attempt, are told to the upstream of a retry. */
const varying = (met: Met): readonly string[] => ((echoOf(met)?.attempt ?? 1) > 1 ? ['upstream_headers'] : [])

const outcomeOf = (
  request: RecordedRequest,
  met: Met,
  http: AccessLine | undefined,
  tcp: AccessLine | undefined,
  inner: AccessLine | undefined,
) => {
  if (request.protocol === 'raw15008') return 'outer_closed'
  if (request.protocol === 'outer' && met.status !== undefined) return 'outer_response'
  if (met.connectStatus === undefined) return 'tls_failure'
  if (met.connectStatus !== 200) return 'outer_response'
  if (met.status !== undefined) return 'http'
  if (met.bytes !== '' && tcp !== undefined) return 'tcp'
  if (!met.closed && tcp === undefined && met.bytes === '') return 'timeout'
  if (tcp !== undefined || (inner?.ctd !== undefined && http === undefined)) return 'tcp_closed'
  return request.protocol === 'silent' ? 'timeout' : 'closed'
}

/** Access log lines and what the client met, as a recorded verdict. */
export const observed = (request: RecordedRequest, met: Met, lines: readonly AccessLine[]): RecordedCase => {
  const at = (hop: string) => lines.find(line => line.hop === hop)
  const [http, tcp, inner, outer] = [
    'H:main_internal',
    'T:main_internal',
    'L:main_internal',
    'H:connect_terminate',
  ].map(at)
  const outcome = outcomeOf(request, met, http, tcp, inner)
  const told = outcome === 'outer_response' ? outer : (http ?? tcp ?? inner)
  const proxied = tcp !== undefined && outcome !== 'outer_response'
  const verdict: RecordedVerdict = {
    outcome,
    connect_status: met.connectStatus,
    status: outcome === 'outer_response' ? (met.connectStatus ?? met.status) : met.status,
    flags: told?.flags === '-' ? undefined : told?.flags,
    details: told?.details,
    connection_termination_details: (tcp ?? inner)?.ctd,
    filter_chain: (http ?? tcp ?? inner)?.chain,
    ...routeOf(http?.route),
    cluster: (http ?? tcp)?.cluster,
    upstream_host: (http ?? tcp)?.upstream_host,
    ...(outcome === 'http' ? upstreamOf(request, met) : readTcpEcho(met.bytes)),
    response_headers: met.headers,
    ...(met.body === '' || met.body === 'ok' ? {} : { body: met.body }),
    ...(request.protocol === 'tcp' || request.protocol === 'tls' ? { raw_data: met.bytes } : {}),
    ...(http?.rbac_metadata === undefined || proxied ? {} : { rbac_metadata: http.rbac_metadata }),
    hops: lines,
  }
  return { where: request.id, request, verdict, nondeterministic: varying(met) }
}

/** The tunnel carried bytes, and main_internal logged nothing of it: the recorder knows half of what happened. */
export const logIsLost = (
  { protocol }: RecordedRequest,
  { connectStatus }: Met,
  lines: readonly AccessLine[],
): boolean => connectStatus === 200 && protocol !== 'silent' && !lines.some(({ hop }) => hop.endsWith(':main_internal'))

const resetByUpstream = /^upstream_reset_before_response_started\{(remote_reset|protocol_error)\}$/

/** Of these the generator takes the Host, from a header too. */
const noHost = /^$|[^\w!$%&'()*+,\-.:;=@[\]~]/

/** The HTTP/2 library of the test upstream resets a request whose `:authority` is no name, which is no decision of Envoy's. */
export const upstreamRefuses = ({ host, headers = [] }: RecordedRequest, { details }: RecordedVerdict): boolean =>
  resetByUpstream.test(`${details}`) &&
  (host === '' || headers.some(([name, value]) => name === 'x-b' && noHost.test(value)))
