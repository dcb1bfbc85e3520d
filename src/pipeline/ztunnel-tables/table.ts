import { textAt } from '#decode/json/member.ts'
import { eachRecord, type RawElement, type TableKind, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { KeyNumbers } from '#dump/key-numbers.ts'
import { isKnown, type LateMember } from '#dump/ztunnel/known-members.ts'
import type { KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import type { Authorization, ZtunnelRecordKind } from '#model/ztunnel.ts'
import { type Attachable, whyNoWaypoint } from '#reason/why-waypoint.ts'
import type { WaypointReason } from '#render/dump/ztunnel/waypoint.ts'
import type { AnyList } from '#render/list/any-list.ts'
import type { Column } from '#render/list/column.ts'
import { indexZtunnel, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'

/** Wishes of the command line; a table takes those that it knows. */
export interface ZtunnelFilter {
  readonly namespace?: string | undefined
  /** A pod's, service's or policy's name. */
  readonly name?: string | undefined
  readonly node?: string | undefined
  readonly address?: string | undefined
  readonly direction?: 'inbound' | 'outbound' | undefined
  /** Addresses as they are. */
  readonly raw?: boolean | undefined
}

export interface TableRequest {
  readonly sources: readonly ZtunnelSource[]
  readonly kubernetes: KubernetesObjects
  readonly filter: ZtunnelFilter
  readonly detail: 'default' | 'wide'
  readonly now: Date
}

export interface ZtunnelTable {
  readonly kind: TableKind
  /** The columns of the default detail. */
  readonly columns: readonly Pick<Column<never>, 'key' | 'header'>[]
  /** Which elements a filter leaves; undefined when it leaves all. */
  readonly isWanted: (filter: ZtunnelFilter) => ((element: RawElement) => boolean) | undefined
  readonly list: (request: TableRequest) => Promise<AnyList>
  /** The key under which several dumps hold the same resource; undefined where they differ by nature. */
  readonly sharedKey?: (value: Readonly<Record<string, unknown>>) => string
}

/** Reads the records of one dump. */
export type Read<T> = (source: ZtunnelSource, visit: (record: T) => void) => Promise<void>

/** Visits the records of all dumps, each resource once: the first dump that holds it speaks for it. */
export const eachMerged = async <T>(
  sources: readonly ZtunnelSource[],
  read: Read<T>,
  keyOf: (record: T) => string,
  visit: (record: T, source: ZtunnelSource) => void,
): Promise<void> => {
  const [only, ...others] = sources
  if (only !== undefined && others.length === 0) return read(only, record => visit(record, only))
  const seen = new KeyNumbers()
  for (const source of sources)
    await read(source, record => {
      const { size } = seen
      if (seen.add(keyOf(record)) === size) visit(record, source)
    })
}

/** The records of all dumps in a list. */
export const allMerged = async <T>(
  sources: readonly ZtunnelSource[],
  read: Read<T>,
  keyOf: (record: T) => string,
): Promise<readonly T[]> => {
  const found: T[] = []
  await eachMerged(sources, read, keyOf, record => found.push(record))
  return found
}

/** The policies of each dump, as the engine looks them up. */
export const policyIndexes = async (
  sources: readonly ZtunnelSource[],
): Promise<{ readonly of: (source: ZtunnelSource) => ZtunnelIndex }> => {
  const indexes = new Map<ZtunnelSource, ZtunnelIndex>()
  for (const source of sources) indexes.set(source, await policyIndexOf(source))
  return {
    of: source => {
      const found = indexes.get(source)
      if (found === undefined) throw new Error(`${source.file} was not indexed`)
      return found
    },
  }
}

const policyIndexOf = async (source: ZtunnelSource): Promise<ZtunnelIndex> => {
  const policies: Authorization[] = []
  await eachRecord(source, 'policy', policy => policies.push(policy))
  const { knowsPods, ...facts } = source.facts
  return indexZtunnel({ ...facts, policies, workloads: [], services: [], certificates: [], pods: undefined })
}

/** Which ztunnels hold a record, for the column SEEN BY; undefined for a single dump. */
export const seenBy = async <T>(
  sources: readonly ZtunnelSource[],
  read: Read<T>,
  keyOf: (record: T) => string,
): Promise<((record: T) => string) | undefined> => {
  if (sources.length < 2) return undefined
  const holders = new Map<string, string[]>()
  const labelOf = labelsOf(sources)
  for (const source of sources)
    await read(source, record => {
      const key = keyOf(record)
      const found = holders.get(key)
      if (found === undefined) holders.set(key, [labelOf(source)])
      else found.push(labelOf(source))
    })
  return record => {
    const found = holders.get(keyOf(record)) ?? []
    return found.length === sources.length ? 'all' : found.join(',')
  }
}

/** A ztunnel by its node; by its file where that is not known, or several dumps are of one node. */
export const labelsOf = (sources: readonly ZtunnelSource[]): ((source: ZtunnelSource) => string) => {
  const nodes = sources.map(({ facts }) => facts.config.localNode)
  return ({ facts: { config }, file }) =>
    config.localNode === undefined || nodes.indexOf(config.localNode) !== nodes.lastIndexOf(config.localNode)
      ? file
      : config.localNode
}

/** The ztunnel that a row came from, for the column SEEN BY; undefined for a single dump. */
export const holderLabel = <Row>(
  sources: readonly ZtunnelSource[],
  holders: ReadonlyMap<Row, ZtunnelSource>,
): ((row: Row) => string) | undefined => {
  if (sources.length < 2) return undefined
  const labelOf = labelsOf(sources)
  return row => {
    const source = holders.get(row)
    return source === undefined ? '' : labelOf(source)
  }
}

/** A member that one of the dumps is too old for is not known for any. */
export const knows =
  (sources: readonly ZtunnelSource[]) =>
  (member: LateMember): boolean =>
    sources.every(({ facts }) => (member === 'pods' ? facts.knowsPods : isKnown(member, facts)))

/** Why an object and its namespace give no waypoint. */
export const waypointReason = (
  kubernetes: KubernetesObjects,
  object: KubernetesObject | undefined,
  namespace: string,
  attachable: Attachable,
): WaypointReason => ({
  why: whyNoWaypoint(kubernetes, object, namespace, attachable),
  holdsObject: object !== undefined,
})

/** Records that one of the dumps does not tell at all are not known: an absence means nothing. */
export const holds = (sources: readonly ZtunnelSource[], kind: ZtunnelRecordKind): boolean =>
  sources.every(({ facts }) => !facts.missing.includes(kind))

/** The key of a resource whose members of these names tell it apart. */
export const keyedBy =
  (...names: readonly string[]): NonNullable<ZtunnelTable['sharedKey']> =>
  value =>
    names.map(name => textAt(value, name) ?? '').join('/')

/** Case-insensitive equality of members, as the tables filter. */
export const wantedBy = (
  wishes: Readonly<Record<string, string | undefined>>,
): ((element: RawElement) => boolean) | undefined => {
  const asked = Object.entries(wishes).filter((wish): wish is [string, string] => wish[1] !== undefined)
  if (asked.length === 0) return undefined
  return ({ value }) =>
    asked.every(([name, wanted]) => (textAt(value, name) ?? '').toLowerCase() === wanted.toLowerCase())
}
