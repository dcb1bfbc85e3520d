import type { HostChoice, UpstreamRequest } from '#waypoint/outcome.ts'
import type { UpstreamEvent } from '#waypoint/upstream/answer.ts'
import type { RecordedRequest } from './recorded.ts'

const headerOf = (request: UpstreamRequest, name: string): string | undefined =>
  request.headers.find(([header]) => header === name)?.[1]

/** Addresses of the recordings on which nobody listens, and ztunnels that refuse (specs/waypoint-measured.md §1). */
const refusedPorts = /:(4)$/
const refusingTunnels = /^(10\.244|127\.0)\.6[67]\./

const dialOf = ({ wire }: HostChoice): string => (wire.kind === 'broken' ? '' : wire.dial)

export const refuses = (host: HostChoice): boolean => refusedPorts.test(dialOf(host))
export const tunnelRefuses = (host: HostChoice): boolean =>
  host.wire.kind === 'hbone' && refusingTunnels.test(host.wire.dial)

/** HTTP/2 has no 101. */
const taken = ({ method }: UpstreamRequest, status: number): number =>
  method === 'CONNECT' && status === 101 ? 200 : status

const echo = (request: UpstreamRequest, attempt: number): UpstreamEvent => {
  const number = (name: string): number | undefined => {
    const text = headerOf(request, name)
    return text === undefined ? undefined : Number(text)
  }
  if (headerOf(request, 'x-echo-close') !== undefined) return { kind: 'closed' }
  const failing = attempt <= (number('x-echo-fail-first') ?? 0)
  const grpcStatus = number('x-echo-grpc-status')
  return {
    kind: 'response',
    status: failing ? (number('x-echo-fail-status') ?? 503) : taken(request, number('x-echo-status') ?? 200),
    ...(grpcStatus === undefined ? {} : { grpcStatus }),
    afterMs: 1000 * (number('x-echo-delay') ?? 0),
  }
}

/** What the test upstream of the recordings does with one attempt. */
export const upstreamEvent = (host: HostChoice, request: UpstreamRequest, attempt: number): UpstreamEvent => {
  if (refuses(host)) return { kind: 'refused' }
  return tunnelRefuses(host) ? { kind: 'tunnelRefused' } : echo(request, attempt)
}

/** Header lines as the test upstream hears them: its HTTP/2 library drops a value that begins or ends with a blank (RFC 9113 §8.2.1). */
export const heard = ({ protocol, headers }: UpstreamRequest): UpstreamRequest['headers'] =>
  protocol === 'h2' ? headers.filter(([, value]) => !/^[ \t]|[ \t]$/.test(value)) : headers

const host = /^[\w!$%&'()*+,\-.:;=@[\]~]+$/
const scheme = /^[A-Za-z][A-Za-z0-9+\-.]*$/

/** Whether the HTTP/2 library of the test upstream takes a request, when it comes through a plain stream. */
export const takesHttp2 = (request: RecordedRequest): boolean => {
  const { host: name, path = '/', scheme: said = 'http', headers = [], body } = request
  const told = headers.find(([own]) => own === 'content-length')?.[1]
  return (
    (typeof name !== 'string' || host.test(name)) &&
    scheme.test(said) &&
    !/[\u0000-\u0020\u007f]/.test(path) &&
    (told === undefined || Number(told) === (body?.length ?? 0))
  )
}
