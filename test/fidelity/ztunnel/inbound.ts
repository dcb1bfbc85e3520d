import { parseSocket, type SocketAddress, socketText } from '#reason/address.ts'
import { parseForwardedHost } from '#ztunnel/authority.ts'
import { type Authorized, decideAuthorization, decideWorkloadAuthorization } from '#ztunnel/authorize.ts'
import type { InboundResult } from '#ztunnel/inbound.ts'
import { decideInboundHbone } from '#ztunnel/inbound-hbone.ts'
import { decideInboundPlaintext } from '#ztunnel/inbound-plaintext.ts'
import type { Decision } from '#ztunnel/walk.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { type Judgement, judge } from './judge.ts'
import type { RecordedInbound, RecordedPlaintext, RecordedRbac } from './recording.ts'

export const judgeRbac = (index: ZtunnelIndex, row: RecordedRbac, where: string): Judgement => {
  const dst = socket(row.dst)
  const connection = { src: socket(row.src).ip, dst, identity: row.identity ?? undefined }
  const text = (result: Exclude<Authorized, { kind: 'undetermined' }>) =>
    result.kind === 'allowed' ? 'allow' : withReason('deny', result.text)
  const workload = index.workloadsByUid.get(row.dst_uid)
  const decide = (doubt: boolean) =>
    index.behaviour.rbacDestination === 'pod-info' && workload !== undefined
      ? decideWorkloadAuthorization(index, workload, connection)
      : decideAuthorization(index, row.dst_workload, connection, { doubt })
  const label = `${where} ${row.src} ${row.identity ?? 'plaintext'} → ${row.dst_uid} ${row.dst}`
  return compare(
    label,
    decide,
    row.results.map(answer => withReason(answer.result, answer.error_text)),
    text,
  )
}

export const judgePlaintext = (index: ZtunnelIndex, row: RecordedPlaintext, where: string): Judgement => {
  const { waypointsAreSplit } = index.behaviour
  const connection = { src: socket(row.src).ip, dst: socket(row.dst) }
  const label = `${where} ${row.src} → ${row.dst_uid} ${row.dst}`
  const answers = row.results.map(answer => withReason(answer.result, answer.error_text))
  if (!waypointsAreSplit) {
    const decide = (doubt: boolean) => decideAuthorization(index, row.dst_workload, connection, { doubt })
    return compare(label, decide, answers, result => (result.kind === 'allowed' ? 'allow' : 'deny'))
  }
  const decide = (doubt: boolean) => decideInboundPlaintext(index, { pod: row.dst_workload, ...connection }, { doubt })
  const gives = index.behaviour.rbacGivesReasons
  return compare(label, decide, answers, result => plaintextText(result, gives))
}

export const judgeInbound = (index: ZtunnelIndex, row: RecordedInbound, where: string): Judgement => {
  const request = {
    pod: row.dst_workload,
    connection: socket(row.conn_dst),
    src: socket(row.src).ip,
    identity: row.identity,
    authority: row.authority,
    ...(row.method === undefined ? {} : { method: row.method }),
  }
  const decide = (doubt: boolean) => decideInboundHbone(index, request, { doubt })
  const label = `${where} ${row.src} ${row.identity} → ${row.dst_uid} ${row.conn_dst} ${row.method ?? 'CONNECT'} ${row.authority}`
  const host = row.forwarded === undefined ? undefined : parseForwardedHost(row.forwarded)
  return compare(label, decide, [recordedText(row)], result => inboundText(result, host, row))
}

type Answers<Result> = (result: Exclude<Result, { kind: 'undetermined' }>) => string

/** What disagrees may be so where a rare fact is so that no dump shows: then it is undetermined. */
const compare = <Result extends { readonly kind: string }>(
  where: string,
  decide: (doubt: boolean) => Decision<Result, unknown>,
  recorded: readonly string[],
  text: Answers<Result>,
): Judgement => {
  const decision = decide(false)
  const judgement = judgeDecision(where, decision, recorded, text)
  if (judgement.kind !== 'disagreed' || decision.unless.length === 0) return judgement
  return judgeDecision(where, decide(true), recorded, text).kind === 'disagreed'
    ? judgement
    : { kind: 'undetermined', missing: decision.unless.map(({ code }) => code).join() }
}

const judgeDecision = <Result extends { readonly kind: string }>(
  where: string,
  decision: Decision<Result, unknown>,
  recorded: readonly string[],
  text: Answers<Result>,
): Judgement => {
  const results = decision.outcomes.map(({ result }) => result)
  const judgement = judge(where, recorded, {
    known: new Set(results.filter(isDetermined).map(text)),
    unknown: results.flatMap(result => (result.kind === 'undetermined' ? [JSON.stringify(result)] : [])),
  })
  if (judgement.kind !== 'agreed') return judgement
  return { ...judgement, because: decision.ambiguousBecause.map(({ code }) => code).sort() }
}

const isDetermined = <Result extends { readonly kind: string }>(
  result: Result,
): result is Exclude<Result, { kind: 'undetermined' }> => result.kind !== 'undetermined'

const withReason = (result: string, reason: string | undefined): string =>
  reason === undefined || reason === '' ? result : `${result}: ${reason}`

const plaintextText = (result: Exclude<InboundResult, { kind: 'undetermined' }>, givesReasons: boolean): string => {
  if (result.kind !== 'refused') return 'allow'
  if (result.code === 'self-call') return withReason('refused', result.text)
  return givesReasons ? withReason('deny', result.text) : 'deny'
}

const recordedText = ({ result }: RecordedInbound): string =>
  [
    result.status,
    result.error ?? '-',
    result.upstream ?? '-',
    result.tunnel?.protocol ?? result.tunnel_protocol ?? '-',
    result.tunnel?.proxy_target ?? '-',
    result.to_localhost ?? '-',
    result.rbac_dst ?? '-',
    result.for_host ?? '-',
  ].join(' | ')

/** Says only what the recording of this release says. */
const inboundText = (
  result: Exclude<InboundResult, { kind: 'undetermined' }>,
  host: string | undefined,
  { result: like }: RecordedInbound,
): string => {
  if (result.kind === 'hairpin') return 'hairpin'
  const target = result.kind === 'admitted' ? result : result.target
  const status = result.kind === 'admitted' ? 200 : result.status
  const text = result.kind === 'admitted' ? '-' : result.text
  if (target === undefined) return [status, text, '-', '-', '-', '-', '-', '-'].join(' | ')
  const { upstream, tunnel } = target
  const to = socketText(upstream.ip, upstream.port)
  const protocol = tunnel?.protocol ?? (like.tunnel_protocol === undefined ? '-' : 'NONE')
  const proxied =
    like.tunnel_protocol === undefined && tunnel !== undefined ? socketText(tunnel.target.ip, tunnel.target.port) : '-'
  const loopback = like.to_localhost === undefined ? '-' : target.throughLoopback
  return [status, text, to, protocol, proxied, loopback, to, host ?? '-'].join(' | ')
}

const socket = (text: string): SocketAddress => {
  const parsed = parseSocket(text)
  if (parsed === undefined) throw new Error(`not a socket address: ${text}`)
  return parsed
}
