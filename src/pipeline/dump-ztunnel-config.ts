import { settingRows, withoutHeaderValues } from '#dump/ztunnel/config.ts'
import type { Moment } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import { configColumns } from '#render/dump/ztunnel/config-columns.ts'
import { versionText } from '#render/dump/ztunnel/version.ts'
import { anyList } from '#render/list/any-list.ts'
import type { Choice } from '#render/list/choose.ts'
import { type DumpedTable, issuesOf } from './dump-ztunnel.ts'
import { ztunnelProvenance } from './provenance.ts'
import { readZtunnels } from './read-ztunnels.ts'
import type { ZtunnelChoice } from './wanted.ts'
import { labelsOf } from './ztunnel-tables/table.ts'

export interface DumpConfigRequest {
  readonly state: State
  readonly ztunnels: ZtunnelChoice
  readonly choice: Choice
  readonly present: Moment
}

/** What each ztunnel was told on its command line and in its environment, and what it was built from. */
export const dumpZtunnelConfig = async ({
  state,
  ztunnels,
  choice,
  present,
}: DumpConfigRequest): Promise<Omit<DumpedTable, 'moment'>> => {
  const read = await readZtunnels(state, ztunnels)
  const { sources } = read
  for (const source of sources) source.confirm()
  const labelOf = labelsOf(sources)
  const rows = sources.flatMap(source =>
    settingRows(source.facts.build, source.facts.config.raw).map(row => ({ ...row, ztunnel: labelOf(source) })),
  )
  return {
    member: 'settings',
    choice,
    list: anyList({
      columns: configColumns(sources.length > 1),
      rows,
      name: ({ section, name }) => `${section}/${name}`,
    }),
    dumps: sources.map(({ file, facts }) => ({
      file,
      node: facts.config.localNode,
      version: versionText(facts),
      elements: async function* () {
        yield [{ version: facts.build, config: withoutHeaderValues(facts.config.raw) }]
      },
    })),
    provenance: sources.map(source => ztunnelProvenance(source, read, { state, present })),
    present: present.at,
    divergences: [],
    notes: {
      untold: sources.filter(({ facts }) => facts.missing.includes('config')).map(({ file }) => file),
      noMatch: false,
    },
    issues: () => issuesOf(read),
  }
}
