import { flagAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { durationMs } from '../duration.ts'
import type { Exchange } from '../exchange.ts'
import type { Headers } from '../headers.ts'
import type { RetryPolicy, RouterPolicy } from '../outcome.ts'
import { percentOf } from '../route/match.ts'
import type { SelectedRoute } from '../route/select.ts'

const defaultTimeoutMs = 15_000

const readRetry = (policy: EnvoyJson): RetryPolicy => {
  const perTryTimeout = textAt(policy, 'per_try_timeout')
  return {
    on: (textAt(policy, 'retry_on') ?? '').split(',').filter(condition => condition !== ''),
    attempts: numberAt(policy, 'num_retries') ?? 1,
    ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
    statusCodes: numbersAt(policy, 'retriable_status_codes'),
  }
}
const numbersAt = (policy: EnvoyJson, name: string): readonly number[] => {
  const values = policy[name]
  return Array.isArray(values) ? values.filter((value): value is number => typeof value === 'number') : []
}

/** What a client of the trusted network asks for itself; from any other the connection manager took these headers away. */
const askedRetry = (headers: Headers, ofRoute: RetryPolicy | undefined): RetryPolicy | undefined => {
  const asked = [headers.get('x-envoy-retry-on'), headers.get('x-envoy-retry-grpc-on')].filter(
    text => text !== undefined,
  )
  if (ofRoute === undefined && asked.length === 0) return undefined
  const most = Number(headers.get('x-envoy-max-retries') ?? Number.NaN)
  return {
    ...(ofRoute ?? { statusCodes: [] }),
    on: [...(ofRoute?.on ?? []), ...asked.flatMap(text => text.split(','))],
    attempts: Number.isInteger(most) ? most : (ofRoute?.attempts ?? 1),
  }
}

const millisecondsAsked = (headers: Headers, name: string): number | undefined => {
  const text = headers.get(name)
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text)
}

/** Headers that the router takes for itself. */
const consumed = [
  'x-envoy-retry-on',
  'x-envoy-retry-grpc-on',
  'x-envoy-max-retries',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-alt-stat-name',
]

/** Timeout, retries and mirrors of a route, as far as the request may change them itself. */
export const policyOf = (selected: SelectedRoute, action: EnvoyJson, exchange: Exchange): RouterPolicy => {
  const { headers } = exchange
  const configured = objectAt(action, 'retry_policy') ?? objectAt(selected.host.config, 'retry_policy')
  const asked = askedRetry(headers, configured === undefined ? undefined : readRetry(configured))
  const perTry = millisecondsAsked(headers, 'x-envoy-upstream-rq-per-try-timeout-ms')
  const retry = asked === undefined || perTry === undefined ? asked : { ...asked, perTryTimeout: `${perTry / 1000}s` }
  const timeoutMs = millisecondsAsked(headers, 'x-envoy-upstream-rq-timeout-ms') ?? timeoutOf(action, exchange)
  for (const name of consumed) headers.remove(name)
  const mirrors = [action, selected.host.config]
    .map(level => objectsAt(level, 'request_mirror_policies'))
    .find(list => list.length > 0)
  return {
    timeoutMs,
    ...(retry === undefined ? {} : { retry }),
    mirrors: (mirrors ?? []).map(mirror => ({
      cluster: textAt(mirror, 'cluster') ?? '',
      percent:
        objectAt(mirror, 'runtime_fraction') === undefined
          ? 100
          : percentOf(objectAt(mirror, 'runtime_fraction', 'default_value')),
      ...(flagAt(mirror, 'disable_shadow_host_suffix_append') === true ? { keepsHost: true } : {}),
    })),
  }
}

const grpcUnits: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

const grpcTimeout = (exchange: Exchange): number | undefined => {
  const found = /^(\d{1,8})([HMSmun])$/.exec(exchange.headers.get('grpc-timeout') ?? '')
  return found === null ? undefined : Number(found[1]) * (grpcUnits[found[2] ?? ''] ?? 0)
}

const timeoutOf = (action: EnvoyJson, exchange: Exchange): number => {
  const limit = durationMs(textAt(action, 'max_grpc_timeout'))
  if (exchange.grpc && limit !== undefined) {
    const asked = grpcTimeout(exchange) ?? 0
    return limit !== 0 && (asked === 0 || asked > limit) ? limit : asked
  }
  return durationMs(textAt(action, 'timeout')) ?? defaultTimeoutMs
}
