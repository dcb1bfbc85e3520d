import type { Prediction } from './predict.ts'
import type { RecordedCase } from './recorded.ts'

const compared = [
  'outcome',
  'connect_status',
  'status',
  'flags',
  'details',
  'connection_termination_details',
  'filter_chain',
  'route',
  'vhost_index',
  'route_index',
  'cluster',
  'upstream_host',
  'endpoint',
  'upstream_method',
  'upstream_path',
  'upstream_host_header',
  'upstream_protocol',
  'internal_flags',
  'internal_details',
  'body',
] as const

type Field = (typeof compared)[number] | 'tunnel' | 'upstream_headers' | 'response_headers' | 'rbac_metadata'

const text = (value: unknown): string | undefined => {
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const sortedFlags = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.split(',').sort().join(',') : undefined

type HeaderPairs = readonly (readonly [string, string])[]

/** Response headers that follow from configuration; the rest is the upstream's or the codec's. */
const told = (name: string): boolean =>
  name === 'location' || name.startsWith('access-control-') || name.startsWith('x-resp')

const toldHeaders = (headers: unknown): string | undefined => {
  const pairs = ((headers ?? []) as HeaderPairs).filter(([name]) => told(name))
  return pairs.length === 0
    ? undefined
    : pairs
        .map(([name, value]) => `${name}: ${value}`)
        .sort()
        .join('; ')
}

const sameLine = (headers: HeaderPairs): string =>
  headers
    .map(([name, value]) => `${name}: ${value}`)
    .sort()
    .join('; ')

/** Headers of the recorder itself. */
const own = new Set(['x-amb-id', 'connection', 'content-length', 'transfer-encoding', 'host'])

const changed = (sent: HeaderPairs, seen: HeaderPairs) => {
  const plain = (headers: HeaderPairs) =>
    headers.filter(([name]) => !own.has(name)).map(([name, value]) => `${name}: ${value}`)
  const before = plain(sent.map(([name, value]) => [name.toLowerCase(), value.trim()] as const))
  const after = plain(seen.map(([name, value]) => [name, value.trim()] as const))
  const minus = (from: readonly string[], taken: readonly string[]): readonly string[] => {
    const left = [...taken]
    return from.filter(line => {
      const at = left.indexOf(line)
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
  }
  return `added ${[...minus(after, before)].sort().join('; ')} removed ${[...minus(before, after)].sort().join('; ')}`
}

const recordedChange = (value: unknown): string => {
  const { added = [], removed = [] } = (value ?? {}) as { added?: HeaderPairs; removed?: HeaderPairs }
  const plain = (headers: HeaderPairs) => sameLine(headers.filter(([name]) => !own.has(name)))
  return `added ${plain(added)} removed ${plain(removed)}`
}

interface Hop {
  readonly hop: string
  readonly flags?: string
  readonly details?: string
}

/** What main_internal logged, from the log lines themselves: the summary beside them was sometimes written too early. */
const insideOf = ({ hops }: RecordedCase['verdict'], member: 'flags' | 'details'): string | undefined =>
  ((hops ?? []) as readonly Hop[]).find(({ hop }) => hop === 'T:main_internal' || hop === 'L:main_internal')?.[member]

const recordedText = (recorded: RecordedCase, field: (typeof compared)[number]): string | undefined => {
  const { verdict } = recorded
  if (verdict.outcome === 'outer_response' && field === 'internal_flags') return sortedFlags(insideOf(verdict, 'flags'))
  if (verdict.outcome === 'outer_response' && field === 'internal_details') return insideOf(verdict, 'details')
  return field === 'flags' || field === 'internal_flags' ? sortedFlags(verdict[field]) : text(verdict[field])
}

/** Nothing came until the client of the recordings lost its patience. */
const stalled = ({ outcome, flags }: RecordedCase['verdict']): boolean =>
  outcome === 'timeout' || (outcome === 'closed' && (flags === undefined || flags === 'DC'))

const sameMembers = (one: unknown, other: unknown): boolean => {
  const sorted = (value: unknown) => JSON.stringify(Object.entries(value ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
  return sorted(one) === sorted(other)
}

/** Fields in which a prediction and a recorded verdict differ. */
export const differences = (prediction: Prediction, recorded: RecordedCase): readonly Field[] => {
  const { verdict, request, nondeterministic } = recorded
  if (prediction.outcome === 'stalled' && stalled(verdict)) return []
  const skipped = new Set(nondeterministic)
  const fields: Field[] = []
  const check = (field: Field, same: boolean): void => {
    if (!same && !skipped.has(field)) fields.push(field)
  }
  const proxied = prediction.proxied === true
  for (const field of compared) {
    if (
      proxied &&
      (field.startsWith('upstream_') || ['status', 'details', 'body'].includes(field)) &&
      field !== 'upstream_host'
    )
      continue
    if (field === 'body' && (verdict.raw_data !== undefined || prediction.details === 'via_upstream')) continue
    check(field, recordedText(recorded, field) === text(prediction[field]))
  }
  if (prediction.tunnel !== undefined && verdict.tunnel !== undefined) {
    const { dialed, authority } = verdict.tunnel as { dialed: unknown; authority: unknown }
    check('tunnel', JSON.stringify(prediction.tunnel) === JSON.stringify({ dialed, authority }))
  }
  if (verdict.rbac_metadata !== undefined)
    check('rbac_metadata', sameMembers(prediction.rbac_metadata, verdict.rbac_metadata))
  if (prediction.upstream_headers !== undefined)
    check(
      'upstream_headers',
      changed(request.headers ?? [], prediction.upstream_headers as HeaderPairs) ===
        recordedChange(verdict.upstream_headers_changed),
    )
  if (!proxied && verdict.outcome === 'http' && verdict.response_headers !== undefined)
    check('response_headers', toldHeaders(prediction.response_headers) === toldHeaders(verdict.response_headers))
  return fields
}

export const shown = (prediction: Prediction, fields: readonly string[], request: RecordedCase['request']): string =>
  fields
    .map(field => {
      if (field === 'upstream_headers')
        return `headers ${changed(request.headers ?? [], prediction.upstream_headers as HeaderPairs)}`
      if (field === 'response_headers') return `response ${toldHeaders(prediction.response_headers)}`
      return `${field}=${text(prediction[field])}`
    })
    .join(' ')

export const shownRecorded = ({ verdict }: RecordedCase, fields: readonly string[]): string =>
  fields
    .map(field => {
      if (field === 'upstream_headers') return `headers ${recordedChange(verdict.upstream_headers_changed)}`
      if (field === 'response_headers') return `response ${toldHeaders(verdict.response_headers)}`
      return `${field}=${text(verdict[field])}`
    })
    .join(' ')
