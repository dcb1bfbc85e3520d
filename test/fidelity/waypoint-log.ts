import type { Step, StepDetails } from '#trace/step.ts'
import type { Hop, Verdict } from '#trace/trace.ts'

/** One line of a waypoint's access log in Istio's default format. */
export interface WaypointLine {
  /** `namespace/gateway` */
  readonly waypoint: string
  readonly line: string
}

const format =
  /^\[[^\]]*\] "(?<request>[^"]*)" (?<status>\S+) (?<flags>\S+) (?<details>\S+) (?<termination>\S+) "[^"]*" \S+ \S+ \S+ \S+ "[^"]*" "[^"]*" "[^"]*" "(?<authority>[^"]*)" "(?<host>[^"]*)" (?<cluster>\S+) \S+ (?<destination>\S+) \S+ \S+ (?<route>\S+)/

type Fields = Readonly<Record<string, string>>

const fieldsOf = ({ line }: WaypointLine): Fields | undefined => format.exec(line)?.groups

type Told = Partial<StepDetails['answer'] & StepDetails['upstream']>

const wayOf = ({ steps }: Hop): Told | undefined => {
  const last = steps.findLast((each: Step) => each.kind === 'answer' || each.kind === 'upstream')
  return last?.kind === 'answer' || last?.kind === 'upstream' ? last.detail : undefined
}

/** The address that the connection to the inner listener went to; a gateway's only listener otherwise. */
const destinationOf = ({ steps }: Hop): string | undefined =>
  steps
    .flatMap(({ kind, detail }) => (kind === 'envoy' && detail.kind === 'listener' ? [detail.destination] : []))
    .at(-1)

const flagsOf = (flags: readonly string[] = []): string => (flags.length === 0 ? '-' : flags.toSorted().join(','))

/** What the line says of the answer; undefined where the application decides. */
const answerOf = (way: Told, { end }: { end: Verdict }): Fields => {
  if (way.flags !== undefined) {
    const status = way.status === undefined ? {} : { status: String(way.status) }
    return { ...status, flags: flagsOf(way.flags), ...(way.details !== undefined && { details: way.details }) }
  }
  if (end.kind === 'delivered') return { flags: '-', details: way.method === undefined ? '-' : 'via_upstream' }
  const sees = end.kind === 'rejected' ? end.clientSees : undefined
  if (sees?.kind !== 'response' || sees.log === undefined) return {}
  return { status: String(sees.status), flags: flagsOf(sees.log.flags), details: sees.log.details }
}

/** Streams without HTTP have no status, and CONNECT's own is in the outer listener's line. */
const isLogged = (name: string, { request }: Fields): boolean => name !== 'status' || request !== '- - -'

/** The application took longer than the route lets it, which nothing predicts. */
const isTimeout = ({ flags }: Fields): boolean => flags === 'UT'

const predicted = (hop: Hop, way: Told, end: Verdict): Fields => {
  const destination = destinationOf(hop)
  const { status, details, ...answer } = answerOf(way, { end })
  const overTcp = way.status === undefined && way.flags !== undefined
  return {
    route: way.route || '-',
    cluster: way.cluster ?? '-',
    ...(way.dialled === undefined && { host: way.host ?? '-' }),
    ...(destination !== undefined && { destination }),
    ...answer,
    ...(status !== undefined && { status }),
    ...(details !== undefined && {
      [overTcp && !details.startsWith('filter_chain') ? 'termination' : 'details']: details,
    }),
  }
}

const faultOf = (expected: Fields, logged: Fields): string | undefined => {
  for (const [name, value] of Object.entries(expected)) {
    const real = name === 'flags' ? flagsOf(logged.flags?.split(',')) : logged[name]
    if (real !== value && isLogged(name, logged) && !(isTimeout(logged) && ['flags', 'details'].includes(name)))
      return `waypoint's log: ${name} ${value}, logged ${real}`
  }
  return undefined
}

const dialFault = ({ dialled }: Told, { host = '' }: Fields): string | undefined =>
  dialled === undefined || dialled.includes(host) ? undefined : `waypoint's log: host ${host} was not to be dialled`

/** Lines of the outer listeners say nothing that those of the inner one do not. */
const isInner = ({ request, cluster }: Fields): boolean =>
  !request?.startsWith('CONNECT') && cluster !== 'connect_originate'

/**
 * The first thing in which a waypoint's log differs from what its hop predicts. Lines are found by time and client, and
 * may belong to a neighbouring request: one of them must fit.
 */
export const waypointLogFault = (
  lines: readonly WaypointLine[],
  hops: readonly Hop[],
  end: Verdict,
): string | undefined => {
  for (const hop of hops) {
    const way = hop.stage === 'waypoint' || hop.stage === 'gateway' ? wayOf(hop) : undefined
    if (way === undefined) continue
    const own = lines
      .filter(({ waypoint }) => hop.place.name.startsWith(`${waypoint}-`))
      .map(fieldsOf)
      .filter(fields => fields !== undefined)
      .filter(isInner)
    const faults = own.map(fields => faultOf(predicted(hop, way, end), fields) ?? dialFault(way, fields))
    if (faults.length > 0 && !faults.includes(undefined)) return faults[0]
  }
  return undefined
}
