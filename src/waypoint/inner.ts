import { textAt } from '#decode/json/member.ts'
import { internalClient, printAddress, printIp } from './address.ts'
import { selectChain } from './chain.ts'
import { type Connection, type FilterStateObject, sharedState } from './connection.ts'
import { continuesAfterTimeout, inspect, inspectionTimeout } from './inspect.ts'
import { restoreDestination } from './listener-filters.ts'
import type { Located } from './lookup.ts'
import { runChain } from './network.ts'
import type { Ending } from './outcome.ts'
import type { InnerTraffic } from './request.ts'
import type { Walk } from './walk.ts'

const open = (listener: string, state: ReadonlyMap<string, FilterStateObject>): Connection => ({
  listener,
  local: { kind: 'internal', listener, endpointId: '' },
  remote: internalClient,
  directRemote: internalClient,
  serverName: '',
  transportProtocol: 'raw_buffer',
  applicationProtocols: [],
  filterState: sharedState(state),
  metadata: new Map(),
})

const notFound = {
  kind: 'closed',
  flags: ['NR'],
  details: 'filter_chain_not_found',
  hosts: [],
} as const satisfies Ending

const tellConnection = (walk: Walk, listener: Located, connection: Connection): void => {
  const destination = printAddress(connection.local)
  walk.reached.destination = destination
  walk.step({
    kind: 'listener',
    listener: connection.listener,
    destination,
    source: printIp(connection.remote),
    evidence: walk.evidence(listener.pointer),
  })
}

/** What CONNECT is answered when the inner connection fails before any inspector asked for bytes (measured §2). */
const refusedConnect = (listener: string, inside: Extract<Ending, { kind: 'closed' }> | undefined): Ending => ({
  kind: 'outerReply',
  status: 503,
  flags: ['UF'],
  details:
    'upstream_reset_before_response_started{remote_connection_failure|immediate_connect_error:_Invalid_argument|' +
    `remote_address:envoy://${listener}/}`,
  body: '',
  headers: [],
  ...(inside === undefined
    ? {}
    : { inside: { flags: inside.flags, ...(inside.details === undefined ? {} : { details: inside.details }) } }),
})

/** A connection without a chain or a host, not a stream that HTTP has reset. */
const failsAtOnce = (ending: Ending): ending is Extract<Ending, { kind: 'closed' }> =>
  ending.kind === 'closed' &&
  (ending.details === undefined || ending.details === notFound.details) &&
  ending.flags.some(flag => ['NR', 'NC', 'UH'].includes(flag))

const serve = (walk: Walk, listener: Located, connection: Connection, traffic: InnerTraffic): Ending => {
  const chain = selectChain(walk, listener, connection)
  if (chain === undefined) return notFound
  walk.reached.filterChain = textAt(chain.config, 'name') ?? ''
  return runChain(walk, chain, connection, traffic)
}

/** The internal listener that takes the bytes of a terminated CONNECT (specs/waypoint.md §1.3, §1.4). */
export const runInner = (
  walk: Walk,
  name: string,
  state: ReadonlyMap<string, FilterStateObject>,
  traffic: InnerTraffic,
): Ending => {
  const listener = walk.index.listeners.get(name)
  if (listener === undefined) return refusedConnect(name, undefined)
  const restored = restoreDestination(listener.config, open(name, state))
  tellConnection(walk, listener, restored)
  const { connection, sniffed, waiting, seen } = inspect(listener.config, restored, traffic, walk.behaviour)
  for (const look of seen) walk.step({ kind: 'inspect', ...look, evidence: walk.evidence(listener.pointer) })
  if (waiting && !continuesAfterTimeout(listener.config))
    return { kind: 'stalled', timeoutMs: inspectionTimeout(listener.config), afterwards: 'closed' }
  const ending = serve(walk, listener, connection, traffic)
  if (!sniffed && failsAtOnce(ending)) return refusedConnect(name, ending)
  return ending.kind === 'proxied' || ending.kind === 'closed' ? { ...ending, sniffed } : ending
}
