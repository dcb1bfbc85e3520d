import { objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { extAuthz, extProc, istioAuthn, jwtAuthn, rbac } from './authorization.ts'
import { tcpProxy } from './destination.ts'
import { perRoute } from './per-route.ts'
import { type Describe, listText, plainly, type Says } from './says.ts'
import { scalarText } from './scalar.ts'
import { cors, fault, headerMutations, localRateLimit, lua, rateLimit, setFilterState, wasm } from './traffic.ts'
import { typedConfig } from './typed-config.ts'

const http = 'envoy.extensions.filters.http.'
const network = 'envoy.extensions.filters.network.'
const listener = 'envoy.extensions.filters.listener.'

/** Filters by the type of their configuration. Another filter is one line here and one function. */
const describers: Readonly<Record<string, Describe>> = {
  [`${http}rbac.v3.RBAC`]: rbac,
  [`${network}rbac.v3.RBAC`]: rbac,
  [`${http}jwt_authn.v3.JwtAuthentication`]: jwtAuthn,
  [`${http}ext_authz.v3.ExtAuthz`]: extAuthz,
  [`${network}ext_authz.v3.ExtAuthz`]: extAuthz,
  [`${http}ext_proc.v3.ExternalProcessor`]: extProc,
  'istio.envoy.config.filter.http.authn.v2alpha1.FilterConfig': istioAuthn,
  'io.istio.network.authn.Config': plainly('istio_authn', "keeps the peer's SPIFFE identity for the inner listeners"),
  [`${http}fault.v3.HTTPFault`]: fault,
  [`${http}cors.v3.Cors`]: cors,
  [`${http}cors.v3.CorsPolicy`]: cors,
  [`${http}local_ratelimit.v3.LocalRateLimit`]: localRateLimit,
  [`${network}local_ratelimit.v3.LocalRateLimit`]: localRateLimit,
  [`${http}ratelimit.v3.RateLimit`]: rateLimit,
  [`${network}ratelimit.v3.RateLimit`]: rateLimit,
  [`${http}lua.v3.Lua`]: lua,
  [`${http}wasm.v3.Wasm`]: wasm,
  [`${network}wasm.v3.Wasm`]: wasm,
  [`${http}header_mutation.v3.HeaderMutation`]: headerMutations,
  [`${http}set_filter_state.v3.Config`]: setFilterState,
  [`${network}set_filter_state.v3.Config`]: setFilterState,
  ...perRoute,
  [`${http}set_metadata.v3.Config`]: ({ config }) => ({
    short: 'set_metadata',
    text: `sets metadata ${listText(objectsAt(config, 'metadata').map(entry => textAt(entry, 'metadata_namespace') ?? '?'))}`,
  }),
  [`${http}header_to_metadata.v3.Config`]: ({ config }) => ({
    short: 'header_to_metadata',
    text: `copies headers to metadata: ${listText(objectsAt(config, 'request_rules').map(rule => textAt(rule, 'header') ?? '?'))}`,
  }),
  [`${http}grpc_stats.v3.FilterConfig`]: plainly('grpc_stats', 'counts gRPC calls; changes nothing'),
  [`${http}grpc_web.v3.GrpcWeb`]: plainly('grpc_web', 'translates gRPC-Web to gRPC'),
  [`${http}stateful_session.v3.StatefulSession`]: plainly('stateful_session', 'keeps a session on its endpoint'),
  [`${http}dynamic_forward_proxy.v3.FilterConfig`]: plainly(
    'dynamic_forward_proxy',
    "resolves the request's host by DNS while the request waits",
  ),
  [`${http}compressor.v3.Compressor`]: plainly('compressor', 'compresses responses; changes no decision'),
  [`${http}buffer.v3.Buffer`]: ({ config }) => ({
    short: 'buffer',
    text: `waits for the whole request, at most ${scalarText(config.max_request_bytes ?? '?')} bytes`,
  }),
  [`${http}router.v3.Router`]: plainly('router', "sends the request to the route's cluster"),
  [`${network}tcp_proxy.v3.TcpProxy`]: tcpProxy,
  [`${network}sni_dynamic_forward_proxy.v3.FilterConfig`]: plainly(
    'sni_dynamic_forward_proxy',
    "resolves the client's server name by DNS",
  ),
  [`${network}mongo_proxy.v3.MongoProxy`]: plainly('mongo_proxy', 'reads MongoDB traffic for statistics'),
  [`${network}mysql_proxy.v3.MySQLProxy`]: plainly('mysql_proxy', 'reads MySQL traffic for statistics'),
  'stats.PluginConfig': plainly('istio.stats', 'Istio metrics; changes nothing'),
  'io.istio.http.peer_metadata.Config': plainly('peer_metadata', 'names the peers for metrics; changes nothing'),
  'envoy.tcp.metadataexchange.config.MetadataExchange': plainly(
    'metadata_exchange',
    'exchanges workload names where ALPN agrees on it; changes nothing',
  ),
  'io.istio.http.connect_authority.Config': plainly(
    'connect_authority',
    "carries the CONNECT target and the peer's identity to the inner listeners",
  ),
  'io.istio.http.connect_baggage.Config': plainly('connect_baggage', 'names the client for metrics; changes nothing'),
  [`${listener}original_dst.v3.OriginalDst`]: plainly('original_dst', 'takes the CONNECT target as the destination'),
  [`${listener}http_inspector.v3.HttpInspector`]: plainly(
    'http_inspector',
    'waits for the first bytes to tell HTTP from other protocols',
  ),
  [`${listener}tls_inspector.v3.TlsInspector`]: plainly(
    'tls_inspector',
    'waits for the first bytes to find TLS, its server name and ALPN',
  ),
  [`${listener}proxy_protocol.v3.ProxyProtocol`]: plainly('proxy_protocol', 'takes the addresses of a PROXY header'),
  'istio.set_internal_dst_address.v1.Config': plainly('set_dst_address', 'takes the CONNECT target as the destination'),
}

/** A filter as the table shows it; one of an unknown type says so, and its whole configuration is in `-o json`. */
export const describeTyped = (name: string, any: EnvoyJson | undefined): Says => {
  const typed = typedConfig(any)
  const describe = describers[typed.type]
  if (describe !== undefined) return describe(typed, { name })
  const what = typed.type === '' ? 'no configuration' : typed.type
  return { short: name, text: `unknown to ambientctl: ${what}` }
}

/** A filter of a listener, chain or connection manager; `ecds` finds what is delivered on its own. */
export const describeFilter = (filter: EnvoyJson, ecds: (name: string) => EnvoyJson | undefined): Says => {
  const name = textAt(filter, 'name') ?? ''
  if (objectAt(filter, 'config_discovery') === undefined) return describeTyped(name, objectAt(filter, 'typed_config'))
  const delivered = ecds(name)
  if (delivered !== undefined) return describeTyped(name, objectAt(delivered, 'typed_config'))
  const standard = objectAt(filter, 'config_discovery', 'default_config')
  return standard === undefined
    ? { short: name, text: 'its configuration (ECDS) is not in the dump' }
    : describeTyped(name, standard)
}
