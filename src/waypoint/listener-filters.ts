import { objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type Address, parseAddress } from './address.ts'
import type { Connection } from './connection.ts'
import { typeOf } from './types.ts'

const localKey = 'envoy.filters.listener.original_dst.local_ip'
const remoteKey = 'envoy.filters.listener.original_dst.remote_ip'
const metadataKey = 'envoy.filters.listener.original_dst'

const addressIn = (text: string | undefined) => (text === undefined ? undefined : parseAddress(text))

/** original_dst: endpoint metadata first, then what the outer listener shared (specs/waypoint.md §5.3). */
const originalDst = (connection: Connection): Connection => {
  const metadata = connection.metadata.get(metadataKey)
  const local = addressIn(textAt(metadata, 'local')) ?? addressIn(connection.filterState.get(localKey)?.text)
  const remote = addressIn(textAt(metadata, 'remote')) ?? addressIn(connection.filterState.get(remoteKey)?.text)
  return { ...connection, local: local ?? connection.local, remote: remote ?? connection.remote }
}

/** set_dst_address of 1.18 and 1.19: destination only, the client's address is not carried (specs/waypoint-eras.md §3). */
const setDstAddress = (connection: Connection): Connection => {
  const local =
    addressIn(textAt(connection.metadata.get('tunnel'), 'destination')) ??
    addressIn(connection.filterState.get(localKey)?.text)
  return { ...connection, local: local ?? connection.local }
}

const setDstAddressType = 'istio.set_internal_dst_address.v1.Config'

const restorers: Readonly<Record<string, (connection: Connection) => Connection>> = {
  'envoy.extensions.filters.listener.original_dst.v3.OriginalDst': originalDst,
  [setDstAddressType]: setDstAddress,
}

/** The connection after those listener filters that restore its addresses. */
export const restoreDestination = (listener: EnvoyJson, connection: Connection): Connection =>
  objectsAt(listener, 'listener_filters').reduce<Connection>(
    (restored, filter) => restorers[typeOf(filter)]?.(restored) ?? restored,
    connection,
  )

const hbonePort = 15008

/** What set_dst_address makes the next cluster dial: the tunnel's address, or the destination's own ztunnel. */
export const dialOfSetDstAddress = (listener: EnvoyJson, { metadata, local }: Connection): Address | undefined => {
  if (!objectsAt(listener, 'listener_filters').some(filter => typeOf(filter) === setDstAddressType)) return undefined
  const named = addressIn(textAt(metadata.get('tunnel'), 'address'))
  return named ?? (local.kind === 'ip' ? { ...local, port: hbonePort } : undefined)
}
