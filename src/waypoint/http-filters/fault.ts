import { numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import { headerMatches } from '../match/header.ts'
import { every } from '../match/string.ts'
import { originOf } from '../origin.ts'
import { percentOf } from '../route/match.ts'
import { defineHttpFilter, type FilterResult, type HttpStage, passed } from './filter.ts'

/** The fault applies to this request at all: cluster and headers. */
const concerns = ({ walk, exchange, route }: HttpStage, config: EnvoyJson): boolean => {
  const cluster = textAt(config, 'upstream_cluster') ?? ''
  if (cluster !== '' && route.cluster?.name !== cluster) return false
  const headers = objectsAt(config, 'headers')
  const { routeHeaderValues: values, regexTakes: regex } = walk.behaviour
  const holds = every(headers, matcher => headerMatches(matcher, exchange.headers, { values, regex }))
  return walk.settle(holds, 'fault headers')
}

const wholeIn = ({ headers }: Exchange, name: string): number | undefined => {
  const text = headers.get(name)?.trim()
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined
}

/** What is asked by header: a delay in milliseconds, a status, and a share of at most what the configuration says. */
const asked = {
  delay: 'x-envoy-fault-delay-request',
  abort: 'x-envoy-fault-abort-request',
  grpcAbort: 'x-envoy-fault-abort-grpc-request',
} as const

const shareOf = ({ exchange }: HttpStage, fault: EnvoyJson, byHeader: string | undefined): number => {
  const share = objectAt(fault, 'percentage')
  const wanted = byHeader === undefined ? undefined : wholeIn(exchange, `${byHeader}-percentage`)
  if (wanted === undefined || wanted < 0) return percentOf(share)
  return percentOf({ ...share, numerator: Math.min(wanted, numberAt(share, 'numerator') ?? 0) })
}

/** A fault without a percentage never fires (specs/waypoint-measured.md §3). */
const fires = (stage: HttpStage, fault: EnvoyJson, byHeader?: string): boolean =>
  stage.walk.chance(shareOf(stage, fault, byHeader))

interface AbortCode {
  readonly status: number
  readonly grpcStatus?: number
}

const abortCode = ({ exchange }: HttpStage, abort: EnvoyJson): AbortCode | undefined => {
  if (objectAt(abort, 'header_abort') === undefined) {
    const grpcStatus = numberAt(abort, 'grpc_status')
    return grpcStatus === undefined ? { status: numberAt(abort, 'http_status') ?? 503 } : { status: 200, grpcStatus }
  }
  const status = wholeIn(exchange, asked.abort)
  if (status !== undefined && status >= 200 && status < 600) return { status }
  const grpcStatus = wholeIn(exchange, asked.grpcAbort)
  return grpcStatus === undefined ? undefined : { status: 200, grpcStatus }
}

const abortReply = ({ status, grpcStatus }: AbortCode, flags: readonly string[]): FilterResult => {
  const details = 'fault_filter_abort'
  return {
    effect: 'replied',
    details,
    reply: {
      status,
      details,
      body: 'fault filter abort',
      flags: [...flags, 'FI'],
      ...(grpcStatus === undefined ? {} : { grpcStatus }),
    },
  }
}

const aborts = (stage: HttpStage, config: EnvoyJson): AbortCode | undefined => {
  const abort = objectAt(config, 'abort')
  if (abort === undefined) return undefined
  const code = abortCode(stage, abort)
  const byHeader = objectAt(abort, 'header_abort') === undefined ? undefined : asked.abort
  return code !== undefined && fires(stage, abort, byHeader) ? code : undefined
}

/** How long, where there is a delay. */
const delays = (stage: HttpStage, config: EnvoyJson): string | undefined => {
  const delay = objectAt(config, 'delay')
  if (delay === undefined) return undefined
  if (objectAt(delay, 'header_delay') === undefined)
    return fires(stage, delay) ? (textAt(delay, 'fixed_delay') ?? '') : undefined
  const milliseconds = wholeIn(stage.exchange, asked.delay)
  return milliseconds !== undefined && fires(stage, delay, asked.delay) ? `${milliseconds / 1000}s` : undefined
}

export const fault = defineHttpFilter({
  types: ['envoy.extensions.filters.http.fault.v3.HTTPFault'],
  decide: stage => {
    const config = stage.overrides[0] ?? stage.config
    if (objectAt(config, 'delay') === undefined && objectAt(config, 'abort') === undefined) return passed
    if (!concerns(stage, config)) return passed
    const delay = delays(stage, config)
    const flags = delay === undefined ? [] : ['DI']
    const origin = originOf(stage.route.selected?.route.config)
    const told = origin === undefined ? {} : { origin }
    const code = aborts(stage, config)
    if (code !== undefined) return { ...abortReply(code, flags), ...told }
    return delay === undefined ? passed : { effect: 'passed', flags, details: delay, ...told }
  },
})
