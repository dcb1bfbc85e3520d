import { defineHttpFilter, passed } from './filter.ts'

/** Filters that neither answer nor change where a request goes. */
export const passive = defineHttpFilter({
  types: [
    'envoy.extensions.filters.http.grpc_stats.v3.FilterConfig',
    'envoy.extensions.filters.http.grpc_web.v3.GrpcWeb',
    'envoy.extensions.filters.http.compressor.v3.Compressor',
    'envoy.extensions.filters.http.decompressor.v3.Decompressor',
    'envoy.extensions.filters.http.router.v3.Router',
    'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig',
    'istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig',
    'io.istio.http.peer_metadata.Config',
    'io.istio.http.connect_baggage.Config',
    'stats.PluginConfig',
  ],
  decide: () => passed,
})
