import { describe, expect, it } from 'vitest'
import type { RecordedRequest } from '../fidelity/waypoint/recorded.ts'
import { Random } from '../support/random.ts'
import { configurationOf } from './envoy/configuration.ts'
import { randomRequest } from './envoy/requests.ts'

/** As many as CI plays in its part of three minutes. */
const configurations = 200
const requests = Array.from({ length: configurations * 20 }, (_, at) => randomRequest(new Random(at * 7919), `${at}`))
const texts = Array.from({ length: configurations }, (_, seed) =>
  JSON.stringify(configurationOf([{ suffix: '', port: 1, random: new Random(seed) }])),
)

const names = ({ headers = [] }: RecordedRequest): readonly string[] => headers.map(([name]) => name)
const pathOf = ({ path = '' }: RecordedRequest): string => path
const hostOf = ({ host }: RecordedRequest): string => host ?? ''

/** The adversarial cases that the suite promises, by what a request must look like. */
const requestCases: Readonly<Record<string, (request: RecordedRequest) => boolean>> = {
  'letter case in paths': request => /[A-Z]/.test(pathOf(request)),
  'letter case in hosts': request => /[A-Z]/.test(hostOf(request)),
  'escaped slashes': request => /%2F|%5c/.test(pathOf(request)),
  'double slashes': request => /\/\//.test(pathOf(request).replace(/^https?:\/\//, '')),
  'dot segments': request => /\/\.\.?(\/|;|$)/.test(pathOf(request)),
  'escaped dots': request => /%2e/.test(pathOf(request)),
  'path parameters': request => pathOf(request).includes(';'),
  'a port in Host': request => /:\d+$/.test(hostOf(request)),
  'a trailing dot': request => /\.(:|$)/.test(hostOf(request)),
  'an empty Host': request => request.host === '',
  'no Host': request => request.host === null,
  'duplicate headers': request => new Set(names(request)).size < names(request).length,
  'empty headers': ({ headers = [] }) => headers.some(([, value]) => value === ''),
  'too many headers': request => names(request).length > 100,
  'huge paths': request => pathOf(request).length > 60_000,
  'an IPv6 destination': ({ connect_authority }) => connect_authority?.startsWith('[') === true,
  'an IPv6 host': request => hostOf(request).startsWith('['),
  'a destination that is a name': ({ connect_authority }) => connect_authority?.startsWith('svc.') === true,
  'absolute-form URIs': request => pathOf(request).startsWith('http://'),
  'an unknown ALPN inside': ({ protocol, alpn }) => protocol === 'tls' && alpn?.includes('other') === true,
  'no ALPN h2 on port 15008': ({ outer_alpn }) => outer_alpn !== undefined && !outer_alpn.includes('h2'),
  'no CONNECT on port 15008': ({ protocol }) => protocol === 'outer',
  'no TLS on port 15008': ({ protocol }) => protocol === 'raw15008',
  'upgrades over HTTP/2': request => names(request).includes(':protocol'),
  'headers for one connection': request =>
    names(request).some(name => ['te', 'keep-alive', 'connection'].includes(name)),
  'targets that are none': request => /^[^/]/.test(pathOf(request)) && !/^https?:\/\//.test(pathOf(request)),
  'names that are none': request => /[ /"?#\\]/.test(hostOf(request)),
  'names with an underscore': request => names(request).some(name => name.includes('_')),
  'blanks around values': ({ headers = [] }) => headers.some(([, value]) => /^ | $/.test(value)),
  'control characters in paths': request => /[\u0000-\u001f\u007f]/.test(pathOf(request)),
  'control characters in values': ({ headers = [] }) =>
    headers.some(([, value]) => /[\u0000-\u001f\u007f]/.test(value)),
  'other scripts in paths': request => /[^\u0000-\u007f]/.test(pathOf(request)),
  'schemes that are none': ({ scheme }) => scheme !== undefined && /^$|[ :]/.test(scheme),
  'several numbers of the attempt': request =>
    names(request).filter(name => name === 'x-envoy-attempt-count').length > 1,
  'long bodies': ({ body = '' }) => body.length > 1000,
  'a wrong length of the body over HTTP/2': ({ protocol, headers = [], body = '' }) =>
    protocol === 'h2' && headers.some(([name, value]) => name === 'content-length' && Number(value) !== body.length),
  upgrades: request => names(request).includes('upgrade'),
  preflights: request => names(request).includes('access-control-request-method'),
  tokens: ({ headers = [] }) => headers.some(([name]) => name === 'authorization' || name === 'x-jwt'),
}

/** What configurations must hold, by the text that shows it. */
const configurationCases: Readonly<Record<string, RegExp>> = {
  'anchored patterns': /"regex":"(\^|[^"]*\$")/,
  'no cluster': /"cluster":"nosuch"/,
  'no endpoint': /"cluster":"empty"/,
  'no healthy endpoint': /"cluster":"unhealthy"/,
  'a cluster that refuses': /"cluster":"refused"/,
  'a tunnel in a tunnel': /"cluster":"tdouble"/,
  'a tunnel that is refused': /"cluster":"tno"/,
  priorities: /"priority":1/,
  panic: /"healthy_panic_threshold":\{"value":90\}/,
  localities: /"locality_weighted_lb_config"/,
  subsets: /"metadata_match".*"subset_selectors"/,
  'weights by a header': /"header_name":"x-num"/,
  'upgrades switched off': /"upgrade_type":"websocket","enabled":false/,
  'regex rewrites': /"regex_rewrite"/,
  mirrors: /"request_mirror_policies"/,
  retries: /"retry_on"/,
  'a trust domain': /"match_typed_subject_alt_names"/,
  'legacy chain matches': /"filter_chain_match":/,
  'matcher trees': /"filter_chain_matcher"/,
  'CONNECT over HTTP/2': /"allow_connect":true\},"normalize|"upgrade_type":"websocket"\}\],"http2_protocol_options"/,
  'rules that only log': /"action":"LOG"/,
  'shadow rules': /"shadow_rules"/,
  'prefixes of rules': /"rules_stat_prefix":"r_"/,
  'faults for some requests': /"percentage":\{"numerator":30\}/,
  'faults that a client asks for': /"header_(abort|delay)"/,
  'delays by a fault': /"fixed_delay"/,
  'faults by header': /HTTPFault[^@]*"headers":\[/,
  'CORS for some requests': /"filter_enabled":\{"default_value":\{"numerator":30/,
  'CORS of private networks': /"allow_private_network_access":true/,
  'a hash of the request': /"hash_policy"/,
  'mirrors without an endpoint': /"request_mirror_policies":\[\{"cluster":"(empty|nosuch)"/,
  'limits by route': /BufferPerRoute/,
  'local rate limits': /"local_ratelimit"/,
  buffers: /"max_request_bytes"/,
  'CEL conditions': /"condition"/,
  'names with underscores refused': /"headers_with_underscores_action":"REJECT_REQUEST"/,
  'names with underscores dropped': /"headers_with_underscores_action":"DROP_HEADER"/,
  'local replies rewritten': /"local_reply_config":\{"mappers":\[\{/,
  'formats of JSON': /"json_format"/,
  'gRPC statuses of replies': /"grpc_status_filter"/,
}

describe('the random cases', () => {
  it.each(Object.entries(requestCases))('have requests with %s', (_, holds) =>
    expect(requests.filter(holds).length).toBeGreaterThanOrEqual(10),
  )

  it.each(Object.entries(configurationCases))('have configurations with %s', (_, shown) =>
    expect(texts.filter(text => shown.test(text)).length).toBeGreaterThanOrEqual(5),
  )

  it('are the same for the same seed', () =>
    expect(randomRequest(new Random(5), 'a')).toEqual(randomRequest(new Random(5), 'a')))
})
