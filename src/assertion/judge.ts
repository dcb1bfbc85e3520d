import type { Ternary } from '#model/evidence.ts'
import { isSecretName, withoutSecret } from '#model/secrets.ts'
import type { ClientSees, Outcome, Trace } from '#trace/trace.ts'
import { outcomeOf } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import type { Expectation } from './suite.ts'
import { hasPlaintext, isMutualTls, meansProxy, proxiesOf, stepsOf, type Way, waysOf } from './ways.ts'

/** One part of an expectation held against what a trace says. */
export interface Judged {
  readonly part: keyof Expectation
  readonly holds: Ternary
  readonly expected: string
  readonly actual: string
}

/** Every part of the expectation on every way of the trace; a part that fails on one way fails. */
export const judge = (
  world: World,
  trace: Trace,
  expect: Expectation,
  codesAlong: (trace: Trace) => readonly string[],
): readonly Judged[] => {
  const ways = waysOf(trace)
  const findings = expect.code?.some(isFindingCode) ? codesAlong(trace) : []
  return [
    ...(expect.verdict === undefined ? [] : [judgeVerdict(expect.verdict, outcomeOf(trace), ways)]),
    ...ways.flatMap(way => judgeWay({ world, trace, way, findings }, expect)),
  ]
}

const isFindingCode = (code: string): boolean => code.startsWith('AMB')

interface Judging {
  readonly world: World
  readonly trace: Trace
  readonly way: Way
  /** Codes of what is wrong along the path. */
  readonly findings: readonly string[]
}

const judgeVerdict = (expected: readonly Outcome[], outcome: Outcome, ways: readonly Way[]): Judged => {
  const judged = (holds: Ternary): Judged => ({
    part: 'verdict',
    holds,
    expected: expected.join(' or '),
    actual: outcome,
  })
  if (expected.includes(outcome)) return judged('yes')
  const wrong = ways.some(({ verdict: { kind } }) => kind !== 'undetermined' && !expected.includes(kind))
  return judged(wrong ? 'no' : 'unknown')
}

const judgeWay = ({ world, trace, way, findings }: Judging, expect: Expectation): readonly Judged[] => {
  const { verdict } = way
  const open = verdict.kind === 'undetermined'
  const told: Judged[] = []
  /** What the evidence does not reach cannot contradict. */
  const hold = (part: Judged['part'], holds: boolean, expected: string, actual: string, known = !open): void => {
    told.push({ part, holds: holds ? (known ? 'yes' : 'unknown') : known ? 'no' : 'unknown', expected, actual })
  }
  if (expect.code !== undefined) {
    const code = verdict.kind === 'rejected' ? verdict.code : verdict.kind
    const explains = verdict.kind !== 'delivered' && expect.code.some(one => findings.includes(one))
    hold('code', expect.code.includes(code) || explains, expect.code.join(' or '), code)
  }
  const proxies = proxiesOf(world, way)
  if (expect.via !== undefined) {
    const { via } = expect
    const same = via.length === proxies.length && via.every((one, index) => meansProxy(one, proxies[index] ?? ''))
    hold('via', same, via.join(', ') || 'no proxy', proxies.join(', ') || 'no proxy')
  }
  if (expect.mtls !== undefined)
    hold('mtls', isMutualTls(way) === expect.mtls, String(expect.mtls), String(isMutualTls(way)))
  if (expect.destination !== undefined) {
    const names = destinationsOf(world, way)
    hold('destination', names.includes(expect.destination), expect.destination, names[0] ?? 'none')
  }
  judgeClient(verdict.kind === 'undetermined' ? undefined : verdict.clientSees, expect, hold)
  if (expect.headers !== undefined && verdict.kind === 'delivered') judgeHeaders(trace, way, expect.headers, hold)
  for (const never of expect.never ?? []) {
    const met =
      never === 'plaintext'
        ? hasPlaintext(way)
        : (verdict.kind === 'rejected' && verdict.code === never) || proxies.some(one => meansProxy(never, one))
    hold('never', !met, `never ${never}`, met ? never : `no ${never}`, met || !open)
  }
  return told
}

type Hold = (part: Judged['part'], holds: boolean, expected: string, actual: string, known?: boolean) => void

const judgeClient = (sees: ClientSees | undefined, { status, client }: Expectation, hold: Hold): void => {
  if (status !== undefined) {
    const actual = sees?.kind === 'response' ? sees.status : undefined
    // The application that answers by itself is not in the input.
    const known = sees !== undefined && (sees.kind !== 'response' || actual !== undefined)
    hold(
      'status',
      actual !== undefined && status.includes(actual),
      status.join(' or '),
      String(actual ?? 'none'),
      known,
    )
  }
  if (client?.kind !== undefined)
    hold('client', sees?.kind === client.kind, client.kind, sees?.kind ?? 'unknown', sees !== undefined)
  if (client?.body !== undefined) {
    const body = sees?.kind === 'response' ? sees.body : undefined
    hold('client', body === client.body, client.body, body ?? 'unknown', body !== undefined)
  }
}

const judgeHeaders = (trace: Trace, way: Way, expected: NonNullable<Expectation['headers']>, hold: Hold): void => {
  const last = stepsOf(way, 'upstream').at(-1)
  const sent = last?.headers ?? trace.request.headers
  const isUnknown = (name: string) => last?.unknownHeaders?.some(([key]) => key === name.toLowerCase()) === true
  for (const [name, value] of Object.entries(expected)) {
    const actual = sent.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, text]) => text)
    const holds = value === null ? actual.length === 0 : actual.join(',') === value
    hold(
      'headers',
      holds,
      value === null ? `no ${name}` : `${name}: ${value}`,
      actual.length === 0 ? `no ${name}` : `${name}: ${shownValue(name, actual.join(','))}`,
      ...(isUnknown(name) ? [false] : []),
    )
  }
}

/** A header that was not expected may be a credential of the client or the proxy. */
const shownValue = (name: string, value: string): string => (isSecretName(name) ? withoutSecret(name, value) : value)

/** Names by which a reader may call where the request ended. */
const destinationsOf = (world: World, way: Way): readonly string[] => {
  if (way.verdict.kind !== 'delivered') return []
  const { namespace, name } = way.verdict.to
  const pod = world.podNamed(namespace ?? '', name)
  return [
    `${namespace ?? ''}/${name}`,
    ...(pod?.workload === undefined
      ? []
      : [`${pod.namespace}/${pod.workload.workloadName}`, `${pod.namespace}/${pod.workload.canonicalName}`]),
    ...stepsOf(way, 'address').flatMap(({ object }) =>
      object === undefined ? [] : [`${object.namespace ?? ''}/${object.name}`],
    ),
    ...stepsOf(way, 'kube-proxy').flatMap(({ service }) => service ?? []),
  ]
}
