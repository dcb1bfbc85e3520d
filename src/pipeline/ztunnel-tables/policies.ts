import { eachRecord, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { BindingCount } from '#dump/ztunnel/attached-policies.ts'
import { type PolicyRow, policyRows } from '#dump/ztunnel/policies.ts'
import type { Authorization } from '#model/ztunnel.ts'
import { policyColumns, widePolicyColumns } from '#render/dump/ztunnel/policy-columns.ts'
import { anyList } from '#render/list/any-list.ts'
import {
  allMerged,
  eachMerged,
  holds,
  keyedBy,
  knows,
  policyIndexes,
  type Read,
  seenBy,
  wantedBy,
  type ZtunnelTable,
} from './table.ts'
import { everyWorkload, uidOf } from './workloads.ts'

export const policies: ZtunnelTable = {
  kind: 'policy',
  columns: policyColumns,
  isWanted: ({ namespace, name }) => wantedBy({ namespace, name }),
  list: async ({ sources, filter, detail }) => {
    const found = await allMerged(sources, everyPolicy, keyOf)
    if (detail === 'default') return anyList({ columns: policyColumns, rows: policyRows(found, filter), name: nameOf })
    const count = holds(sources, 'workloads') ? await bindingsOf(sources) : undefined
    const rows = policyRows(found, filter, count && (policy => count.of(policy)))
    const holders = await seenBy(sources, everyPolicy, keyOf)
    const facts = { knows: knows(sources), seenBy: holders && (({ policy }: PolicyRow) => holders(policy)) }
    return anyList({ columns: widePolicyColumns(facts), rows, name: nameOf })
  },
  sharedKey: keyedBy('namespace', 'name'),
}

const bindingsOf = async (sources: readonly ZtunnelSource[]): Promise<BindingCount> => {
  const count = new BindingCount()
  const indexes = await policyIndexes(sources)
  await eachMerged(sources, everyWorkload, uidOf, (workload, source) => count.add(indexes.of(source), workload))
  return count
}

const everyPolicy: Read<Authorization> = (source: ZtunnelSource, visit) => eachRecord(source, 'policy', visit)
const keyOf = ({ namespace, name }: Authorization): string => `${namespace}/${name}`
const nameOf = ({ policy }: PolicyRow): string => `policy/${keyOf(policy)}`
