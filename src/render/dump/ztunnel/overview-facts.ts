import type { ZtunnelOverview } from '#dump/ztunnel/overview.ts'
import { unknown } from '#render/dump/refs.ts'
import { durationText } from '#render/duration-text.ts'
import { fittedNames, wrapped } from '#render/list/fit.ts'

/** A line of the overview of one ztunnel; cells are escaped. */
export interface Fact {
  readonly label: string
  readonly count: string
  readonly rest: string
  readonly isUrgent: boolean
}

export const labelWidth = 19
export const countWidth = 7

/** What a ztunnel holds and what a person should look at, each in one line of which `room` columns are left for words. */
export const factsOf = (ztunnel: ZtunnelOverview, asOf: Date, room: number): readonly Fact[] => {
  const { workloads, services, policies, pods, certificates } = ztunnel
  const fact = (label: string, count: number | string, names: readonly string[], isUrgent = false): Fact => ({
    label,
    count: `${count}`,
    rest: fittedNames(names, room),
    isUrgent,
  })
  const untold = (label: string): Fact => fact(label, unknown, ['this dump does not tell them'])
  return [
    workloads === undefined
      ? untold('workloads')
      : fact('workloads', workloads.total, [`${workloads.hbone} HBONE`, `${workloads.tcp} TCP`]),
    services === undefined
      ? untold('services')
      : fact('services', services.total, [`${services.withWaypoint ?? unknown} with a waypoint`]),
    policies === undefined
      ? untold('policies')
      : fact('policies', policies.total, [
          `${policies.allow} allow`,
          `${policies.deny} deny`,
          policies.dryRun === undefined ? `${unknown} which are dry run` : `${policies.dryRun} of them dry run`,
        ]),
    pods === undefined
      ? fact('pods', unknown, ['this dump does not tell which pods it serves'])
      : fact('pods', pods.total, [`served; ${pods.inbound} inbound, ${pods.outbound} outbound connections`]),
    certificates === undefined
      ? untold('certificates')
      : fact('certificates', certificates.identities, [expiryText(certificates, asOf)]),
    ...(certificates === undefined || certificates.roots.length === 0
      ? []
      : [fact('trusted roots', certificates.roots.length, certificates.roots.map(beginningOf))]),
    ...problemsOf(ztunnel).map(([name, found]) => fact(name, found.length, found, true)),
    ...lostFacts(ztunnel, room),
  ]
}

const lostFacts = ({ lost }: ZtunnelOverview, room: number): readonly Fact[] =>
  (lost.length === 0 ? [] : wrapped(`by a dump of this age or form: ${lost.join(', ')}`, room)).map((rest, index) => ({
    label: index === 0 ? 'not told' : '',
    count: '',
    rest,
    isUrgent: false,
  }))

/** Enough of a fingerprint to tell roots apart on one line; `certificates -o wide` has all of it. */
const beginningOf = (fingerprint: string): string => `SHA-256 ${fingerprint.slice(0, 23)}…`

const expiryText = ({ identities, next }: NonNullable<ZtunnelOverview['certificates']>, asOf: Date): string => {
  if (identities === 0) return 'it holds none'
  if (next === undefined) return 'none is valid'
  return `next to expire in ${durationText(Date.parse(next.expires) - asOf.getTime())}: ${shortly(next.identity)}`
}

/** Without the trust domain, which all share. */
const shortly = (identity: string): string => identity.replace(/^spiffe:\/\/[^/]*\/ns\//, 'ns/')

/** What a person should look at, most urgent first; only what is there. */
export const problemsOf = ({ workloads, services, pods, certificates, unresolved, staged }: ZtunnelOverview) =>
  (
    [
      ['no certificate', certificates?.failed.map(({ identity, state }) => `${shortly(identity)} (${state})`) ?? []],
      ['expired', certificates?.expired.map(shortly) ?? []],
      ['expiring', certificates?.expiring.map(shortly) ?? []],
      ['pending pods', pods?.pending ?? []],
      ['unhealthy', workloads?.unhealthy ?? []],
      ['no healthy endpoint', services?.withoutEndpoint ?? []],
      ['unresolved', unresolved],
      ['unknown service', staged],
    ] as const
  ).filter(([, found]) => found.length > 0)
