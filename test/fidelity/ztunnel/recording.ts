import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** The format of `captures/ztunnel-fuzz` (specs/ztunnel-measured.md §1.1). */
export interface RecordedState {
  readonly ztunnel_version: string
  readonly seed: number
  readonly config_dump: unknown
  readonly outbound: readonly RecordedOutbound[]
  readonly rbac: readonly RecordedRbac[]
  readonly inbound?: readonly RecordedInbound[]
  readonly plaintext: readonly RecordedPlaintext[]
  readonly dns?: readonly RecordedDns[]
  /** What the resolver of the node answered; it knew no other name. */
  readonly upstream_dns: Readonly<Record<string, readonly string[]>>
}

interface Pod {
  readonly name: string
  readonly namespace: string
  readonly serviceAccount: string
}

export interface RecordedOutbound {
  readonly source: Pod & { readonly ip: string }
  readonly dial: string
  readonly results: readonly OutboundAnswer[]
}

/** What a state was asked, some of it more than once: rows with the same source and destination are tries of one decision. */
export interface RecordedQuestion {
  readonly rows: readonly RecordedOutbound[]
  /** With the answers of all rows. */
  readonly whole: RecordedOutbound
}

export const questionsAmong = (calls: readonly RecordedOutbound[]): readonly RecordedQuestion[] => {
  const asked = new Map<string, RecordedOutbound[]>()
  for (const call of calls) {
    const question = JSON.stringify([call.source, call.dial])
    const same = asked.get(question)
    if (same === undefined) asked.set(question, [call])
    else same.push(call)
  }
  return [...asked.values()].flatMap(rows => {
    const [first] = rows
    return first === undefined ? [] : [{ rows, whole: { ...first, results: rows.flatMap(({ results }) => results) } }]
  })
}

export interface OutboundAnswer {
  /** How many of the tries gave this answer. */
  readonly count: number
  readonly error?: string
  readonly protocol?: string
  readonly next_hop?: string
  readonly authority?: string | null
  readonly upstream_sans?: readonly string[]
  readonly final_sans?: readonly string[]
  readonly dst_workload_uid?: string | null
  readonly dst_service?: string | null
  readonly request_type?: string
  readonly expected_identity?: string | null
}

interface ToPod {
  readonly dst_uid: string
  readonly dst_workload: Pod
  readonly src: string
}

export interface RecordedRbac extends ToPod {
  readonly identity: string | null
  readonly dst: string
  readonly results: readonly { readonly result: string; readonly error_text?: string }[]
}

export interface RecordedPlaintext extends ToPod {
  readonly dst: string
  readonly results: readonly { readonly result: string; readonly error_text?: string }[]
}

export interface RecordedInbound extends ToPod {
  readonly conn_dst: string
  readonly identity: string
  readonly authority: string
  readonly method?: string
  readonly forwarded?: string
  readonly result: {
    readonly status: number
    readonly error?: string
    readonly upstream?: string
    readonly tunnel?: { readonly protocol: string; readonly proxy_target: string } | null
    /** 1.24 and 1.25 instead of `tunnel`. */
    readonly tunnel_protocol?: string
    readonly to_localhost?: boolean
    readonly rbac?: string
    readonly rbac_dst?: string
    readonly for_host?: string | null
  }
}

export interface RecordedDns {
  readonly source: Pod
  readonly name: string
  readonly type: string
  readonly result: {
    readonly rcode: number
    readonly authoritative: boolean
    readonly answers: readonly (readonly [owner: string, type: number, ttl: number, data: string])[]
  }
}

export const readShard = (path: string): readonly RecordedState[] =>
  JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'))

/** The shards of one release: `NNNN.json.gz` in a folder, known by what the first holds. */
export const shardsOf = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter(name => /^\d{4}\.json\.gz$/.test(name))
    .sort()
    .map(name => join(folder, name))

export const foldersBelow = (root: string): readonly string[] => {
  if (!existsSync(root) || !statSync(root).isDirectory()) return []
  const below = readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => join(root, entry.name))
    .sort()
  return [root, ...below.flatMap(foldersBelow)]
}

export const holdsRecordings = (folder: string): boolean => {
  const [first] = shardsOf(folder)
  if (first === undefined) return false
  const states: unknown = readShard(first)
  const [state]: readonly unknown[] = Array.isArray(states) ? states : []
  return typeof state === 'object' && state !== null && 'ztunnel_version' in state && 'outbound' in state
}
