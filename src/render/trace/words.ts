import type { CaptureReason, Headers, Seen, Step, StepDetails, StepKind } from '#trace/step.ts'
import type { Aside, Assumption, AssumptionKind, ClientSees, ForkReason, Place } from '#trace/trace.ts'
import type { RetryPolicy } from '#waypoint/outcome.ts'
import { reasonText } from '../dump/ztunnel/waypoint.ts'
import { chainText, envoyText } from './envoy-words.ts'
import { noEndpointText, portsText } from './no-endpoint-words.ts'
import { shownHeader } from './shown-headers.ts'

/** The sentences of a trace. A new kind of step, assumption or missing thing does not compile without its words. */
const captureWords: Readonly<Record<CaptureReason, string>> = {
  rules: 'as its rules say',
  enrolled: 'the pod is in the mesh',
  'not-enrolled': 'the pod is not in the mesh',
  'host-network': 'a host-network pod has no rules of its own',
  'own-address': 'its own address never leaves the pod',
  loopback: 'localhost never leaves the pod',
  'bypass-inbound': 'the pod bypasses inbound capture',
  'probe-address': "the node's own traffic is exempt, as a probe would be",
  'tunnel-port': 'the tunnel port needs no redirection',
  'not-tcp': 'only TCP and DNS are redirected',
  'waypoint-pod': 'a waypoint receives the tunnel itself',
}

const resolvers: Readonly<Record<Exclude<StepDetails['name']['by'], 'literal' | 'nobody'>, string>> = {
  'ztunnel-dns': "ztunnel's DNS",
  'cluster-dns': 'cluster DNS',
  'sidecar-routes': 'the routes of the sidecar',
}

type Phrases = { readonly [Kind in StepKind]: (detail: StepDetails[Kind]) => string }

const phrases: Phrases = {
  name: ({ asked, by, answers, rule }) => {
    if (by === 'literal') return `${asked} is an address`
    if (by === 'nobody')
      return `${asked} is asked of ztunnel's DNS, where nobody listens${rule === undefined ? '' : `: ${rule}`}`
    const who = `${resolvers[by]}${rule === undefined ? '' : `, by ${rule}`}`
    return answers.length === 0
      ? `${asked} has no address in the input (${who})`
      : `${asked} is ${answers.join(', ')} (${who})`
  },
  capture: ({ direction, outcome, port, why, rule }) => {
    const byRule = why === 'rules' || (why === 'probe-address' && direction === 'out')
    const because = byRule && rule !== undefined ? rule : captureWords[why]
    const where = port === undefined ? '' : `, port ${port}`
    return `${captureOutcomes[outcome]}${where}${outcome === 'dead' ? ', where nobody listens' : ''}: ${because}`
  },
  address: ({ address, found, object }) =>
    object === undefined
      ? `${address} is nothing the mesh knows`
      : `${address} is ${found} ${object.namespace}/${object.name}`,
  waypoint: ({ waypoint, of, why, waypointFor, missing, unserved }) => {
    if (missing !== undefined)
      return `${of.kind} ${of.name} ${missing.code === 'other-traffic' ? 'has no waypoint' : 'should have a waypoint and has none'}: ${reasonText(missing)}`
    if (waypoint === undefined) return `the waypoint of ${of.kind} ${of.name} is not used: ${waypointWords[why]}`
    const purpose = waypointFor === undefined ? '' : `, which is for ${waypointFor} traffic`
    const ports = unserved === undefined ? '' : ` and ${portsText(unserved)}`
    return `${of.kind} ${of.name} has waypoint ${waypoint}${purpose}${ports}`
  },
  endpoint: ({ workload, address, candidates, network }) =>
    `${[workload, address].join(' ').trimEnd()}${network === undefined ? '' : ` in network ${network}`}${candidates > 1 ? `, one of ${candidates}` : ''}`,
  'no-endpoint': noEndpointText,
  tunnel: ({ protocol, nextHop, authority, identity }) =>
    protocol === 'TCP'
      ? `plain TCP to ${nextHop}`
      : `${protocol} to ${nextHop}${authority === undefined ? '' : ` for ${authority}`}${identity === undefined ? '' : ` as ${identity}`}`,
  refusal: ({ error }) => error,
  admission: ({ authority, target, peer }) =>
    `${authority === undefined ? 'plaintext' : 'tunnel'} from ${seenText(peer)} to ${target}`,
  policy: ({ why, policy, considered }) =>
    `${policyWords[why]}${policy === undefined ? '' : ` ${policy}`}${considered > 0 ? ` (${considered} considered)` : ''}`,
  'kube-proxy': ({ address, service, chosen, candidates }) =>
    `${address} is Service ${service}${chosen === undefined ? ', which has no endpoint' : ` → ${chosen}${candidates > 1 ? `, one of ${candidates}` : ''}`}`,
  'network-policy': ({ direction, pod, port, allowed, policies }) =>
    `${direction} of ${pod}, port ${port}: ${allowed ? 'allowed by' : 'nothing allows it in'} NetworkPolicy ${policies.join(', ')}`,
  envoy: detail => envoyText(detail),
  answer: ({ status, flags, details, dialled = [], filterChain }) =>
    `${dialled.length === 0 ? '' : `connects to ${dialled.join(' or ')}, then `}${status === undefined ? 'closes' : `answers ${status}`}${flags.length === 0 ? '' : ` ${flags.join(',')}`}${details === undefined ? '' : ` ${details}`}${filterChain === undefined ? '' : ` (${chainText(filterChain)})`}`,
  upstream: ({ host, method, path, cluster, tunnel }) =>
    `${method === undefined ? '' : `${method} ${path} `}to ${host}${cluster === undefined ? '' : ` of cluster ${cluster}`}${tunnel === undefined || host.endsWith(`/${tunnel.authority}`) ? '' : `, ${tunnelText(tunnel)}`}`,
  listener: ({ address, known }) => `${address} ${listenerWords[known]}`,
  network: ({ address, declaredBy }) =>
    `${address} is outside the mesh, an endpoint of ${declaredBy.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`).join(' and ')}`,
}

const tunnelText = ({ protocol, nextHop, authority }: NonNullable<StepDetails['upstream']['tunnel']>): string =>
  `${protocol} to ${nextHop} for ${authority}`

const captureOutcomes: Readonly<Record<StepDetails['capture']['outcome'], string>> = {
  captured: 'to ztunnel',
  dead: 'to ztunnel',
  exempt: 'past ztunnel',
  passed: 'not redirected',
  lost: 'lost, no answer comes back',
  reset: 'accepted, then reset',
}

const waypointWords: Readonly<Record<StepDetails['waypoint']['why'], string>> = {
  attached: 'it is attached',
  'service-addressed': 'the call is to a service',
  'source-is-the-waypoint': 'the caller is that waypoint',
  'not-in-force': 'it is not in force',
}

const policyWords: Readonly<Record<StepDetails['policy']['why'], string>> = {
  'no-allow-policies': 'allowed: no ALLOW policy applies',
  'allow-match': 'allowed by',
  'from-waypoint': 'allowed: it comes from the waypoint',
  'deny-match': 'denied by',
  'no-allow-match': 'denied: ALLOW policies apply and none matches',
}

const listenerWords: Readonly<Record<StepDetails['listener']['known'], string>> = {
  listening: 'is listened on',
  declared: 'is declared by the pod',
  absent: 'has no listener',
}

export const stepText = (step: Step): string => (phrases[step.kind] as (detail: Step['detail']) => string)(step.detail)

/** What a reader has to know of a request that a proxy sends on, beside where it goes; `whole` tells all of it. */
export const upstreamLines = (
  { headers, unknownHeaders, changed, policy }: StepDetails['upstream'],
  whole: boolean,
): readonly string[] => [
  ...(changed === undefined || changed.set.length === 0 ? [] : [`sets ${headersText(changed.set)}`]),
  ...(changed === undefined || changed.removed.length === 0 ? [] : [`removes ${changed.removed.join(', ')}`]),
  ...(unknownHeaders === undefined ? [] : [`sets what no dump tells: ${headersText(unknownHeaders)}`]),
  ...(policy === undefined || policy.timeoutMs === 0 ? [] : [`times out after ${policy.timeoutMs / 1000} s`]),
  ...(whole && policy?.retry !== undefined ? [retryText(policy.retry)] : []),
  ...(whole && headers !== undefined ? [`all headers: ${headersText(headers)}`] : []),
]

export const asideText = ({ cluster, percent }: Aside): string =>
  `mirrors ${percent} % to cluster ${cluster}, whose answer nobody sees`

const headersText = (headers: Headers): string => headers.map(header => shownHeader(header).join(': ')).join('; ')

const retryText = ({ attempts, on, statusCodes, perTryTimeout }: RetryPolicy): string =>
  [
    `retries ${attempts} times on ${[...on, ...statusCodes].join(', ')}`,
    ...(perTryTimeout === undefined ? [] : [`${perTryTimeout} each`]),
  ].join(', ')

export const seenText = ({ address, identity }: Seen): string =>
  `${address ?? 'an address of the node'}${identity === undefined ? ' (no identity)' : ` as ${identity}`}`

export const placeText = ({ kind, name }: Place): string =>
  kind === 'ztunnel' ? `ztunnel on ${name || '?'}` : `${kind} ${name}`.trim()

/** The names of gRPC's own list of status codes, by number. */
const grpcStatuses =
  'OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED'.split(
    ' ',
  )

const grpcStatusText = (status: number): string => `grpc-status ${status} ${grpcStatuses[status] ?? ''}`.trimEnd()

const locationText = ({ headers }: Extract<ClientSees, { kind: 'response' }>): string => {
  const location = headers?.find(([name]) => name === 'location')?.[1]
  return location === undefined ? '' : ` to ${location}`
}

const loggedText = ({ log }: Extract<ClientSees, { kind: 'response' }>): string =>
  log === undefined ? '' : `, logged as ${log.flags.join(',')} ${log.details}`

const doubtText = ({ unsure }: Extract<ClientSees, { kind: 'response' }>): string =>
  unsure === undefined ? '' : ', unless a mapper of local_reply_config that a dump does not decide changes that'

export const clientSeesText = (sees: ClientSees): string => {
  switch (sees.kind) {
    case 'response':
      return `${sees.status === undefined ? 'the response of the application' : `HTTP ${sees.status}`}${locationText(sees)}${sees.grpcStatus === undefined ? '' : `, ${grpcStatusText(sees.grpcStatus)}`}${sees.body ? ` "${sees.body}"` : ''}${loggedText(sees)}${doubtText(sees)}`
    case 'connected':
      return 'an open connection'
    case 'closed-after-accept':
      return 'a connection that opens, then is reset or closed without an answer'
    case 'closed-late':
      return `a connection that opens and is closed after ${sees.afterSeconds} s without an answer (a timeout, if it waits for less)`
    case 'refused':
      return 'connection refused'
    case 'timeout':
      return 'no answer until its own timeout'
    case 'stalled':
      return 'an open connection on which nothing arrives'
    case 'dns-error':
      return 'a name that does not resolve'
    case 'tls-error':
      return sees.status === undefined
        ? 'bytes that are no HTTP (a TLS alert)'
        : `a TLS handshake that fails: the answer is HTTP ${sees.status} in clear text`
  }
}

const assumptionWords: Readonly<Record<AssumptionKind, (subject: string) => string>> = {
  redirection: pod => `the rules of ${pod} do what its enrolment says (settled by its iptables-save or nft ruleset)`,
  'sidecar-redirection': pod => `the rules of ${pod} send its traffic to its sidecar (settled by its iptables-save)`,
  'probe-exemption': node =>
    `node ${node} exempts its own traffic to pods (settled by its iptables-save and ipset list)`,
  'peer-waypoint-state': pod => `waypoint ${pod} is configured as the other pod of its Gateway that was read`,
  'peer-ztunnel-state': node =>
    `the ztunnel of node ${node || '?'} holds the same state as the one read (settled by its config_dump)`,
  listener: socket => `a process listens on ${socket} (settled by ss -lnt in the pod)`,
  'outside-endpoint': address => `${address} answers: nothing was collected outside the mesh`,
  'kube-proxy': service => `kube-proxy has programmed Service ${service} as its EndpointSlices say`,
  'cluster-dns': name => `the cluster DNS answers ${name} as the Service objects say`,
  'ztunnel-version': file => `${file} tells no exact release; the behaviour of its shape is used`,
  'client-address': ip => `the client is outside, at an address that no rule names (${ip} stands for it)`,
  'envoy-version': version => `the waypoint runs Envoy ${version}`,
  'address-not-lost': address =>
    `no workload at ${address} was deleted beside the one that is there, which up to 1.24.2 would lose the address`,
  'endpoint-not-left': service =>
    `the address block of ${service} holds no endpoint that has left the Service since it was last sent`,
  'vip-not-lost': vip =>
    `the Service that its namespace lost did not share ${vip}, which would lose the VIP until that Service changes`,
  'network-gateway': way => `${way}: no address outside is known of that gateway, the only one of its network`,
  'network-policy': pod => `the CNI enforces the NetworkPolicies of ${pod}`,
}

export const assumptionText = ({ about, subject }: Assumption): string => assumptionWords[about](subject)

export const forkWords: Readonly<Record<ForkReason, string>> = {
  'load-balancing': 'one endpoint is drawn',
  'dns-answers': 'the client takes one of the addresses',
  'stale-cidr': 'an address range keeps older endpoints that a dump does not show',
  'shared-vip': 'several services of one namespace share the address, and a dump does not tell which holds it',
  'shared-address': 'several workloads share the address, and a dump does not tell which came last',
  weights: 'a cluster is drawn by weight',
  percentage: 'a percentage decides',
  'open-connection': 'a connection that is older than the policy still carries requests',
  'first-speaker': 'it depends on who sends the first byte',
  'insertion-order': 'the order of arrival decides, and a dump does not keep it',
}
