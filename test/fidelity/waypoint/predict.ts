import type { Ending, HostChoice, TunnelHop, WaypointBranch } from '#waypoint/outcome.ts'
import { clientSees, refusedStream } from '#waypoint/upstream/answer.ts'
import type { RecordedRequest } from './recorded.ts'
import { heard, refuses, takesHttp2, tunnelRefuses, upstreamEvent } from './world.ts'

/** A branch in the words of a recorded verdict; a field is `undefined` where the recording must have none. */
export type Prediction = Readonly<Record<string, unknown>>

const tunnelOf = (wire: TunnelHop): unknown => {
  if (wire.kind !== 'hbone') return undefined
  return { dialed: wire.dial, authority: wire.authority }
}

const endpointOf = (wire: TunnelHop): string => {
  if (wire.kind === 'hbone') return wire.inside?.kind === 'hbone' ? wire.inside.authority : wire.authority
  // Dialling the unspecified address reaches the proxy's own host.
  return wire.kind === 'broken' ? wire.why : wire.dial.replace('0.0.0.0:', '127.0.0.1:')
}

const flagsText = (flags: readonly string[]): string | undefined =>
  flags.length === 0 ? undefined : [...flags].sort().join(',')

/** The recorder numbers routes with a suffix that it takes out of the verdicts. */
const plainRouteName = (name: string | undefined): string | undefined => {
  const plain = name?.replace(/@@[\d.]+$/, '')
  return plain === '' ? undefined : plain
}

const reachedOf = ({ reached }: WaypointBranch): Prediction => ({
  filter_chain: reached.filterChain,
  route: plainRouteName(reached.route?.name),
  vhost_index: reached.route?.virtualHostIndex,
  route_index: reached.route?.index,
  cluster: reached.cluster,
})

const forwardedWith = (ending: Extract<Ending, { kind: 'forwarded' }>, host: HostChoice): Prediction => {
  const answer = clientSees(ending, attempt => upstreamEvent(host, ending.request, attempt))
  const answered = /^(via_upstream|websocket)/.test(answer.details)
  // After an upgrade the connection lives until the client of the recordings ends it.
  const ended =
    answer.switched === true
      ? { flags: flagsText([...answer.flags, 'DC']), details: 'downstream_remote_disconnect' }
      : undefined
  return {
    outcome: 'http',
    connect_status: 200,
    status: answer.status,
    flags: flagsText(answer.flags),
    details: answer.details,
    body: answer.body === '' || ending.request.method === 'HEAD' ? undefined : answer.body,
    upstream_host: host.upstreamHost,
    endpoint: answered ? endpointOf(host.wire) : undefined,
    tunnel: answered ? tunnelOf(host.wire) : undefined,
    upstream_method: answered ? ending.request.method : undefined,
    upstream_path: answered ? ending.request.path : undefined,
    upstream_host_header: answered ? ending.request.authority.trim() : undefined,
    upstream_protocol: answered ? ending.request.protocol : undefined,
    upstream_headers: answered ? heard(ending.request) : undefined,
    response_headers: answer.headers,
    ...ended,
  }
}

const httpLike = new Set(['http/1.1', 'http/1.0', 'h2'])

const proxiedWith = (request: RecordedRequest, host: HostChoice): Prediction => {
  const shared = { connect_status: 200, upstream_host: host.upstreamHost }
  const endpoint = host.wire.kind === 'forward' ? undefined : endpointOf(host.wire)
  // Forwarded bytes that are no TLS end at the TLS port of the other waypoint.
  if (host.wire.kind === 'forward' && request.protocol !== 'tls') return { ...shared, outcome: 'tcp_closed' }
  if (request.protocol === 'silent') return { ...shared, outcome: 'tcp_no_reply' }
  if (tunnelRefuses(host) || (httpLike.has(request.protocol) && closesItself(request)))
    return { ...shared, outcome: 'tcp_closed' }
  if (httpLike.has(request.protocol)) return { ...shared, outcome: 'http', endpoint, proxied: true }
  return { ...shared, outcome: 'tcp', endpoint, tunnel: tunnelOf(host.wire) }
}

const closedWith = (
  ending: Extract<Ending, { kind: 'closed' }>,
  chain: string | undefined,
  host?: HostChoice,
): Prediction => ({
  outcome: chain === undefined || ending.details !== undefined ? 'closed' : 'tcp_closed',
  connect_status: 200,
  flags: flagsText(ending.flags),
  details: ending.details,
  connection_termination_details: ending.termination,
  upstream_host: host?.upstreamHost,
})

/** The application behind a plain stream ends it: asked to, or because it takes no such HTTP/2 request. */
const closesItself = (request: RecordedRequest): boolean =>
  (request.headers ?? []).some(([name]) => name === 'x-echo-close') ||
  (request.protocol === 'h2' && !takesHttp2(request))

const allRefuse = (hosts: readonly HostChoice[]): boolean => hosts.length > 0 && hosts.every(refuses)

const afterDial = (ending: Ending): Ending =>
  (ending.kind === 'proxied' || ending.kind === 'closed') && allRefuse(ending.hosts) ? refusedStream(ending) : ending

const dialledHost = (ending: Ending): string | undefined =>
  ending.kind === 'proxied' || ending.kind === 'closed' ? ending.hosts[0]?.upstreamHost : undefined

const endingsOf = (request: RecordedRequest, branch: WaypointBranch): readonly Prediction[] => {
  const ending = afterDial(branch.ending)
  switch (ending.kind) {
    case 'forwarded':
      return ending.hosts.map(host => forwardedWith(ending, host))
    case 'proxied':
      return ending.hosts.map(host => proxiedWith(request, host))
    case 'closed':
      return ending.hosts.length === 0
        ? [closedWith(ending, branch.reached.filterChain)]
        : ending.hosts.map(host => closedWith(ending, branch.reached.filterChain, host))
    case 'reply':
      return [
        {
          outcome: 'http',
          connect_status: 200,
          status: ending.status,
          flags: flagsText(ending.flags),
          details: ending.details,
          body: ending.body === '' ? undefined : ending.body,
          response_headers: ending.headers,
        },
      ]
    case 'outerReply':
      return [
        {
          outcome: 'outer_response',
          connect_status: request.protocol === 'outer' ? undefined : ending.status,
          status: ending.status,
          flags: flagsText(ending.flags),
          details: ending.details,
          internal_flags: ending.inside === undefined ? undefined : flagsText(ending.inside.flags),
          internal_details: ending.inside?.details,
          upstream_host: dialledHost(branch.ending),
        },
      ]
    case 'outerClosed':
      return [
        {
          outcome: ending.why === 'plaintext' ? 'outer_closed' : 'tls_failure',
          details: ending.details,
          flags: ending.details === undefined ? undefined : 'DPE',
        },
      ]
    case 'stalled':
      return [{ outcome: 'stalled', connect_status: 200 }]
  }
}

const sharesOf = ({ ending }: WaypointBranch): readonly (number | undefined)[] =>
  'hosts' in ending && ending.hosts.length > 0 ? ending.hosts.map(({ probability }) => probability) : [1]

const product = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? undefined : one * other

/** What a recording of this branch may look like: one prediction per host that may be chosen, with its chance. */
export const predictionsOf = (
  request: RecordedRequest,
  branch: WaypointBranch,
): readonly { readonly prediction: Prediction; readonly probability: number | undefined }[] => {
  const outside = branch.ending.kind === 'outerClosed'
  const reached = outside ? {} : { ...reachedOf(branch), rbac_metadata: branch.rbacMetadata }
  const shares = sharesOf(branch)
  return endingsOf(request, branch).map((ending, index) => ({
    prediction: { ...reached, ...ending },
    probability: product(branch.probability, shares[index]),
  }))
}
