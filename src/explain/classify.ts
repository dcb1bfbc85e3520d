import type { LogLine } from '#model/access-log.ts'
import { replyCode } from '#trace/rejection.ts'
import { entryOf } from './catalogue.ts'
import { type Entry, traceInDetail, traceIt } from './entry.ts'
import type { ErrorText } from './error-text.ts'
import { errorTexts } from './ztunnel-texts.ts'

/** What a log line says. */
export interface Classified {
  readonly line: LogLine
  /** In words; undefined when the line tells of no failure, or of one that is not known. */
  readonly says?: string
  /** `unknown` also where one of its response flags is. */
  readonly kind: 'known' | 'unknown' | 'no-failure'
  /** The codes that it may be, the likeliest first. */
  readonly entries: readonly Entry[]
  /** What to run or look at next, with the names of the line filled in. */
  readonly next: readonly string[]
  /** Response flags that no code stands for. */
  readonly unknownFlags?: readonly string[]
}

export const classify = (line: LogLine): Classified => {
  const classified = line.proxy === 'ztunnel' ? ofZtunnel(line) : ofEnvoy(line)
  return { ...classified, next: classified.next.map(command => filledIn(command, line)) }
}

const filledIn = (command: string, { from, to }: LogLine): string =>
  command.replace('FROM', () => shellWord(from ?? 'FROM')).replace('TO', () => shellWord(to ?? 'TO'))

/** A path of a log line is what a client chose; the command is there to be copied. */
const shellWord = (text: string): string => (/^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

const known = (codes: readonly string[]): readonly Entry[] =>
  [...new Set(codes)].map(entryOf).filter(entry => entry !== undefined)

type ZtunnelLine = Extract<LogLine, { proxy: 'ztunnel' }>

const ofZtunnel = (line: ZtunnelLine): Classified => {
  const { error } = line
  if (error === undefined) return { line, kind: 'no-failure', entries: [], next: [] }
  const quiet = isQuiet(line)
  const texts = errorTexts.filter(text => isOf(text, line) && text.stem.test(error) && (!quiet || text.notice === true))
  const meant = sidesOf(texts, line)
  if (meant.length === 0)
    return quiet
      ? { line, kind: 'no-failure', entries: [], next: [] }
      : { line, kind: 'unknown', entries: [], next: [traceIt] }
  return {
    line,
    kind: 'known',
    says: meant.map(({ says, direction }) => (meant.length > 1 ? `${direction}: ${says}` : says)).join('; '),
    entries: known(meant.flatMap(({ see }) => see)),
    next: [...new Set(meant.flatMap(({ next }) => next ?? [traceIt]))],
  }
}

/** Errors of connections stand in a field, whatever the level; other lines of these levels tell what goes on. */
const isQuiet = ({ level, fields }: ZtunnelLine): boolean =>
  fields.error === undefined && ['trace', 'debug', 'info'].includes(level ?? '')

const isOf = ({ direction, tunnel }: ErrorText, line: ZtunnelLine): boolean =>
  (direction === undefined || line.direction === undefined || direction === line.direction) &&
  (tunnel === undefined || tunnel === line.tunnel)

/** The first text; of a line that does not tell its side, the first of each side. */
const sidesOf = ([first, ...others]: readonly ErrorText[], line: ZtunnelLine): readonly ErrorText[] => {
  if (first === undefined) return []
  if (line.direction !== undefined || first.direction === undefined) return [first]
  const other = others.find(({ direction }) => direction !== undefined && direction !== first.direction)
  return other === undefined ? [first] : [first, other]
}

/** Says only that it was tried again; the flag beside it says why. */
const isRetry = (flag: string): boolean => flag === 'URX'

/** Envoy says in `details` what it answers by itself, and in a transport failure why the tunnel broke. */
const ofEnvoy = (line: Extract<LogLine, { proxy: 'envoy' }>): Classified => {
  const { details, status = 0 } = line
  const flags = line.flags.toSorted((a, b) => Number(isRetry(a)) - Number(isRetry(b)))
  const transport = details.flatMap(detail => errorTexts.find(({ stem }) => stem.test(detail)) ?? [])
  const byItself = details.flatMap(detail => replyCode(detail) ?? [])
  const refused = status >= 400 && flags.length === 0 && !details.includes('via_upstream')
  const entries = known([...byItself, ...flags, ...(refused && byItself.length === 0 ? ['waypoint-answered'] : [])])
  const unknownFlags = flags.filter(flag => entryOf(flag) === undefined)
  const [first] = entries
  if (first === undefined) return unknownFlags.length > 0 ? unknown(line, unknownFlags) : fromUpstream(line, status)
  const related = [...transport.flatMap(({ see }) => see), ...entries.flatMap(({ see }) => see)]
  const next = entries.flatMap(({ next }) => next)
  return {
    line,
    kind: unknownFlags.length > 0 ? 'unknown' : 'known',
    says: transport[0]?.says ?? first.title,
    entries: known([...entries.map(({ code }) => code), ...related]),
    next: [...new Set(next.length > 0 ? next : [traceInDetail])],
    ...(unknownFlags.length > 0 && { unknownFlags }),
  }
}

const unknown = (line: LogLine, unknownFlags: readonly string[]): Classified => ({
  line,
  kind: 'unknown',
  entries: [],
  next: [traceIt],
  unknownFlags,
})

/** Without a flag the answer was carried through as it came. */
const fromUpstream = (line: LogLine, status: number): Classified => ({
  line,
  kind: 'no-failure',
  ...(status >= 400 && { says: `the answer ${status} came from behind the waypoint, which passed it on` }),
  entries: [],
  next: status >= 500 ? ['look at the log of the application, and at the ztunnel of its node'] : [],
})
