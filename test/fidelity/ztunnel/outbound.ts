import { parseSocket, socketText } from '#reason/address.ts'
import type { Forward, OutboundDecision, OutboundResult } from '#ztunnel/forward.ts'
import { decideOutbound } from '#ztunnel/outbound.ts'
import type { Undetermined } from '#ztunnel/refusal.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { type Judgement, judge } from './judge.ts'
import type { OutboundAnswer, RecordedOutbound, RecordedState } from './recording.ts'
import { unseenOf, type Widths } from './width.ts'

export const judgeOutbound = (
  index: ZtunnelIndex,
  state: RecordedState,
  call: RecordedOutbound,
  where: string,
): Judgement => {
  const destination = parseSocket(call.dial)
  if (destination === undefined) throw new Error(`${where}: not an address: ${call.dial}`)
  const resolve = (hostname: string) => answersOf(index, state, hostname)
  const decide = (doubt: boolean) => decideOutbound(index, { source: call.source, destination }, { resolve, doubt })
  const decision = decide(false)
  const label = `${where} ${call.source.namespace}/${call.source.name} (${call.source.ip}) → ${call.dial}`
  const judgement = compare(label, call, decision)
  if (judgement.kind === 'agreed')
    return {
      ...judgement,
      because: decision.ambiguousBecause.map(({ code }) => code).sort(),
      ...chances(call, decision),
    }
  if (judgement.kind === 'undetermined' || decision.unless.length === 0) return judgement
  const doubted = compare(label, call, decide(true))
  return doubted.kind === 'disagreed'
    ? judgement
    : { kind: 'undetermined', missing: decision.unless.map(({ code }) => code).join() }
}

const compare = (label: string, call: RecordedOutbound, { outcomes }: OutboundDecision): Judgement => {
  const sample = call.results.find(answer => answer.error === undefined)
  const results = outcomes.map(({ result }) => result)
  return judge(label, call.results.map(answerText), {
    known: new Set(results.flatMap(result => predictedText(result, sample))),
    unknown: results
      .filter(isUndetermined)
      .filter(result => mayBe(result, call))
      .map(({ missing }) => missing),
  })
}

/** How many picks so many tries leave out, when all chances are known. */
const chances = (call: RecordedOutbound, { outcomes }: OutboundDecision): Pick<Widths, 'expected'> => {
  const known = outcomes.flatMap(({ probability }) => probability ?? [])
  const tries = call.results.reduce((all, { count }) => all + count, 0)
  return known.length < outcomes.length ? {} : { expected: unseenOf(known, tries) }
}

const isUndetermined = (result: OutboundResult): result is Undetermined => result.kind === 'undetermined'

/** An endpoint that the dump does not show still belongs to its service. */
const mayBe = ({ missing, about }: Undetermined, call: RecordedOutbound): boolean =>
  missing !== 'former-endpoint' || call.results.some(answer => answer.dst_service === about)

/** The resolver asks for A first and for AAAA only when there is none, where it is set so. */
const answersOf = (index: ZtunnelIndex, state: RecordedState, hostname: string): readonly string[] | 'no-answer' => {
  const all = state.upstream_dns[hostname] ?? []
  if (all.length === 0) return 'no-answer'
  const { raw } = index.dump.config
  const options = (raw.dnsResolverOpts ?? raw.dns_resolver_opts) as { readonly ip_strategy?: string } | undefined
  const v4 = all.filter(ip => !ip.includes(':'))
  return options?.ip_strategy === 'Ipv4thenIpv6' && v4.length > 0 ? v4 : all
}

const answerText = (answer: OutboundAnswer): string =>
  answer.error ??
  lines([
    answer.protocol,
    answer.next_hop,
    answer.authority,
    answer.upstream_sans?.join(),
    answer.final_sans?.join(),
    answer.dst_workload_uid,
    answer.dst_service,
    answer.request_type,
    answer.expected_identity,
  ])

/** Says only what the recording of this release says. */
const predictedText = (result: OutboundResult, like: OutboundAnswer | undefined): readonly string[] => {
  if (result.kind === 'undetermined') return []
  if (result.kind === 'refused') return [result.text]
  const service = result.destinationService
  const hasTypes = result.expectedIdentity !== undefined || like?.request_type !== undefined
  return [
    lines([
      result.protocol,
      socketText(result.nextHop.ip, result.nextHop.port),
      result.authority,
      result.upstreamSans.join(),
      like?.final_sans === undefined ? undefined : result.finalSans.join(),
      result.destinationWorkload?.uid,
      service === undefined ? undefined : `${service.namespace}/${service.hostname}`,
      hasTypes ? requestType(result) : undefined,
      result.expectedIdentity,
    ]),
  ]
}

const requestType = (result: Forward): string => {
  if (result.via === 'passthrough') return 'Passthrough'
  if (result.via === 'waypoint') return 'ToServerWaypoint'
  return result.staysOnNode === true ? 'DirectLocal' : 'Direct'
}

const lines = (parts: readonly (string | null | undefined)[]): string => parts.map(part => part ?? '-').join(' | ')
