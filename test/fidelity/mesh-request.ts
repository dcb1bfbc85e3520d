import type { WaypointLine } from './waypoint-log.ts'

/** One line of `requests.jsonl` (captures/mesh-1.30/README.md), as far as the replay reads it. */
export interface RecordedRequest {
  readonly id: string
  readonly from: {
    readonly ns: string
    readonly pod: string
    readonly app: string
    readonly ip?: string
    readonly mesh: string
  }
  readonly to: { readonly host: string; readonly port: number; readonly label: string; readonly kind: string }
  readonly request: {
    readonly kind: 'http' | 'tcp'
    readonly url?: string
    readonly method?: string
    readonly headers?: Readonly<Record<string, string>>
    readonly addr?: string
    readonly send?: boolean
  }
  /** UTC. */
  readonly when: string
  readonly result: string
  readonly status?: number
  readonly error?: string
  readonly server?: { readonly peer?: string; readonly server?: string; readonly path?: string; readonly host?: string }
  readonly waypointAccessLog?: readonly WaypointLine[]
  readonly ztunnelAccessLog?: readonly { readonly match: string; readonly fields: Readonly<Record<string, string>> }[]
}

/** What the client saw, in classes that a prediction can meet: a reset and an end of file before any byte are one class. */
export type SeenClass = 'response' | 'connected' | 'closed' | 'refused' | 'timeout' | 'dns-error' | 'garbage'

export const seenClassOf = ({ result }: RecordedRequest): SeenClass | undefined => {
  switch (result) {
    case 'http':
      return 'response'
    case 'reset':
    case 'closed-empty':
      return 'closed'
    case 'curl-1':
      return 'garbage'
    case 'connected':
    case 'refused':
    case 'timeout':
    case 'dns-error':
      return result
    default:
      return undefined
  }
}
