export type Json = Record<string, unknown>

export const typed = (type: string, members: Json = {}): Json => ({
  '@type': `type.googleapis.com/envoy.${type}`,
  ...members,
})

/** A filter of any kind, access loggers and extensions included. */
export const filter = (name: string, type: string, members: Json = {}): Json => ({
  name,
  typed_config: typed(type, members),
})

export const router = filter('envoy.filters.http.router', 'extensions.filters.http.router.v3.Router')

export const internalUpstream = (members: Json = {}): Json => ({
  name: 'internal_upstream',
  typed_config: typed('extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport', {
    transport_socket: {
      name: 'raw_buffer',
      typed_config: typed('extensions.transport_sockets.raw_buffer.v3.RawBuffer'),
    },
    ...members,
  }),
})
