import type { ZtunnelVersion } from '#model/ztunnel.ts'

/** What ztunnel does differently from version to version (specs/ztunnel.md §3.4, ztunnel-measured.md §5). Stages ask this, never the version. */
export interface Behaviour {
  /** `1.30`, `1.29.6`. */
  readonly label: string

  readonly sourceFoundBy: 'address' | 'pod-info'
  /** The workload at the source address must be the pod that CNI announced. */
  readonly sourceMustBeThePod: boolean
  readonly outboundSelfCall: 'own-address' | 'never' | 'loopback'

  /** Services and workloads have their own waypoints; before, only workloads had one and it served both. */
  readonly waypointsAreSplit: boolean
  readonly sameNodeFastPath: 'always' | 'outside-inpod' | 'never'
  readonly hostnameReferences: 'unsupported' | 'services' | 'services-and-workloads'
  readonly unresolvedWaypointNames: 'workload' | 'address' | 'reference'
  readonly workloadTextNamesGateway: boolean

  readonly hostNetworkHasAddresses: boolean
  /** Pods, then HBONE, win a shared address; before, whoever came last, and a deletion empties the address. */
  readonly sharedAddressesAreRanked: boolean
  readonly vipOwner: 'last-writer' | 'per-namespace'
  readonly cidrVips: boolean

  /** A target port 0 stands for a named one, which each endpoint maps; before, it was called as it is. */
  readonly namedTargetPorts: boolean
  /** A service that has nothing to offer is an error; before, its address was called as any other. */
  readonly refusesWithoutUpstream: boolean
  readonly ipChoice: 'random' | 'dialled-or-random' | 'by-family'
  readonly dnsAnswerByFamily: boolean
  readonly capacityIsWeight: boolean
  readonly dropsUnreachableEndpoints: boolean
  /** A dumped endpoint of an unknown workload may be one that the dump cannot show (C9). */
  readonly dumpHidesWorkloads: boolean
  readonly applicationTunnelNeedsNoPort: boolean
  readonly passthroughBalancing: boolean
  readonly networkPreferenceIsSoft: boolean
  readonly crossNetwork: 'as-local' | 'by-target-port' | 'by-service-port'

  readonly nonConnectStatus: 400 | 404
  readonly inboundSelfCall: 'none' | 'after-address-400' | 'first-400' | 'after-port-503'
  /** A pod with an application tunnel takes any destination address. */
  readonly tunnelTakesAnyAddress: boolean
  readonly hostnameAuthority: boolean
  readonly hostnamePick: 'namespace-or-last' | 'namespace-canonical-first'
  readonly loopbackApplicationTunnel: boolean
  readonly enforcesWaypointInbound: boolean
  /** The order in which an access line looks for its `dst.service` is the workload's own list. */
  readonly workloadListsServices: boolean

  readonly rbacDestination: 'address' | 'pod-info'
  readonly rbacGivesReasons: boolean
  readonly dryRunIsEnforced: boolean
  readonly matchesInClause: 'all' | 'any'

  readonly dnsPick: 'namespace-or-first' | 'namespace-preferred-first' | 'namespace-canonical-preferred-first'
  /** A wildcard found after stripping a search domain is answered with a CNAME of the wildcard itself (C19). */
  readonly dnsWildcardCname: boolean
}

/** The newest patch is meant where a version gives none: switches that came in a patch are in all later patches. */
const newestPatch = 999

export const behaviourOf = (version: Pick<ZtunnelVersion, 'minor' | 'patch'>): Behaviour => {
  const patch = version.patch ?? newestPatch
  const since = (minor: number, from = 0) => version.minor > minor || (version.minor === minor && patch >= from)
  return {
    label: version.patch === undefined ? `1.${version.minor}` : `1.${version.minor}.${version.patch}`,

    sourceFoundBy: since(24) ? 'pod-info' : 'address',
    sourceMustBeThePod: since(22) && !since(24),
    outboundSelfCall: since(24, 1) ? 'loopback' : since(23) ? 'never' : 'own-address',

    waypointsAreSplit: since(22),
    sameNodeFastPath: since(22) ? 'never' : since(21) ? 'outside-inpod' : 'always',
    hostnameReferences: since(24) ? 'services-and-workloads' : since(23) ? 'services' : 'unsupported',
    unresolvedWaypointNames: since(23) ? 'reference' : since(22) ? 'address' : 'workload',
    workloadTextNamesGateway: !since(23),

    hostNetworkHasAddresses: !since(24),
    sharedAddressesAreRanked: since(24, 3),
    vipOwner: since(30) ? 'per-namespace' : 'last-writer',
    cidrVips: since(30),

    namedTargetPorts: since(22, 2),
    refusesWithoutUpstream: since(22, 2),
    ipChoice: since(23) ? 'by-family' : since(22, 2) ? 'dialled-or-random' : 'random',
    dnsAnswerByFamily: since(24),
    capacityIsWeight: since(26),
    dropsUnreachableEndpoints: since(27),
    dumpHidesWorkloads: since(22) && !since(23),
    applicationTunnelNeedsNoPort: since(23),
    passthroughBalancing: since(28),
    networkPreferenceIsSoft: since(31),
    crossNetwork: since(27) ? 'by-service-port' : since(26) ? 'by-target-port' : 'as-local',

    nonConnectStatus: since(24) ? 400 : 404,
    inboundSelfCall: since(26) ? 'after-port-503' : since(24) ? 'first-400' : since(22) ? 'after-address-400' : 'none',
    tunnelTakesAnyAddress: since(24),
    hostnameAuthority: since(26),
    hostnamePick: since(29, 1) ? 'namespace-canonical-first' : 'namespace-or-last',
    loopbackApplicationTunnel: since(26),
    enforcesWaypointInbound: !since(22),
    workloadListsServices: since(24),

    rbacDestination: since(24) ? 'pod-info' : 'address',
    rbacGivesReasons: since(24),
    dryRunIsEnforced: !since(29),
    matchesInClause: since(19) ? 'any' : 'all',

    dnsPick: since(29)
      ? 'namespace-canonical-preferred-first'
      : since(27)
        ? 'namespace-preferred-first'
        : 'namespace-or-first',
    dnsWildcardCname: !since(28, 1),
  }
}
