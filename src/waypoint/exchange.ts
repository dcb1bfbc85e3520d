import type { EnvoyJson } from '#model/envoy.ts'
import type { Ternary } from '#model/evidence.ts'
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
  /** Requests to the upstream until now. */
  readonly attempts?: number
  /** A dump does not tell whether the connection manager rewrites this reply. */
  readonly unsure?: true
}

/** Whether to go on as if an unknown held; undefined where both ways cannot be followed any more. */
export type Settle = (holds: Ternary) => boolean | undefined

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
  remoteIp = ''
  /** A filter that may have changed anything; what it could have changed is unknown from there on. */
  opaque: string | undefined
  /** Names and formats of what the route adds at last, with values that no dump tells. */
  readonly unknownHeaders: (readonly [name: string, format: string])[] = []
  /** What the connection manager makes of local replies. */
  rewriteReply: (reply: LocalReply, settle?: Settle) => LocalReply = reply => reply
  /** What came as gRPC gets every local reply as status 200 with a grpc-status (specs/waypoint-measured.md §2). */
  readonly cameAsGrpc: boolean
  /** A filter has kept the request back until its body had come. */
  buffered = false
  /** The stream is reset before its body has come. */
  cutShort = false
  /** Bytes of the body, where the request tells. */
  readonly bodyBytes: number | undefined

  constructor(connection: Connection, version: HttpVersion, headers: Headers, bodyBytes?: number) {
    this.connection = connection
    this.version = version
    this.headers = headers
    this.filterState = new Map(connection.filterState)
    this.bodyBytes = bodyBytes
    this.cameAsGrpc = this.grpc
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

  get protocol(): string {
    return this.version === '2' ? 'HTTP/2' : `HTTP/${this.version}`
  }

  get grpc(): boolean {
    const type = this.headers.get('content-type') ?? ''
    return type === 'application/grpc' || /^application\/grpc\+/.test(type)
  }

  addMetadata(namespace: string, members: EnvoyJson): void {
    this.metadata.set(namespace, { ...this.metadata.get(namespace), ...members })
  }
}
