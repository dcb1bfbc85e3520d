import { eachRecord, eachService, eachWorkload, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { OverviewCount, type ZtunnelOverview } from '#dump/ztunnel/overview.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type KubernetesObjects, text } from '#model/kubernetes.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import type { ZtunnelOverviews } from '#render/dump/ztunnel/overview.ts'
import { versionText } from '#render/dump/ztunnel/version.ts'
import { compare, issuesOf } from './dump-ztunnel.ts'
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
  for (const source of read.sources) ztunnels.push(await overviewOf(source, read.kubernetes, moment.at))
  const divergences = []
  for (const table of Object.values(ztunnelTables)) divergences.push(...(await compare(read.sources, table)))
  const captured = state.kind === 'files' ? read.takenAt : present.from === 'clock' ? present.at : undefined
  return {
    asOf: moment.at,
    captured: captured && { at: captured, ago: present.at.getTime() - captured.getTime() },
    ztunnels,
    divergences,
    issues: await issuesOf(read),
    moment,
  }
}

const overviewOf = async (
  source: ZtunnelSource,
  kubernetes: KubernetesObjects,
  now: Date,
): Promise<ZtunnelOverview> => {
  const { file, facts } = source
  const count = new OverviewCount(await namesOfWaypoints([source]), now)
  await eachWorkload(source, workload => count.addWorkload(workload))
  await eachService(source, service => count.addService(service))
  await eachRecord(source, 'policy', policy => count.addPolicy(policy))
  await eachRecord(source, 'pod', pod => count.addPod(pod))
  await eachRecord(source, 'certificate', entry => count.addCertificate(entry))
  const about = {
    file,
    node: facts.config.localNode,
    pod: ztunnelOn(facts.config.localNode, kubernetes),
    version: versionText(facts),
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

/** The pod of a node's ztunnel; undefined where none or, while one follows the other, several are there. */
const ztunnelOn = (node: string | undefined, kubernetes: KubernetesObjects): string | undefined => {
  const [pod, ...others] = kubernetes
    .of('Pod')
    .filter(({ labels, spec }) => labels.app === 'ztunnel' && node !== undefined && text(spec.nodeName) === node)
  return pod === undefined || others.length > 0 ? undefined : `${pod.namespace}/${pod.name}`
}
