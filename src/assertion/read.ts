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

/** The suites of an assertion file. Throws a UserError that lists everything wrong in it, with line, column and suggestion. */
export const readSuites = (text: string, file: string, vocabulary: Vocabulary): readonly Suite[] => {
  const lines = new LineCounter()
  const source: Source = { file, lines, complaints: [] }
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true })
  if (!Array.isArray(documents)) throw new UserError('input', `${file} is empty`, { next: ['ambientctl test init'] })
  for (const { errors } of documents)
    for (const { message, pos } of errors) {
      const { line, col } = lines.linePos(pos[0])
      source.complaints.push({ place: { file, line, column: col }, says: message.split('\n', 1)[0] ?? message })
    }
  const suites =
    source.complaints.length > 0
      ? []
      : documents.flatMap(document => {
          const suite = readSuite(new YamlAt(source, document.contents, 'suite'), vocabulary)
          return suite === undefined ? [] : [suite]
        })
  if (source.complaints.length > 0) throw broken(source.complaints)
  return suites
}

const broken = (complaints: readonly Complaint[]): UserError => {
  const lines = complaints.map(
    ({ place: { file, line, column }, says, suggestion }) =>
      `${file}:${line}:${column}: ${says}${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`,
  )
  const [first = '', ...others] = lines
  return new UserError('input', first, { next: others })
}

const readSuite = (at: YamlAt, vocabulary: Vocabulary): Suite | undefined => {
  const members = at.members('apiVersion', 'suite', 'capture', 'tests', 'ignore')
  if (members === undefined) return undefined
  members.apiVersion?.oneOf(['ambientctl/v1'])
  if (members.tests === undefined && members.ignore === undefined) return at.complain('suite has no member tests')
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
  const name = members.name?.text() ?? at.complain('the test has no name')
  if (asks === undefined || name === undefined) return undefined
  return { name, place: at.place, severity: members.severity?.oneOf(severities) ?? 'error', asks }
}

type Members = Partial<Record<'from' | 'to' | 'request' | 'expect' | 'invariant' | 'findings', YamlAt>>

const readAsks = (at: YamlAt, members: Members, vocabulary: Vocabulary): Assertion['asks'] | undefined => {
  if (members.invariant !== undefined) return readInvariants(members.invariant, members.from)
  if (members.findings !== undefined) return readFindings(members.findings, vocabulary)
  const { from, to, request, expect } = members
  if (from === undefined || expect === undefined || (to === undefined && request === undefined))
    return at.complain('a test needs from, request and expect, or invariant, or findings')
  const sources = readSources(from)
  const target = readRequest(to, request)
  const expectation = readExpectation(expect, vocabulary)
  if (sources === undefined || target === undefined || expectation === undefined) return undefined
  return { kind: 'request', from: sources, request: target, expect: expectation }
}

const readRequest = (to: YamlAt | undefined, at: YamlAt | undefined): Request | undefined => {
  const members = at?.members('url', 'method', 'headers', 'sni', 'family', 'sourceIp', 'clientSpeaksFirst')
  const target = to ?? members?.url
  const url = target?.text()
  if (url === undefined || target === undefined) return at?.complain('the request has no url')
  const family = members?.family?.number()
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
  const reason = members.reason?.text() ?? at.complain('what is ignored needs a reason')
  const expires = members.expires?.text() ?? at.complain('what is ignored needs a day on which that ends: expires')
  if (expires !== undefined && !isDay(expires))
    return members.expires?.complain(`${expires} is no day`, 'a day such as 2027-01-31')
  if (members.test === undefined && members.code === undefined && members.object === undefined)
    return at.complain('what is ignored needs a test, a code or an object')
  if (reason === undefined || expires === undefined) return undefined
  const test = members.test?.text()
  const code = members.code?.oneOf([...codes, ...findings])
  const object = members.object?.text()
  return {
    place: at.place,
    reason,
    expires,
    ...(test !== undefined && { test }),
    ...(code !== undefined && { code }),
    ...(object !== undefined && { object }),
  }
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(new Date(`${text}T00:00:00Z`).getTime())
