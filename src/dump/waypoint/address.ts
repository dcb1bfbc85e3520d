import { numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'

/** istioctl's spelling of an endpoint's address: no brackets around IPv6, `unix://` only where it has it. */
export const endpointAddress = (address: unknown): string => {
  const socket = objectAt(address, 'socket_address')
  if (socket !== undefined) return `${textAt(socket, 'address') ?? ''}:${numberAt(socket, 'port_value') ?? 0}`
  const pipe = objectAt(address, 'pipe')
  if (pipe !== undefined) return textAt(pipe, 'path') ?? ''
  return internalAddress(address) ?? 'unknown'
}

/** `envoy://LISTENER/ENDPOINT_ID` of an address inside the same Envoy. */
export const internalAddress = (address: unknown): string | undefined => {
  const listener = textAt(address, 'envoy_internal_address', 'server_listener_name')
  return listener === undefined
    ? undefined
    : `envoy://${listener}/${textAt(address, 'envoy_internal_address', 'endpoint_id') ?? ''}`
}

export const listenerPort = (listener: unknown): number =>
  numberAt(listener, 'address', 'socket_address', 'port_value') ?? 0

/** The first address of a listener; empty for an internal one. */
export const listenerAddress = (listener: unknown): string =>
  textAt(listener, 'address', 'socket_address', 'address') ?? textAt(listener, 'address', 'pipe', 'path') ?? ''

export const listenerAddresses = (listener: unknown): readonly string[] => [
  listenerAddress(listener),
  ...objectsAt(listener, 'additional_addresses').map(
    more => textAt(more, 'address', 'socket_address', 'address') ?? '',
  ),
]
