import { asObject } from '#decode/json/at.ts'
import {
  checkElements,
  type RawElement,
  readTheRest,
  type TableKind,
  type ZtunnelSource,
} from '#decode/ztunnel/source.ts'
import { Comparison, type Divergence, type DivergentKind } from '#dump/ztunnel/divergence.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import type { DumpElements, ZtunnelListing } from '#render/dump/ztunnel/listing.ts'
import { versionText } from '#render/dump/ztunnel/version.ts'
import { type Choice, suffices } from '#render/list/choose.ts'
import { Elements } from '#render/list/json.ts'
import { ztunnelProvenance } from './provenance.ts'
import { readZtunnels, type Ztunnels } from './read-ztunnels.ts'
import type { ZtunnelChoice } from './wanted.ts'
import { type ZtunnelTableName, ztunnelTables } from './ztunnel-tables/index.ts'
import type { ZtunnelFilter, ZtunnelTable } from './ztunnel-tables/table.ts'

export interface DumpZtunnelRequest {
  readonly state: State
  readonly ztunnels: ZtunnelChoice
  readonly table: ZtunnelTableName
  /** A format that prints elements as they came needs no rows. */
  readonly format: 'rows' | 'elements'
  readonly choice: Choice
  readonly filter: ZtunnelFilter
  readonly present: Moment
}

export type DumpedTable = ZtunnelListing & {
  /** What could not be read: ask after printing. */
  readonly issues: () => Promise<readonly DecodeIssue[]>
  readonly moment: Moment
}

/** One table of the ztunnels in files and directories. */
export const dumpZtunnel = async (request: DumpZtunnelRequest): Promise<DumpedTable> => {
  const ztunnels = await readZtunnels(request.state, request.ztunnels)
  const { sources, kubernetes } = ztunnels
  const table: ZtunnelTable = ztunnelTables[request.table]
  const { choice } = request
  const filter = ofThePod(request, ztunnels)
  const moment = momentOf(request.present, ztunnels.takenAt)
  const detail = suffices(table.columns, choice) ? 'default' : 'wide'
  const list =
    request.format === 'rows' ? await table.list({ sources, kubernetes, filter, detail, now: moment.at }) : undefined
  if (list !== undefined) for (const source of sources) source.confirm()
  return {
    member: request.table,
    choice,
    list,
    notes: {
      untold: sources.filter(source => !tells(source, request.table)).map(({ file }) => file),
      noMatch: list?.size === 0 && Object.values(filter).some(wish => typeof wish === 'string'),
    },
    dumps: sources.map(source => elementsOf(source, table, filter)),
    provenance: sources.map(source => ztunnelProvenance(source, ztunnels, request)),
    present: request.present.at,
    divergences: await compare(sources, table),
    issues: () => issuesOf(ztunnels, request.format),
    moment,
  }
}

/** As in istioctl, a pod that is no ztunnel stands for its own rows, in the tables of pods. */
const ofThePod = ({ filter, table }: DumpZtunnelRequest, { pod }: Ztunnels): ZtunnelFilter =>
  pod === undefined || !(table === 'workloads' || table === 'connections')
    ? filter
    : { ...filter, namespace: pod.namespace, name: pod.name }

const tells = ({ facts }: ZtunnelSource, table: ZtunnelTableName): boolean =>
  table === 'connections' ? facts.knowsPods : !facts.missing.includes(table)

const elementsOf = (source: ZtunnelSource, table: ZtunnelTable, filter: ZtunnelFilter): DumpElements => {
  const isWanted = table.isWanted(filter)
  return {
    file: source.file,
    node: source.facts.config.localNode,
    version: versionText(source.facts),
    elements: async function* () {
      yield* checkedElements(source, table.kind, isWanted)
      source.confirm()
    },
  }
}

/** The elements of a section as they came; what of one cannot be read is noted, and it is printed all the same. */
export async function* checkedElements(
  source: ZtunnelSource,
  kind: TableKind,
  isWanted: (element: RawElement) => boolean = () => true,
): AsyncIterable<Iterable<unknown>> {
  for await (const { elements: batch, text } of source.batches(kind)) {
    const elements = [...batch]
    checkElements(source, kind, elements)
    const wanted = elements.filter(isWanted)
    yield new Elements(wanted.map(elementValue), wanted.length === elements.length ? text : undefined)
  }
  source.readKinds.add(kind)
}

/** A pod is known by its key alone, which a list would lose. */
const elementValue = ({ value, key }: RawElement): unknown => {
  const members = asObject(value)
  if (key === undefined) return value
  if (members === undefined) return { [key]: value }
  return members.state === undefined || members.uid !== undefined ? value : { podUid: key, ...members }
}

/** Where several dumps differ on what all ztunnels should hold alike. */
export const compare = async (
  sources: readonly ZtunnelSource[],
  table: ZtunnelTable,
): Promise<readonly Divergence[]> => {
  const { sharedKey, kind } = table
  if (sharedKey === undefined || sources.length < 2) return []
  const comparison = new Comparison(kind as DivergentKind)
  for (const source of sources) {
    comparison.begin(source.file)
    for await (const { elements } of source.batches(kind))
      for (const { value } of elements) comparison.add(sharedKey(asObject(value) ?? {}), value)
  }
  return comparison.divergent()
}

/**
 * What could not be read: below a table anywhere, in sections that it did not need too; of elements that are printed as they
 * came, whatever is wrong with these.
 */
export const issuesOf = async (
  { sources, issues }: Ztunnels,
  format: 'rows' | 'elements' = 'rows',
): Promise<readonly DecodeIssue[]> => {
  if (format === 'rows') for (const source of sources) await readTheRest(source)
  const found = new Map<string, DecodeIssue>()
  for (const issue of [...issues, ...sources.flatMap(({ facts, issues }) => [...facts.issues, ...issues.list])])
    found.set(JSON.stringify([issue.file, issue.at, issue.expected]), issue)
  return [...found.values()]
}
