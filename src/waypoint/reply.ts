import type { Exchange, LocalReply, Settle } from './exchange.ts'
import { grpcOfHttp } from './grpc-status.ts'
import type { Ending } from './outcome.ts'

export type Reply = Extract<Ending, { kind: 'reply' }>

const replyOf = (exchange: Exchange, told: LocalReply, settle?: Settle): Reply => {
  const reply = exchange.rewriteReply(told, settle)
  const headers = [...(reply.headers ?? []), ...exchange.responseHeaders.list()]
  const { details, flags = [], unsure } = reply
  const plain = { kind: 'reply', flags, details, headers, ...(unsure !== undefined && { unsure }) } as const
  if (exchange.cameAsGrpc)
    return { ...plain, status: 200, grpcStatus: reply.grpcStatus ?? grpcOfHttp(reply.status), body: '' }
  const bodiless = exchange.method === 'HEAD' || reply.status === 204 || reply.status === 304
  return { ...plain, status: reply.status, body: bodiless ? '' : (reply.body ?? '') }
}

/** What Envoy itself answers; a gRPC request gets status 200 and a grpc-status, HEAD gets no body. */
export const localReply = (exchange: Exchange, told: LocalReply): Reply => replyOf(exchange, told)

/** The same once the request has been forwarded, when it can no longer be followed two ways. */
export const lateReply = (exchange: Exchange, told: LocalReply): Reply =>
  replyOf(exchange, told, holds => (holds === 'unknown' ? undefined : holds === 'yes'))
