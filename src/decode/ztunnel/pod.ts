import type { At } from '#decode/json/at.ts'
import type { ConnectionRecord, PodState } from '#model/ztunnel.ts'

/** One pod of `workloadState`, keyed by its uid; istioctl's list has no key, and `""` for the trust domain (specs/ztunnel.md §2.5). */
export const readPodState = (at: At, podUid = ''): PodState | undefined => {
  const connections = at.object('connections')
  return {
    podUid,
    state: at.text('state') ?? '',
    info: readInfo(at),
    connections: [...readConnections(connections, 'inbound'), ...readConnections(connections, 'outbound')],
    pointer: at.pointer,
    unread: at.unread(),
    damaged: at.damaged,
  }
}

const readInfo = (at: At): PodState['info'] => {
  const info = at.object('info')
  if (info === undefined) return undefined
  info.skip('trustDomain')
  return {
    name: info.text('name') ?? '',
    namespace: info.text('namespace') ?? '',
    serviceAccount: info.text('serviceAccount', 'service_account') ?? '',
  }
}

const readConnections = (at: At | undefined, direction: ConnectionRecord['direction']): ConnectionRecord[] =>
  (at?.objects(direction) ?? []).flatMap(connection => {
    const src = connection.text('src')
    const actualDst = connection.text('actualDst')
    const originalDst = connection.text('originalDst')
    const protocol = connection.text('protocol')
    if (src === undefined || actualDst === undefined)
      return connection.wrong('src', 'a connection with src and actualDst') ?? []
    return [{ direction, src, actualDst, originalDst, protocol }]
  })
