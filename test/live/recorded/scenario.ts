import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { RecordedRequest, RecordedVerdict } from '../../fidelity/waypoint/recorded.ts'

export interface Dump {
  readonly configs: readonly Readonly<Record<string, unknown>>[]
}

/** A recorded configuration and what was asked of it. */
export interface Scenario {
  readonly name: string
  /** What a waypoint shows. */
  readonly shown: Dump
  /** What a stock Envoy can run: the recorder's own variant, where it was kept. */
  readonly run: Dump
  readonly requests: readonly RecordedRequest[]
}

const readText = (folder: string, name: string): string | undefined => {
  const plain = join(folder, name)
  if (existsSync(plain)) return readFileSync(plain, 'utf8')
  return existsSync(`${plain}.gz`) ? gunzipSync(readFileSync(`${plain}.gz`)).toString() : undefined
}

/** Node's client sends no tunnel without a destination, and inside one no HTTP/2 request without a host or like a tunnel. */
const isSendable = ({ connect_authority, protocol, method, host, headers = [] }: RecordedRequest): boolean =>
  (connect_authority !== null || protocol === 'outer') &&
  protocol !== 'silent' &&
  (protocol !== 'h2' || (host !== null && method !== 'CONNECT' && !headers.some(([name]) => name.startsWith(':'))))

const readRequest = (line: string): RecordedRequest => (JSON.parse(line) as { request: RecordedRequest }).request

export const readScenario = (folder: string): Scenario => {
  const text = readText(folder, 'config_dump.json')
  const verdicts = readText(folder, 'verdicts.jsonl')
  if (text === undefined || verdicts === undefined) throw new Error(`${folder}: no recording`)
  const shown = JSON.parse(text) as Dump
  const live = readText(folder, 'config_dump.live.json')
  return {
    name: basename(folder),
    shown,
    run: live === undefined ? shown : (JSON.parse(live) as Dump),
    requests: verdicts
      .split('\n')
      .filter(line => line !== '')
      .map(readRequest)
      .filter(isSendable),
  }
}

/** Keeps what was played as a recording that `npm run fidelity` replays. */
export const keepScenario = (
  into: string,
  { name, shown }: Scenario,
  played: readonly { readonly request: RecordedRequest; readonly verdict: RecordedVerdict }[],
): void => {
  const folder = join(into, name)
  mkdirSync(folder, { recursive: true })
  const lines = played.map(({ request, verdict }) => `${JSON.stringify({ request, verdict, kind: 'single' })}\n`)
  writeFileSync(join(folder, 'config_dump.json.gz'), gzipSync(JSON.stringify(shown)))
  writeFileSync(join(folder, 'verdicts.jsonl.gz'), gzipSync(lines.join('')))
}
