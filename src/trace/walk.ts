import type { SocketAddress } from '#reason/address.ts'
import type { DecideOptions } from '#waypoint/request.ts'
import type { Request } from './request.ts'
import { isHttp } from './request.ts'
import type { Source } from './source.ts'
import type { Headers, Seen } from './step.ts'
import type { ClientSees, Path } from './trace.ts'
import type { Pod, World } from './world.ts'

/** What stays the same along one request. */
export interface Walk {
  readonly world: World
  readonly request: Request
  readonly source: Source
  /** The address of a Service that kube-proxy turned into the one that the connection goes on to. */
  readonly dialled?: SocketAddress
  /** What the input cannot tell an Envoy: the time, claims of a token whose keys are remote. */
  readonly told: DecideOptions
  /** The TLS that the proxy before has begun, with what it shows of itself. */
  readonly handshake?: {
    readonly serverName?: string
    readonly alpn: readonly string[]
    readonly identity?: string
  }
  /** What travels in the bytes that the gateway of another network forwards: the inner of two tunnels. */
  readonly inside?: Tunnel
  /** The network that the connection has come to, where it has left the client's. */
  readonly network?: string
  readonly onwards: Onwards
}

/** How a connection goes on that leaves a proxy which is a pod itself. */
export interface Onwards {
  plain(walk: Walk, to: SocketAddress, peer: Seen, view: View): Path
  tunnel(walk: Walk, to: SocketAddress, tunnel: Tunnel): Path
  /** Through the gateway of another network. */
  doubleTunnel(walk: Walk, to: SocketAddress, tunnels: { readonly outer: Tunnel; readonly inner: Tunnel }): Path
  /** To the application of the pod that the proxy serves. */
  own(walk: Walk, pod: Pod, to: SocketAddress, peer: Seen, view: View): Path
}

/** How what happens further on looks to the application that sent the request. */
export interface View {
  /** The connection was accepted on the way, then closed without an answer. */
  readonly closed: ClientSees
  /** The last peer's kernel refused. */
  readonly refused: ClientSees
  readonly silent: ClientSees
}

/** An HBONE connection on its way to port 15008 of its next hop. */
export interface Tunnel {
  readonly peer: Seen
  readonly authority: string
  /** Headers of the CONNECT that decide something at its end, names in lower case. */
  readonly headers?: Headers
  readonly via: 'direct' | 'waypoint' | 'gateway' | 'passthrough'
  /** Identities of which the server must present one. */
  readonly expects: readonly string[]
  /** Host of the service that the client asked for. */
  readonly service?: string
  /** The sender keeps connections open and sends further requests over them, which no policy sees again. */
  readonly pooled: boolean
  /** How the far end's failures look to the first client. */
  readonly view: View
}

/** How long ztunnel tries to connect (specs/ztunnel.md §4.8), and waits for its own workload (§4.1 O2). */
export const patience = { connect: 10, ownWorkload: 5 } as const

/** Nobody on the way accepts for the server. */
export const direct: View = {
  closed: { kind: 'closed-after-accept' },
  refused: { kind: 'refused' },
  silent: { kind: 'timeout' },
}

/** A ztunnel has accepted: every later failure is a close (specs/ztunnel-measured.md C37). */
export const behindZtunnel: View = {
  closed: { kind: 'closed-after-accept' },
  refused: { kind: 'closed-after-accept' },
  silent: { kind: 'closed-late', afterSeconds: patience.connect },
}

/** In another network, whose cluster has proxies of the same names: nothing of the client's stands in for what is there. */
export const isElsewhere = ({ network }: Walk): boolean => network !== undefined

export const served = (request: Request): ClientSees => (isHttp(request) ? { kind: 'response' } : { kind: 'connected' })
