import { eachRecord, eachService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { OverviewCount, type ZtunnelOverview } from '#dump/ztunnel/overview.ts'
import type { ZtunnelProvenance } from '#dump/ztunnel/provenance.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import type { ZtunnelOverviews } from '#render/dump/ztunnel/overview.ts'
import { compare, issuesOf } from './dump-ztunnel.ts'
import { ztunnelProvenance } from './provenance.ts'
import { readZtunnels } from './read-ztunnels.ts'
import type { ZtunnelChoice } from './wanted.ts'
import { ztunnelTables } from './ztunnel-tables/index.ts'
import { knows } from './ztunnel-tables/table.ts'
import { namesOfWaypoints } from './ztunnel-tables/workloads.ts'

export interface OverviewRequest {
  readonly state: State
  readonly ztunnels: ZtunnelChoice
  readonly present: Moment
}

/** Every ztunnel on one screen. */
export const dumpZtunnelOverview = async ({
  state,
  ztunnels: choice,
  present,
}: OverviewRequest): Promise<
  ZtunnelOverviews & { readonly issues: readonly DecodeIssue[]; readonly moment: Moment }
> => {
  const read = await readZtunnels(state, choice)
  const moment = momentOf(present, read.takenAt)
  const ztunnels: ZtunnelOverview[] = []
  for (const source of read.sources)
    ztunnels.push(await overviewOf(source, ztunnelProvenance(source, read, { state, present }), moment.at))
  const divergences = []
  for (const table of Object.values(ztunnelTables)) divergences.push(...(await compare(read.sources, table)))
  return {
    asOf: moment.at,
    present: present.at,
    ztunnels,
    divergences,
    issues: await issuesOf(read),
    moment,
  }
}

const overviewOf = async (
  source: ZtunnelSource,
  provenance: ZtunnelProvenance,
  now: Date,
): Promise<ZtunnelOverview> => {
  const { facts } = source
  const count = new OverviewCount(await namesOfWaypoints([source]), now)
  await eachWorkload(source, workload => count.addWorkload(workload))
  await eachService(source, service => count.addService(service))
  await eachRecord(source, 'policy', policy => count.addPolicy(policy))
  await eachRecord(source, 'pod', pod => count.addPod(pod))
  await eachRecord(source, 'certificate', entry => count.addCertificate(entry))
  const about = {
    ...provenance,
    network: facts.config.network,
    staged: facts.stagedServices.map(({ service }) => service),
    lost: facts.lost,
  }
  return count.finish(about, {
    tells: kind => !facts.missing.includes(kind),
    knowsPods: facts.knowsPods,
    knows: knows([source]),
  })
}
