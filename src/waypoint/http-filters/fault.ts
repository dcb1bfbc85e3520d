import { numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
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

/** A fault without a percentage never fires (specs/waypoint-measured.md §3). */
const fires = ({ walk }: HttpStage, fault: EnvoyJson | undefined): boolean =>
  fault !== undefined && walk.chance(percentOf(objectAt(fault, 'percentage')))

const abortReply = (abort: EnvoyJson, flags: readonly string[]): FilterResult => {
  const grpcStatus = numberAt(abort, 'grpc_status')
  const status = grpcStatus === undefined ? (numberAt(abort, 'http_status') ?? 503) : 200
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

const unmodelled = (config: EnvoyJson): boolean =>
  objectAt(config, 'delay', 'header_delay') !== undefined || objectAt(config, 'abort', 'header_abort') !== undefined

export const fault = defineHttpFilter({
  types: ['envoy.extensions.filters.http.fault.v3.HTTPFault'],
  decide: stage => {
    const config = stage.overrides[0] ?? stage.config
    if (unmodelled(config)) return { effect: 'opaque', details: 'faults by request header' }
    if (objectAt(config, 'delay') === undefined && objectAt(config, 'abort') === undefined) return passed
    if (!concerns(stage, config)) return passed
    const delayed = fires(stage, objectAt(config, 'delay'))
    const flags = delayed ? ['DI'] : []
    const abort = objectAt(config, 'abort')
    const origin = originOf(stage.route.selected?.route.config)
    const told = origin === undefined ? {} : { origin }
    if (abort !== undefined && fires(stage, abort)) return { ...abortReply(abort, flags), ...told }
    return delayed
      ? { effect: 'passed', flags, details: textAt(config, 'delay', 'fixed_delay') ?? '', ...told }
      : passed
  },
})
