import { durationMs } from '../duration.ts'
import type { LocalReply } from '../exchange.ts'
import type { Ending, Reply, RetryPolicy } from '../outcome.ts'

/** What the upstream did with one attempt. */
export type UpstreamEvent =
  | { readonly kind: 'response'; readonly status: number; readonly grpcStatus?: number; readonly afterMs?: number }
  /** The connection, or the stream of an HTTP/2 one, was closed before any response. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'refused' }
  /** Nobody answers the attempt to connect, to the host itself or to the tunnel port of its node, until Envoy gives up. */
  | { readonly kind: 'unanswered'; readonly tunnel: boolean; readonly afterMs: number }
  /** Nobody listens on the tunnel port of the destination: the connection behind the internal listener fails. */
  | { readonly kind: 'tunnelUnreachable' }
  /** The ztunnel of the destination answered CONNECT with an error (specs/waypoint-measured.md §2). */
  | { readonly kind: 'tunnelRefused' }

export interface ClientAnswer extends Reply {
  readonly attempts: number
  /** The upstream took the upgrade: the connection goes on as what was asked for. */
  readonly switched?: true
}

type Forwarded = Extract<Ending, { kind: 'forwarded' }>

interface Attempt {
  readonly event: UpstreamEvent | { readonly kind: 'timeout' } | { readonly kind: 'perTryTimeout' }
}

const grpcConditions: Readonly<Record<string, number>> = {
  cancelled: 1,
  'deadline-exceeded': 4,
  'resource-exhausted': 8,
  internal: 13,
  unavailable: 14,
}

const statusIsRetried = (condition: string, status: number, policy: RetryPolicy): boolean => {
  if (condition === '5xx') return status >= 500
  if (condition === 'gateway-error') return status >= 502 && status <= 504
  if (condition === 'retriable-4xx') return status === 409
  return condition === 'retriable-status-codes' && policy.statusCodes.includes(status)
}

/** Conditions that every failure without a response meets. */
const onReset = new Set(['5xx', 'gateway-error', 'reset'])

/** A failure to connect behind an internal listener is none of the connection that the router has, unless it is at once. */
const isConnectFailure = (event: Attempt['event']): boolean =>
  event.kind === 'refused' || event.kind === 'tunnelUnreachable' || (event.kind === 'unanswered' && !event.tunnel)

const isRetried = ({ event }: Attempt, policy: RetryPolicy): boolean =>
  policy.on.some(condition => {
    if (event.kind === 'response')
      return event.grpcStatus !== undefined && condition in grpcConditions
        ? grpcConditions[condition] === event.grpcStatus
        : statusIsRetried(condition, event.status, policy)
    if (event.kind === 'timeout') return false
    if (isConnectFailure(event))
      return onReset.has(condition) || condition === 'connect-failure' || condition === 'reset-before-request'
    return onReset.has(condition)
  })

/** Connecting takes its time in every attempt, out of one time limit for all. */
const withTimeouts = (event: UpstreamEvent, { policy }: Forwarded, number: number): Attempt['event'] => {
  if (event.kind !== 'response' && event.kind !== 'unanswered') return event
  const after = event.afterMs ?? 0
  const perTry = durationMs(policy.retry?.perTryTimeout) ?? 0
  if (perTry > 0 && after > perTry) return { kind: 'perTryTimeout' }
  const spent = event.kind === 'unanswered' ? after * number : after
  return policy.timeoutMs > 0 && spent > policy.timeoutMs ? { kind: 'timeout' } : event
}

interface Failure {
  readonly status: number
  readonly flag: string
  readonly details: string
  readonly body: string
  /** What older releases add to the body. */
  readonly transport?: string
}

const resetText = (reason: string): string => `reset reason: ${reason}`

/** The body of a reply after a reset says whether there were retries. */
const bodyAfter = (failure: Failure, attempts: number, tellsTransport: boolean): string =>
  failure.body.startsWith('reset reason')
    ? `upstream connect error or disconnect/reset before headers. ${attempts > 1 ? 'retried and the latest ' : ''}${failure.body}${tellsTransport ? (failure.transport ?? '') : ''}`
    : failure.body

const before = (reason: string): string => `upstream_reset_before_response_started{${reason}}`

const connectionFailure = (error: string): Failure => ({
  status: 503,
  flag: 'UF',
  details: before(`remote_connection_failure|delayed_connect_error:_${error.replaceAll(' ', '_')}`),
  body: resetText('remote connection failure'),
  transport: `, transport failure reason: delayed connect error: ${error}`,
})

const terminated: Failure = {
  status: 503,
  flag: 'UC',
  details: before('connection_termination'),
  body: resetText('connection termination'),
}

const unconnected: Failure = {
  status: 503,
  flag: 'UF',
  details: before('connection_timeout'),
  body: resetText('connection timeout'),
}

const failureOf = (event: Exclude<Attempt['event'], { kind: 'response' }>, h2: boolean): Failure => {
  switch (event.kind) {
    case 'timeout':
      return { status: 504, flag: 'UT', details: 'response_timeout', body: 'upstream request timeout' }
    case 'perTryTimeout':
      return { status: 504, flag: 'UT', details: 'upstream_per_try_timeout', body: 'upstream request timeout' }
    case 'refused':
      return connectionFailure('Connection refused')
    case 'tunnelUnreachable':
      return connectionFailure('Invalid argument')
    case 'closed':
      if (h2) return { status: 503, flag: 'UR', details: before('remote_reset'), body: resetText('remote reset') }
      return terminated
    case 'tunnelRefused':
      return terminated
    case 'unanswered':
      return event.tunnel ? terminated : unconnected
  }
}

/** HTTP/2 takes an upgrade with 200 where HTTP/1 has 101. */
const switches = ({ upgrade, request }: Forwarded, status: number): boolean =>
  upgrade !== undefined && status === (request.protocol === 'h2' ? 200 : 101)

const switchedStatus: Readonly<Record<'http/1.1' | 'h2', number>> = { 'http/1.1': 101, h2: 200 }

const failedHandshake = 'websocket_handshake_unsuccessful'

/** A WebSocket that is answered with neither consent nor an error has failed; of other upgrades the log does not say so. */
const viaUpstream = (forwarded: Forwarded, status: number): string =>
  forwarded.upgrade?.to.toLowerCase() === 'websocket' && !switches(forwarded, status) && status < 400
    ? failedHandshake
    : 'via_upstream'

const inPlace = (forwarded: Forwarded, told: LocalReply & { readonly attempts: number }): ClientAnswer => {
  const { kind: _, ...reply } = forwarded.localReply(told)
  return { ...reply, attempts: told.attempts }
}

/** What the client sees of a forwarded request, given what each attempt meets; retries follow the route's policy. */
export const clientSees = (forwarded: Forwarded, attempt: (number: number) => UpstreamEvent): ClientAnswer => {
  const { retry } = forwarded.policy
  let number = 0
  let event = withTimeouts(attempt(++number), forwarded, number)
  const limit = 1 + (retry?.attempts ?? 0)
  while (retry !== undefined && number < limit && isRetried({ event }, retry))
    event = withTimeouts(attempt(++number), forwarded, number)
  const exhausted = retry !== undefined && number === limit && number > 1 && isRetried({ event }, retry)
  const flags = [...forwarded.flags, ...(exhausted ? ['URX'] : [])]
  if (event.kind === 'response') {
    const { status, grpcStatus } = event
    const switched = switches(forwarded, status)
    const told = {
      ...(grpcStatus === undefined ? {} : { grpcStatus }),
      ...(switched ? ({ switched } as const) : {}),
    }
    const seen = switched ? switchedStatus[forwarded.upgrade?.over ?? 'http/1.1'] : status
    const details = viaUpstream(forwarded, status)
    // Envoy answers a handshake that has failed itself, with the status of the upstream.
    if (details === failedHandshake) return inPlace(forwarded, { status, details, flags, attempts: number })
    return { status: seen, ...told, flags, details, body: '', headers: forwarded.responseHeaders, attempts: number }
  }
  const failure = failureOf(event, forwarded.request.protocol === 'h2')
  const { status, details, flag } = failure
  const body = bodyAfter(failure, number, forwarded.tellsTransportFailure)
  const { kind: _, ...reply } = forwarded.localReply({
    status,
    details,
    body,
    flags: [...flags, flag],
    attempts: number,
  })
  return { ...reply, attempts: number }
}

type Dialled = Extract<Ending, { kind: 'proxied' | 'closed' }>

/**
 * What becomes of a TCP stream whose host refuses the connection: it ends before any byte of the client is looked at.
 * Where no inspector asked for bytes first, CONNECT itself is answered with 503 (specs/waypoint-measured.md §2).
 */
export const refusedStream = (dialled: Dialled): Ending =>
  dialled.sniffed === false
    ? {
        kind: 'outerReply',
        status: 503,
        flags: ['UF'],
        details:
          'upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Invalid_argument}',
        body: '',
        headers: [],
        inside: { flags: ['UF', 'URX'] },
      }
    : { kind: 'closed', flags: ['UF', 'URX'], hosts: dialled.hosts }
