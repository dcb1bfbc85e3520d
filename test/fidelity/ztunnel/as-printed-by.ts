import type {
  Authorization,
  GatewayAddress,
  RbacMatch,
  Service,
  StringMatch,
  Workload,
  ZtunnelDump,
} from '#model/ztunnel.ts'

/** The mesh as a release would have been told it: what came later is left out or said in the older way (specs/ztunnel.md §3.3). */
export const asPrintedBy = (dump: ZtunnelDump, minor: number): ZtunnelDump => {
  const workloads = dump.workloads.filter(({ workloadIps }) => printsAddressless(minor) || workloadIps.length > 0)
  const isPrinted = new Set(workloads.map(({ uid }) => uid))
  const reach = (service: Service) => service.endpoints.every(({ workloadUid }) => isPrinted.has(workloadUid))
  return {
    ...dump,
    workloads: workloads.map(workload => olderWorkload(dump, workload, minor)),
    services: dump.services
      .filter(service => minor >= 19 || reach(service))
      .map(service => olderService(service, minor)),
    policies: dump.policies.filter(({ dryRun }) => minor >= 29 || !dryRun).map(policy => olderPolicy(policy, minor)),
  }
}

/** 1.18 and 1.22 print workloads by address. */
const printsAddressless = (minor: number): boolean => minor !== 22 && minor >= 19

const olderWorkload = (dump: ZtunnelDump, workload: Workload, minor: number): Workload => ({
  ...workload,
  ...(minor < 26 && { capacity: 1 }),
  ...(minor < 24 && { networkMode: 'Standard', services: undefined }),
  ...(minor < 22 && { applicationTunnel: undefined, locality: undefined }),
  ...(minor < 20 && { waypoint: byAddress(dump, workload.waypoint) }),
  ...(minor < 19 && { network: '' }),
})

/** Up to 1.19 a waypoint was named by the address of its pod. */
const byAddress = (dump: ZtunnelDump, reference: GatewayAddress | undefined): GatewayAddress | undefined => {
  if (reference?.destination.kind !== 'hostname') return reference
  const { hostname } = reference.destination
  const uid = dump.services.find(service => service.hostname === hostname)?.endpoints[0]?.workloadUid
  const ip = dump.workloads.find(workload => workload.uid === uid)?.workloadIps[0]
  return ip === undefined ? undefined : { ...reference, destination: { kind: 'address', network: '', ip } }
}

const olderService = (service: Service, minor: number): Service => ({
  ...service,
  ...(minor < 31 && { visibility: 'Public', weightedWaypoints: [] }),
  ...(minor < 30 && { cidrVips: [] }),
  ...(minor < 29 && { canonical: false }),
  ...(minor < 23 && { ipFamilies: undefined }),
  ...(minor < 22 && { waypoint: undefined, loadBalancer: undefined }),
})

const olderPolicy = (policy: Authorization, minor: number): Authorization =>
  minor >= 25
    ? policy
    : { ...policy, rules: policy.rules.map(clauses => clauses.map(matches => matches.map(byPrincipal))) }

/** Up to 1.24 a service account was written as a principal. */
const byPrincipal = (match: RbacMatch): RbacMatch => ({
  ...match,
  serviceAccounts: [],
  principals: [
    ...match.principals,
    ...match.serviceAccounts.map(
      ({ namespace, serviceAccount }): StringMatch => ({
        kind: 'Exact',
        value: `cluster.local/ns/${namespace}/sa/${serviceAccount}`,
      }),
    ),
  ],
})
