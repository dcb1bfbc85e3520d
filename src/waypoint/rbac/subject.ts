import type { EnvoyBehaviour } from '../behaviour.ts'
import type { Connection, FilterStateObject } from '../connection.ts'
import type { Headers } from '../headers.ts'
import type { Metadata } from '../match/metadata.ts'

/** What an RBAC filter looks at: a connection, and the request on it where there is one. */
export interface RbacSubject {
  readonly connection: Connection
  readonly headers: Headers
  readonly metadata: Metadata
  readonly filterState: ReadonlyMap<string, FilterStateObject>
  /** After x-forwarded-for where there is a request. */
  readonly remoteIp: string
  /** The table of the request's route leaves `;parameters` out of paths. */
  readonly ignoresParameters: boolean
  readonly behaviour: EnvoyBehaviour
}
