import { asObject } from '#decode/json/at.ts'
import { sectionKind } from '#decode/ztunnel/sections.ts'
import type { ZtunnelSource } from '#decode/ztunnel/source.ts'
import { withoutHeaderValues } from '#dump/ztunnel/config.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import { Batches, type WholeDump, type ZtunnelEverything } from '#render/dump/ztunnel/everything.ts'
import { checkedElements, compare, issuesOf } from './dump-ztunnel.ts'
import { ztunnelProvenance } from './provenance.ts'
import { readZtunnels } from './read-ztunnels.ts'
import type { ZtunnelChoice } from './wanted.ts'
import { ztunnelTables } from './ztunnel-tables/index.ts'

export interface DumpAllRequest {
  readonly state: State
  readonly ztunnels: ZtunnelChoice
  readonly detail: 'default' | 'wide'
  readonly banners: boolean
  readonly headers: boolean
  readonly present: Moment
}

/** All tables, or the dumps as they came. Filters do not apply, as in istioctl. */
export const dumpZtunnelAll = async (
  request: DumpAllRequest,
): Promise<ZtunnelEverything & { readonly issues: () => Promise<readonly DecodeIssue[]>; readonly moment: Moment }> => {
  const ztunnels = await readZtunnels(request.state, request.ztunnels)
  const { sources, kubernetes } = ztunnels
  const { detail } = request
  const moment = momentOf(request.present, ztunnels.takenAt)
  const divergences = []
  for (const table of Object.values(ztunnelTables)) divergences.push(...(await compare(sources, table)))
  const { banners, headers } = request
  return {
    banners,
    headers,
    tables: Object.entries(ztunnelTables).map(([title, table]) => ({
      title,
      list: () => table.list({ sources, kubernetes, filter: {}, detail, now: moment.at }),
    })),
    provenance: sources.map(source => ztunnelProvenance(source, ztunnels, request)),
    present: request.present.at,
    divergences,
    dumps: sources.map(wholeDump),
    issues: () => issuesOf(ztunnels),
    moment,
  }
}

const wholeDump = (source: ZtunnelSource): WholeDump => ({
  file: source.file,
  members: source.members.map(([name, value]) => [name, () => memberValue(source, name, value())]),
})

/** Long lists come in batches; header values of the settings may be tokens. */
const memberValue = (source: ZtunnelSource, name: string, value: unknown): unknown => {
  if (name === 'config') return withoutHeaderValues(asObject(value) ?? {})
  const kind = value === undefined ? sectionKind(name) : undefined
  if (kind === undefined || kind === 'staged') return value
  return new Batches(() => checkedElements(source, kind === 'vip' ? 'service' : kind))
}
