import type { JsonPointer } from './evidence.ts'
import type { DecodeIssue } from './issue.ts'

/** Shapes of a config dump (specs/ztunnel.md §3.1); `list` is one of istioctl's re-serialised lists. */
export type ZtunnelEra = 'E0' | 'E1' | 'E2' | 'E3' | 'E4' | 'list'

/** `[major, minor, patch]`; patch is undefined when only the shape told the minor. */
export interface ZtunnelVersion {
  readonly minor: number
  readonly patch?: number
  /** The oldest and newest minor that the evidence allows; both equal `minor` when a version string told it. */
  readonly range: readonly [oldest: number, newest: number]
  readonly from: 'istioVersion' | 'version' | 'gitTag' | 'shape' | 'given'
}

export type GatewayDestination =
  | { readonly kind: 'address'; readonly network: string; readonly ip: string }
  | { readonly kind: 'hostname'; readonly namespace: string; readonly hostname: string }

export interface GatewayAddress {
  readonly destination: GatewayDestination
  readonly hboneMtlsPort: number
}

export type TunnelProtocol = 'TCP' | 'HBONE'
export type Health = 'Healthy' | 'Unhealthy'

interface Recorded {
  readonly pointer: JsonPointer
  /** Members that no reader knows, kept as they came, by pointer relative to the record (`endpoints/…/newMember`). */
  readonly unread?: Readonly<Record<string, unknown>> | undefined
  /** A part could not be read and a default stands in its place; a decision that needs this record is `unknown`. */
  readonly damaged?: boolean | undefined
}

export interface Locality {
  readonly region: string
  readonly zone: string
  readonly subzone: string
}

export interface Workload extends Recorded {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly trustDomain: string
  readonly serviceAccount: string
  /** Canonical text form, in the order of the dump. */
  readonly workloadIps: readonly string[]
  readonly network: string
  readonly protocol: TunnelProtocol
  readonly networkMode: 'Standard' | 'HostNetwork'
  readonly hostname: string
  readonly node: string
  readonly nativeTunnel: boolean
  readonly applicationTunnel?: { readonly protocol: 'NONE' | 'PROXY'; readonly port?: number | undefined } | undefined
  readonly waypoint?: GatewayAddress | undefined
  readonly networkGateway?: GatewayAddress | undefined
  /** 1.18–1.22 `gatewayAddress`, only printed in error texts. */
  readonly gatewayAddress?: string | undefined
  readonly workloadName: string
  readonly workloadType: string
  readonly canonicalName: string
  readonly canonicalRevision: string
  readonly clusterId: string
  readonly locality?: Locality | undefined
  readonly status: Health
  readonly capacity: number
  /** Policy keys `ns/name`. */
  readonly authorizationPolicies: readonly string[]
  /** `ns/host` keys; absent where the era does not carry them. */
  readonly services?: readonly string[] | undefined
}

/** service port → target port; 0 = a named target port that each endpoint must map. */
export type PortMap = ReadonlyMap<number, number>

export interface Endpoint {
  readonly workloadUid: string
  readonly ports: PortMap
  readonly status: Health
  /** 1.19–1.23 `net/ip`. */
  readonly address?: string | undefined
}

export type RoutingPreference = 'Region' | 'Zone' | 'Subzone' | 'Node' | 'Cluster' | 'Network'

export interface LoadBalancer {
  readonly routingPreferences: readonly RoutingPreference[]
  readonly mode: 'Standard' | 'Strict' | 'Failover' | 'Passthrough'
  readonly healthPolicy: 'OnlyHealthy' | 'AllowAll'
}

export interface NetworkAddress {
  readonly network: string
  readonly ip: string
}

export interface Service extends Recorded {
  readonly name: string
  readonly namespace: string
  readonly hostname: string
  readonly vips: readonly NetworkAddress[]
  readonly cidrVips: readonly { readonly network: string; readonly cidr: string }[]
  readonly ports: PortMap
  readonly endpoints: readonly Endpoint[]
  readonly subjectAltNames: readonly string[]
  readonly waypoint?: GatewayAddress | undefined
  readonly weightedWaypoints: readonly { readonly destination: GatewayAddress; readonly weight: number }[]
  readonly loadBalancer?: LoadBalancer | undefined
  readonly ipFamilies?: 'Dual' | 'IPv4' | 'IPv6' | undefined
  readonly canonical: boolean
  readonly visibility: 'Public' | 'Namespace'
}

/** What the default tables show of a workload: enough for a list of half a million. */
export type WorkloadGlance = Pick<
  Workload,
  'uid' | 'name' | 'namespace' | 'workloadIps' | 'hostname' | 'node' | 'protocol' | 'status' | 'waypoint'
>

/** What the default tables show of a service. */
export type ServiceGlance = Pick<Service, 'name' | 'namespace' | 'hostname' | 'vips' | 'waypoint'> & {
  readonly endpoints: readonly Pick<Endpoint, 'workloadUid'>[]
  readonly loadBalancer?: Pick<LoadBalancer, 'mode'> | undefined
}

export type StringMatch =
  | { readonly kind: 'Exact' | 'Prefix' | 'Suffix'; readonly value: string }
  | { readonly kind: 'Presence' }

export interface ServiceAccountMatch {
  readonly namespace: string
  readonly serviceAccount: string
}

/** Every list empty is the legal match `{}`, which ztunnel skips (specs/ztunnel.md §6.3). */
export interface RbacMatch {
  readonly namespaces: readonly StringMatch[]
  readonly notNamespaces: readonly StringMatch[]
  readonly principals: readonly StringMatch[]
  readonly notPrincipals: readonly StringMatch[]
  readonly serviceAccounts: readonly ServiceAccountMatch[]
  readonly notServiceAccounts: readonly ServiceAccountMatch[]
  readonly sourceIps: readonly string[]
  readonly notSourceIps: readonly string[]
  readonly destinationIps: readonly string[]
  readonly notDestinationIps: readonly string[]
  readonly destinationPorts: readonly number[]
  readonly notDestinationPorts: readonly number[]
  /** Members that no reader knows: such a match cannot be decided. */
  readonly unread?: Readonly<Record<string, unknown>> | undefined
}

export interface Authorization extends Recorded {
  readonly name: string
  readonly namespace: string
  readonly scope: 'Global' | 'Namespace' | 'WorkloadSelector'
  readonly action: 'Allow' | 'Deny'
  /** rules (OR) → clauses (AND) → matches (OR). */
  readonly rules: readonly (readonly (readonly RbacMatch[])[])[]
  readonly dryRun: boolean
}

export interface Certificate {
  /** PEM text, decoded from base64 where the era encodes it. */
  readonly pem: string
  readonly serialNumber: string
  readonly validFrom: string
  readonly expirationTime: string
}

export interface CertificateEntry extends Recorded {
  readonly identity: string
  readonly state: string
  readonly certChain: readonly Certificate[]
  readonly rootCerts: readonly Certificate[]
}

export interface ConnectionRecord {
  readonly direction: 'inbound' | 'outbound'
  readonly src: string
  readonly originalDst?: string | undefined
  readonly actualDst: string
  readonly protocol?: string | undefined
}

export interface PodState extends Recorded {
  /** Empty in istioctl's lossy list. */
  readonly podUid: string
  readonly state: string
  readonly info?: { readonly name: string; readonly namespace: string; readonly serviceAccount: string } | undefined
  readonly connections: readonly ConnectionRecord[]
}

export interface StagedService {
  readonly service: string
  readonly endpoints: readonly Endpoint[]
}

export interface AddressOwners {
  /** `net/ip` → workload uid. */
  readonly addresses: ReadonlyMap<string, string>
  /** VIP `net/ip` → service `ns/host`. */
  readonly vips: ReadonlyMap<string, string>
}

/** Members of `config` that change decisions, plus everything as it came. */
export interface ZtunnelConfig {
  readonly network: string
  readonly localNode?: string | undefined
  readonly clusterId: string
  readonly clusterDomain: string
  readonly inpod: boolean
  readonly illegalPorts: readonly number[]
  readonly localhostAppTunnel: boolean
  readonly ipv6Enabled: boolean
  readonly preferredServiceNamespace?: string | undefined
  readonly dnsProxy: boolean
  readonly raw: Readonly<Record<string, unknown>>
}

export type ZtunnelRecordKind = 'workloads' | 'services' | 'policies' | 'certificates' | 'config'

export interface ZtunnelDump {
  readonly file: string
  readonly era: ZtunnelEra
  readonly version: ZtunnelVersion
  /** Facts that this era or format does not carry, in words: `headless services`. */
  readonly lost: readonly string[]
  /** Kinds of record that this file should hold and does not: unknown, not "none". */
  readonly missing: readonly ZtunnelRecordKind[]
  /** Kinds of which some record could not be read at all: what is not found may be there. */
  readonly unreadable: readonly ZtunnelRecordKind[]
  readonly workloads: readonly Workload[]
  readonly services: readonly Service[]
  readonly policies: readonly Authorization[]
  readonly stagedServices: readonly StagedService[]
  /** Up to 1.22 a dump prints the indexes: who answers for an address. `undefined` where it does not. */
  readonly owners?: AddressOwners | undefined
  readonly certificates: readonly CertificateEntry[]
  /** `undefined` where the era or mode has no `workloadState`: unknown, not "no pods". */
  readonly pods?: readonly PodState[] | undefined
  readonly config: ZtunnelConfig
  readonly build: Readonly<Record<string, string>>
  readonly issues: readonly DecodeIssue[]
  /** Top-level members that no reader knows. */
  readonly unread: Readonly<Record<string, unknown>>
}
