import { LineCounter, parseAllDocuments } from 'yaml'
import { UserError } from '#errors.ts'
import { severities } from '#model/severity.ts'
import { parseTarget, type Request, type RequestOptions } from '#trace/request.ts'
import { readExpectation } from './read-expectation.ts'
import { readSources } from './read-sources.ts'
import {
  type Assertion,
  type Ignore,
  type InvariantAssertion,
  invariantNames,
  type Suite,
  type Vocabulary,
} from './suite.ts'
import { type Complaint, type Source, YamlAt } from './yaml-at.ts'
import { yamlFault } from './yaml-fault.ts'

/** The suites of an assertion file. Throws a UserError that lists everything wrong in it, with line, column and suggestion. */
export const readSuites = (text: string, file: string, vocabulary: Vocabulary): readonly Suite[] => {
  const lines = new LineCounter()
  const source: Source = { file, lines, complaints: [] }
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  if (!Array.isArray(documents) || documents.every(({ contents }) => contents === null))
    throw new UserError('input', `${file} is empty`, { next: ['ambientctl test init'] })
  for (const { errors } of documents) source.complaints.push(...errors.map(error => yamlFault(error, source)))
  const suites =
    source.complaints.length > 0
      ? []
      : documents.flatMap(document => {
          const suite = readSuite(new YamlAt(source, document.contents, 'suite'), vocabulary)
          return suite === undefined ? [] : [suite]
        })
  if (source.complaints.length > 0) throw broken(file, source.complaints)
  return suites
}

const broken = (file: string, complaints: readonly Complaint[]): UserError => {
  const lines = complaints
    .toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column)
    .map(complaintText)
  const [first = ''] = lines
  return lines.length === 1
    ? new UserError('input', first)
    : new UserError('input', `${file} has ${lines.length} faults`, { details: lines })
}

const complaintText = ({ place: { file, line, column }, says, suggestion }: Complaint): string =>
  `${file}:${line}:${column}: ${says}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`

const readSuite = (at: YamlAt, vocabulary: Vocabulary): Suite | undefined => {
  const members = at.members('apiVersion', 'suite', 'capture', 'tests', 'ignore')
  if (members === undefined) return undefined
  members.apiVersion?.oneOf(['ambientctl/v1'])
  if (members.tests === undefined && members.ignore === undefined) at.complain('suite has no member tests')
  if (members.tests?.isList === true && members.tests.list().length === 0)
    members.tests.complain('suite.tests is empty')
  const capture = members.capture?.text()
  return {
    name: members.suite?.text() ?? 'suite',
    place: at.place,
    ...(capture !== undefined && { capture }),
    tests: members.tests?.list().flatMap(test => readAssertion(test, vocabulary) ?? []) ?? [],
    ignore: members.ignore?.list().flatMap(ignore => readIgnore(ignore, vocabulary) ?? []) ?? [],
  }
}

const readAssertion = (at: YamlAt, vocabulary: Vocabulary): Assertion | undefined => {
  const members = at.members('name', 'severity', 'from', 'to', 'request', 'expect', 'invariant', 'findings')
  if (members === undefined) return undefined
  const asks = readAsks(at, members, vocabulary)
  const name = members.name === undefined ? at.complain('the test has no name') : members.name.text()
  const severity = members.severity === undefined ? 'error' : members.severity.oneOf(severities)
  if (asks === undefined || name === undefined || severity === undefined) return undefined
  return { name, place: at.place, severity, asks }
}

type Members = Partial<Record<'from' | 'to' | 'request' | 'expect' | 'invariant' | 'findings', YamlAt>>

const readAsks = (at: YamlAt, members: Members, vocabulary: Vocabulary): Assertion['asks'] | undefined => {
  const { from, to, request, expect, invariant, findings } = members
  if (invariant !== undefined) {
    alone('invariant', { to, request, expect, findings })
    return readInvariants(invariant, from)
  }
  if (findings !== undefined) {
    alone('findings', { from, to, request, expect })
    return readFindings(findings, vocabulary)
  }
  if (from === undefined || expect === undefined || (to === undefined && request === undefined))
    at.complain('a test needs from, request and expect, or invariant, or findings')
  const sources = from === undefined ? undefined : readSources(from)
  const target = to === undefined && request === undefined ? undefined : readRequest(to, request)
  const expectation = expect === undefined ? undefined : readExpectation(expect, vocabulary)
  if (sources === undefined || target === undefined || expectation === undefined) return undefined
  return { kind: 'request', from: sources, request: target, expect: expectation }
}

const alone = (what: string, others: Readonly<Record<string, YamlAt | undefined>>): void => {
  for (const [name, other] of Object.entries(others)) other?.complain(`${name} means nothing beside ${what}`)
}

const readRequest = (to: YamlAt | undefined, at: YamlAt | undefined): Request | undefined => {
  const members = at?.members('url', 'method', 'headers', 'sni', 'family', 'sourceIp', 'clientSpeaksFirst')
  const target = to ?? members?.url
  if (to !== undefined) members?.url?.complain('the request has an url beside to')
  if (target === undefined) at?.complain('the request has no url')
  const url = target?.text()
  const family = members?.family?.number()
  if (family !== undefined && family !== 4 && family !== 6) members?.family?.complain('the family is 4 or 6')
  const method = members?.method?.text()
  const sni = members?.sni?.text()
  const sourceIp = members?.sourceIp?.text()
  const clientSpeaksFirst = members?.clientSpeaksFirst?.flag()
  const options: RequestOptions = {
    ...(method !== undefined && { method }),
    ...(sni !== undefined && { sni }),
    ...(sourceIp !== undefined && { sourceIp }),
    ...(clientSpeaksFirst !== undefined && { clientSpeaksFirst }),
    ...((family === 4 || family === 6) && { family }),
    ...(members?.headers !== undefined && {
      headers: Object.entries(members.headers.texts()).map(([name, value]) => [name, value.text() ?? ''] as const),
    }),
  }
  if (url === undefined || target === undefined) return undefined
  try {
    return parseTarget(url.replace(/^([^/:]+)\/svc\/([^/:]+):(\d+)$/, 'tcp://$2.$1:$3'), options)
  } catch (error) {
    return target.complain(error instanceof Error ? error.message : String(error))
  }
}

const readInvariants = (at: YamlAt, clients: YamlAt | undefined): InvariantAssertion => ({
  kind: 'invariant',
  ...readClients(clients),
  invariants: at.oneOrMore().flatMap(one => {
    const [word = '', namespace] = (one.text() ?? '').split(':')
    const name = invariantNames.find(known => known === word)
    if (name !== undefined) return [{ name, ...(namespace !== undefined && { namespace }) }]
    one.oneOf(invariantNames)
    return []
  }),
})

/** An invariant holds for all of its clients: there is nothing to quantify. */
const readClients = (at: YamlAt | undefined): Pick<InvariantAssertion, 'from'> => {
  const sources = at === undefined ? undefined : readSources(at)
  if (sources === undefined) return {}
  if (sources.quantifier !== 'all')
    at?.complain(`an invariant is for all clients, not for ${sources.quantifier}`, 'all')
  return { from: sources.selector }
}

const readFindings = (at: YamlAt, { findings }: Vocabulary): Assertion['asks'] | undefined => {
  if (at.isList) return { kind: 'findings', none: at.list().flatMap(code => code.oneOf(findings) ?? []) }
  const none = at.oneOf(severities)
  return none === undefined ? undefined : { kind: 'findings', none }
}

const readIgnore = (at: YamlAt, { codes, findings }: Vocabulary): Ignore | undefined => {
  const members = at.members('test', 'code', 'object', 'reason', 'expires')
  if (members === undefined) return undefined
  const reason = members.reason === undefined ? at.complain('what is ignored needs a reason') : members.reason.text()
  const expires =
    members.expires === undefined
      ? at.complain('what is ignored needs a day on which that ends: expires')
      : readDay(members.expires)
  if (members.test === undefined && members.code === undefined && members.object === undefined)
    at.complain('what is ignored needs a test, a code or an object')
  const test = members.test?.text()
  const code = members.code?.oneOf([...codes, ...findings, ...invariantNames, 'golden'])
  const object = members.object?.text()
  if (reason === undefined || expires === undefined) return undefined
  return {
    place: at.place,
    reason,
    expires,
    ...(test !== undefined && { test }),
    ...(code !== undefined && { code }),
    ...(object !== undefined && { object }),
  }
}

/** A day that the calendar has, as `YYYY-MM-DD`. */
const readDay = (at: YamlAt): string | undefined => {
  const text = at.text()
  if (text === undefined) return undefined
  const day = new Date(`${text}T00:00:00Z`)
  const isDay = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(`${text}T`)
  return isDay ? text : at.complain(`${text} is no day`, 'a day such as 2027-01-31')
}
