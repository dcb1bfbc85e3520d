import { describe, expect, it } from 'vitest'
import { chainRows } from '#dump/waypoint/chains.ts'
import { filterRows } from '#dump/waypoint/filters.ts'
import { policyRows } from '#dump/waypoint/policies.ts'
import { conditionsText } from '#dump/waypoint/words/conditions.ts'
import { describeTyped } from '#dump/waypoint/words/registry.ts'
import { actionText, policiesText } from '#dump/waypoint/words/route.ts'
import { circuitText, outlierText } from '#dump/waypoint/words/upstream.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { decideWaypoint } from '#waypoint/decide.ts'
import {
  filter,
  get,
  httpChain,
  httpWaypoint,
  ipMatcher,
  router,
  routes,
  tcpChain,
  typed,
  waypoint,
} from '../waypoint/made.ts'

const http = (type: string, members: EnvoyJson) =>
  describeTyped('f', typed(`extensions.filters.http.${type}`, members)).text
const hundred = { numerator: 100 }

describe('filters in words', () => {
  it('tells which requests a fault is for', () => {
    const abort = { http_status: 503, percentage: hundred }
    expect(http('fault.v3.HTTPFault', { abort, headers: [{ name: 'x-chaos', string_match: { exact: '1' } }] })).toBe(
      'aborts 100% with 503; only requests with x-chaos=1',
    )
    const slow = { fixed_limit: { limit_kbps: '64' }, percentage: hundred }
    expect(http('fault.v3.HTTPFault', { response_rate_limit: slow })).toBe('slows 100% of responses to 64 KiB/s')
  })

  it('tells what becomes of preflights from elsewhere', () => {
    const allow = { allow_origin_string_match: [{ exact: 'http://a.com' }], expose_headers: 'x-e' }
    expect(http('cors.v3.CorsPolicy', { ...allow, forward_not_matching_preflights: true })).toBe(
      'allows http://a.com, exposes x-e, forwards other preflights',
    )
    expect(http('cors.v3.CorsPolicy', { ...allow, forward_not_matching_preflights: false })).toContain(
      'answers other preflights itself',
    )
  })

  it('tells that a rate limit looks at nothing where it is not enabled', () => {
    const bucket = { token_bucket: { max_tokens: 5, fill_interval: '1s' } }
    const enforced = { filter_enforced: { default_value: hundred } }
    expect(http('local_ratelimit.v3.LocalRateLimit', { ...bucket, ...enforced })).toBe(
      '5 at once, 1 per 1s, looks at 0% of requests, enforced for 100%',
    )
  })

  it('has words for what routes say of filters', () => {
    expect(http('ext_authz.v3.ExtAuthzPerRoute', { disabled: true })).toBe('off')
    expect(http('ext_authz.v3.ExtAuthzPerRoute', { check_settings: { context_extensions: { team: 'pay' } } })).toBe(
      'tells team=pay',
    )
    expect(http('lua.v3.LuaPerRoute', { disabled: true })).toBe('off')
    expect(http('jwt_authn.v3.PerRouteConfig', { requirement_name: 'r' })).toBe('requires r')
    expect(http('buffer.v3.BufferPerRoute', { buffer: { max_request_bytes: 7 } })).toBe('at most 7 bytes')
  })

  it('tells what an authorizer sees, and with what it denies on its own', () => {
    const grpc_service = { envoy_grpc: { cluster_name: 'authz' } }
    const config = {
      grpc_service,
      with_request_body: { max_request_bytes: 1024 },
      status_on_error: { code: 'Forbidden' },
    }
    expect(http('ext_authz.v3.ExtAuthz', config)).toBe(
      'asks authz about every request, up to 1024 bytes of body; denies with Forbidden when it does not answer',
    )
  })
})

describe('routes in words', () => {
  it('has the end of a stream, of gRPC and what rate limits count', () => {
    const action = {
      timeout: '0s',
      max_stream_duration: { max_stream_duration: '3s', grpc_timeout_header_max: '5s' },
      rate_limits: [{ actions: [{ request_headers: { header_name: 'x-user', descriptor_key: 'user' } }] }],
      priority: 'HIGH',
    }
    expect(policiesText(action)).toBe(
      'no timeout, stream at most 3s, grpc-timeout counts up to 5s, counted by request_headers user, high priority',
    )
  })

  it('tells when a missing header counts as an empty one', () => {
    const headers = [
      { name: 'x', string_match: { exact: 'a' }, invert_match: true, treat_missing_header_as_empty: true },
    ]
    expect(conditionsText({ prefix: '/', headers })).toBe('x!=a (missing is empty)')
    const cookies = [{ name: 'group', string_match: { exact: 'b' }, invert_match: true }]
    const tls_context = { presented: true, validated: false }
    expect(conditionsText({ prefix: '/', cookies, tls_context })).toBe(
      'cookie group!=b, client certificate, no valid client certificate',
    )
  })

  it('has statuses as an access log has them', () => {
    expect(actionText({ redirect: { response_code: 'SEE_OTHER', prefix_rewrite: '/n' } })).toBe(
      'redirect 303: path prefix to /n',
    )
    expect(actionText({ redirect: {} })).toBe('redirect 301: to itself')
    expect(actionText({ route: { cluster: 'c', cluster_not_found_response_code: 'INTERNAL_SERVER_ERROR' } })).toBe(
      'c; 500 when the cluster is missing',
    )
  })
})

it('limits that are no numbers are written out', () => {
  const retry_budget = { budget_percent: { value: 20 } }
  expect(circuitText({ circuit_breakers: { thresholds: [{ retry_budget, track_remaining: true }] } })).toBe(
    'retry_budget={"budget_percent":{"value":20}}',
  )
  expect(circuitText({ circuit_breakers: { per_host_thresholds: [{ max_connections: 4 }] } })).toBe(
    'each host max_connections=4',
  )
  expect(outlierText({ outlier_detection: { monitors: [{ name: 'm' }] } })).toBe('monitors=[{"name":"m"}]')
})

const any = [{ any: true }]
const guarded = (config: EnvoyJson) =>
  httpWaypoint({
    ...routes({ match: { prefix: '/' }, route: { cluster: 'c' } }),
    http_filters: [filter('guard', 'extensions.filters.http.rbac.v3.RBAC', config), router],
  })

describe('policies', () => {
  it('have their CEL condition beside the operation', () => {
    const condition = {
      call_expr: {
        function: '_==_',
        args: [
          { select_expr: { operand: { ident_expr: { name: 'request' } }, field: 'method' } },
          { const_expr: { string_value: 'GET' } },
        ],
      },
    }
    const index = guarded({ rules: { policies: { p: { permissions: any, principals: any, condition } } } })
    expect(policyRows(index.dump).map(({ what }) => what)).toEqual(['any and CEL (request.method == "GET")'])
  })

  it('by a matcher tree are neither passed nor denied', () => {
    const index = guarded({ matcher: { matcher_tree: {} } })
    expect(policyRows(index.dump)).toMatchObject([{ action: 'MATCHER', who: 'unknown to ambientctl' }])
    expect(filterRows(index.dump).find(({ filter }) => filter === 'guard')?.does).toBe(
      'matcher tree unknown to ambientctl',
    )
    const [branch] = decideWaypoint(index, get('/')).branches
    expect(branch?.assumptions).toMatchObject([{ kind: 'filter', what: 'guard', assumed: 'passes' }])
  })
})

it('a script that a route switches off leaves nothing open', () => {
  const off = { lua: typed('extensions.filters.http.lua.v3.LuaPerRoute', { disabled: true }) }
  const index = httpWaypoint({
    ...routes({ match: { prefix: '/off' }, route: { cluster: 'c' }, typed_per_filter_config: off }),
    http_filters: [filter('lua', 'extensions.filters.http.lua.v3.Lua'), router],
  })
  expect(decideWaypoint(index, get('/off')).branches).toMatchObject([
    { assumptions: [], ending: { kind: 'forwarded' } },
  ])
})

describe('the matcher tree as a table', () => {
  const input = (type: string) => ({
    name: 'i',
    typed_config: typed(`extensions.matching.common_inputs.network.v3.${type}`),
  })
  const to = (chain: string) => ({ action: { name: chain, typed_config: { value: chain } } })
  const ranges = (prefix: string, length: number, onMatch: EnvoyJson) => ({
    matcher_tree: {
      input: input('DestinationIPInput'),
      custom_match: ipMatcher([{ ranges: [{ address_prefix: prefix, prefix_len: length }], on_match: onMatch }]),
    },
  })
  const rows = (filter_chain_matcher: EnvoyJson) =>
    chainRows(waypoint({ filter_chains: [tcpChain('a', 'c'), httpChain('b', {})], filter_chain_matcher }, []).dump, {
      listener: 'main_internal',
    }).map(({ addresses, also, chain }) => [addresses.join(','), also, chain])

  it('asks twice for an address where the tree does', () => {
    const inner = ranges('10.1.0.0', 16, to('a'))
    expect(rows(ranges('10.0.0.0', 8, { matcher: inner }))[0]).toEqual(['10.0.0.0/8', 'address=10.1.0.0/16', 'a'])
  })

  it('leaves out what only keeps matching', () => {
    const keeps = { ...ranges('10.0.0.0', 8, { ...to('a'), keep_matching: true }), on_no_match: to('b') }
    expect(rows(keeps)).toEqual([
      ['', '', 'b'],
      ['', 'never', 'a'],
    ])
  })
})
