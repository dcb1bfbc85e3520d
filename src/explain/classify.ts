import type { LogLine } from '#model/access-log.ts'
import { replyCode } from '#trace/rejection.ts'
import { entryOf } from './catalogue.ts'
import { type Entry, traceIt } from './entry.ts'
import { errorTexts } from './ztunnel-texts.ts'

/** What a log line says. */
export interface Classified {
  readonly line: LogLine
  /** In words; undefined when the line tells of no failure, or of one that is not known. */
  readonly says?: string
  readonly kind: 'known' | 'unknown' | 'no-failure'
  /** The codes that it may be, the likeliest first. */
  readonly entries: readonly Entry[]
  /** What to run or look at next, with the names of the line filled in. */
  readonly next: readonly string[]
}

export const classify = (line: LogLine): Classified => (line.proxy === 'ztunnel' ? ofZtunnel(line) : ofEnvoy(line))

const known = (codes: readonly string[]): readonly Entry[] =>
  [...new Set(codes)].map(entryOf).filter(entry => entry !== undefined)

const ofZtunnel = (line: Extract<LogLine, { proxy: 'ztunnel' }>): Classified => {
  const { error, direction } = line
  if (error === undefined) return { line, kind: 'no-failure', entries: [], next: [] }
  const text = errorTexts.find(
    ({ stem, direction: only }) =>
      (only === undefined || direction === undefined || only === direction) && stem.test(error),
  )
  if (text === undefined) return { line, kind: 'unknown', entries: [], next: [filledIn(traceIt, line)] }
  return {
    line,
    kind: 'known',
    says: text.says,
    entries: known(text.see),
    next: (text.next ?? [traceIt]).map(command => filledIn(command, line)),
  }
}

/** FROM and TO of the connection, where the line has them. */
const filledIn = (command: string, { fields }: Extract<LogLine, { proxy: 'ztunnel' }>): string => {
  const source = fields['src.workload']
  const from = source === undefined ? undefined : `${fields['src.namespace'] ?? ''}/${source}`
  const address = fields['dst.hbone_addr'] ?? fields['dst.addr']
  const port = /:(\d+)$/.exec(address ?? '')?.[1]
  const service = fields['dst.service']
  const to = service !== undefined && port !== undefined ? `${service}:${port}` : address
  return command.replace('FROM', from ?? 'FROM').replace('TO', to ?? 'TO')
}

/** Envoy says in `details` what it answers by itself, and in a transport failure why the tunnel broke. */
const ofEnvoy = (line: Extract<LogLine, { proxy: 'envoy' }>): Classified => {
  const { flags, details, status } = line
  const transport = details.flatMap(detail => errorTexts.find(({ stem }) => stem.test(detail)) ?? [])
  const entries = known([...details.flatMap(detail => replyCode(detail) ?? []), ...flags])
  const [first] = entries
  if (first === undefined) {
    const failed = flags.length > 0 || (status ?? 0) >= 500
    return { line, kind: failed ? 'unknown' : 'no-failure', entries: [], next: failed ? [traceIt] : [] }
  }
  const related = [...transport.flatMap(({ see }) => see), ...entries.flatMap(({ see }) => see)]
  return {
    line,
    kind: 'known',
    says: transport[0]?.says ?? first.title,
    entries: known([...entries.map(({ code }) => code), ...related]),
    next: [...new Set(entries.flatMap(({ next }) => next))],
  }
}
