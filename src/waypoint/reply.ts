import type { Exchange, LocalReply } from './exchange.ts'
import type { Ending } from './outcome.ts'

type Reply = Extract<Ending, { kind: 'reply' }>

/** grpc-status of a local reply by HTTP status, as Envoy translates. */
const grpcByStatus: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
}

/** What Envoy itself answers; a gRPC request gets status 200 and a grpc-status, HEAD gets no body. */
export const localReply = (exchange: Exchange, told: LocalReply): Reply => {
  const reply = exchange.rewriteReply(told)
  const headers = [...(reply.headers ?? []), ...exchange.responseHeaders.list()]
  const plain = { kind: 'reply', flags: reply.flags ?? [], details: reply.details, headers } as const
  if (exchange.grpc) {
    const grpcStatus = reply.grpcStatus ?? grpcByStatus[reply.status] ?? 2
    return { ...plain, status: 200, grpcStatus, body: '' }
  }
  const bodiless = exchange.method === 'HEAD' || reply.status === 204 || reply.status === 304
  return { ...plain, status: reply.status, body: bodiless ? '' : (reply.body ?? '') }
}
