import type { EnvoyJson } from '#model/envoy.ts'
import type { Connection, FilterStateObject } from './connection.ts'
import { Headers } from './headers.ts'

export type HttpVersion = '1.0' | '1.1' | '2'

/** What Envoy itself is about to answer. */
export interface LocalReply {
  readonly status: number
  readonly details: string
  readonly body?: string
  readonly flags?: readonly string[]
  readonly grpcStatus?: number
  readonly headers?: readonly (readonly [string, string])[]
  /** The filter writes the response itself: the route adds nothing to it. */
  readonly whole?: boolean
}

/** One HTTP request on its way through a connection manager; filters change it in place. */
export class Exchange {
  readonly connection: Connection
  readonly version: HttpVersion
  readonly headers: Headers
  /** Filters write their namespaces here. */
  readonly metadata = new Map<string, EnvoyJson>()
  readonly filterState: Map<string, FilterStateObject>
  readonly responseHeaders = new Headers()
  /** After x-forwarded-for; without a port. */
  remoteIp: string
  /** A filter that may have changed anything; what it could have changed is unknown from there on. */
  opaque: string | undefined
  /** What the connection manager makes of local replies. */
  rewriteReply: (reply: LocalReply) => LocalReply = reply => reply

  constructor(connection: Connection, version: HttpVersion, headers: Headers, remoteIp: string) {
    this.connection = connection
    this.version = version
    this.headers = headers
    this.filterState = new Map(connection.filterState)
    this.remoteIp = remoteIp
  }

  get path(): string {
    return this.headers.get(':path') ?? ''
  }

  get method(): string {
    return this.headers.get(':method') ?? ''
  }

  get authority(): string {
    return this.headers.get(':authority') ?? ''
  }

  /** gRPC requests get every local reply as status 200 with a grpc-status (specs/waypoint-measured.md §2). */
  get grpc(): boolean {
    const type = this.headers.get('content-type') ?? ''
    return type === 'application/grpc' || /^application\/grpc\+/.test(type)
  }

  addMetadata(namespace: string, members: EnvoyJson): void {
    this.metadata.set(namespace, { ...this.metadata.get(namespace), ...members })
  }
}
