import { eachRecord, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { type PolicyRow, policyRows } from '#dump/ztunnel/policies.ts'
import type { Authorization } from '#model/ztunnel.ts'
import { policyColumns, widePolicyColumns } from '#render/dump/ztunnel/policy-columns.ts'
import { anyList } from '#render/list/any-list.ts'
import { allMerged, knows, type Read, seenBy, textMember, wantedBy, type ZtunnelTable } from './table.ts'
import { everyWorkload, uidOf } from './workloads.ts'

export const policies: ZtunnelTable = {
  kind: 'policy',
  columns: policyColumns,
  isWanted: ({ namespace, name }) => wantedBy({ namespace, name }),
  list: async ({ sources, filter, detail }) => {
    const found = await allMerged(sources, everyPolicy, keyOf)
    if (detail === 'default') return anyList({ columns: policyColumns, rows: policyRows(found, filter), name: nameOf })
    const rows = policyRows(found, filter, await allMerged(sources, everyWorkload, uidOf))
    const holders = await seenBy(sources, everyPolicy, keyOf)
    const facts = { knows: knows(sources), seenBy: holders && (({ policy }: PolicyRow) => holders(policy)) }
    return anyList({ columns: widePolicyColumns(facts), rows, name: nameOf })
  },
  sharedKey: value => `${textMember(value, 'namespace')}/${textMember(value, 'name')}`,
}

const everyPolicy: Read<Authorization> = (source: ZtunnelSource, visit) => eachRecord(source, 'policy', visit)
const keyOf = ({ namespace, name }: Authorization): string => `${namespace}/${name}`
const nameOf = ({ policy }: PolicyRow): string => `policy/${keyOf(policy)}`
