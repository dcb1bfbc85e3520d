import type { ZtunnelEra, ZtunnelVersion } from '#model/ztunnel.ts'

/** Members that only some releases print, by the first minor that does (specs/ztunnel.md §3.3). */
const since = {
  network: 19,
  networkGateway: 19,
  hbonePort: 19,
  subjectAltNames: 19,
  locality: 22,
  serviceWaypoint: 22,
  loadBalancer: 22,
  applicationTunnel: 22,
  pods: 22,
  ipFamilies: 23,
  networkMode: 24,
  endpointStatus: 24,
  capacity: 26,
  connectionProtocol: 26,
  canonical: 29,
  dryRun: 29,
  cidrVips: 30,
  visibility: 31,
  weightedWaypoints: 31,
} as const

export type LateMember = keyof typeof since

/** istioctl's own lists drop these whatever the release was. */
const lostInLists: ReadonlySet<LateMember> = new Set([
  'networkMode',
  'endpointStatus',
  'dryRun',
  'visibility',
  'weightedWaypoints',
  'hbonePort',
])

/** Whether a default value of this member can be told from one that the dump does not carry. */
export const isKnown = (
  member: LateMember,
  dump: { readonly era: ZtunnelEra; readonly version: ZtunnelVersion },
): boolean => (dump.era === 'list' ? !lostInLists.has(member) : dump.version.minor >= since[member])
