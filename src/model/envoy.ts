import type { JsonPointer, ObjectRef } from './evidence.ts'
import type { DecodeIssue } from './issue.ts'

/** A protobuf message in Envoy's own JSON form: snake_case names, defaults left out (specs/waypoint.md §4.3). */
export type EnvoyJson = Readonly<Record<string, unknown>>

export const envoyKinds = ['listener', 'cluster', 'route', 'endpoint', 'secret', 'ecds'] as const
export type EnvoyKind = (typeof envoyKinds)[number]

/** Only `static` and `active` resources serve traffic (specs/waypoint.md §4.2). */
export type EnvoyState = 'static' | 'active' | 'warming' | 'draining' | 'rejected'

/** An update that Envoy refused; the older active resource of the same name, if any, stays in force. */
export interface EnvoyRejection {
  readonly details: string
  readonly lastAttempt?: string
  readonly version?: string
  readonly failedConfiguration?: EnvoyJson
}

export interface EnvoyResource {
  readonly kind: EnvoyKind
  /** Empty where Envoy prints a rejection without a name (specs/waypoint-measured.md §2). */
  readonly name: string
  readonly state: EnvoyState
  /** The resource itself, whole; of a rejection the refused configuration. Private keys are never kept. */
  readonly config: EnvoyJson
  readonly version?: string
  readonly lastUpdated?: string
  readonly rejection?: EnvoyRejection
  readonly file: string
  readonly pointer: JsonPointer
}

export interface EnvoyVersion {
  /** `1.40.0` */
  readonly text: string
  readonly minor: number
  readonly from: 'user_agent_build_version' | 'server_info' | 'istio_version' | 'assumed'
}

export type EnvoyRole = 'waypoint' | 'east-west' | 'sidecar' | 'gateway' | 'unknown'

/** Whose Envoy it is, as its node tells. */
export interface EnvoySubject {
  readonly role: EnvoyRole
  readonly nodeId?: string
  readonly ip?: string
  readonly pod?: string
  readonly namespace?: string
  /** The Gateway that the proxy was made for. */
  readonly gateway?: ObjectRef
  readonly serviceAccount?: string
  readonly network?: string
  readonly clusterId?: string
  readonly istioVersion?: string
  readonly labels: Readonly<Record<string, string>>
}

/** Live health of one host from `/clusters?format=json`. */
export interface EnvoyHostHealth {
  /** `10.1.2.3:80`, `envoy://connect_originate/10.1.2.3:80` */
  readonly address: string
  readonly healthy: boolean
  readonly degraded: boolean
  /** Why it is out: `failed_active_health_check`, `failed_outlier_check`, … */
  readonly flags: readonly string[]
  readonly weight?: number
  readonly priority: number
  readonly edsHealth?: string
  readonly raw: EnvoyJson
}

/** What one Envoy admin port told, as far as it was collected. */
export interface EnvoyDump {
  readonly file: string
  /** `envoy`: an admin port wrote it; `proto-json`: the control plane did (istiod's view, no node, no live state). */
  readonly form: 'envoy' | 'proto-json'
  readonly subject: EnvoySubject
  readonly server: EnvoyVersion
  readonly bootstrap?: EnvoyJson
  readonly listeners: readonly EnvoyResource[]
  readonly clusters: readonly EnvoyResource[]
  readonly routes: readonly EnvoyResource[]
  /** One `ClusterLoadAssignment` each, by EDS name; `undefined` when the dump was taken without `include_eds`. */
  readonly endpoints?: readonly EnvoyResource[]
  readonly secrets: readonly EnvoyResource[]
  readonly ecds: readonly EnvoyResource[]
  /** By cluster name; `undefined` when `/clusters` was not collected. */
  readonly health?: ReadonlyMap<string, readonly EnvoyHostHealth[]>
  /** Bound listeners from `/listeners?format=json`. */
  readonly bound?: readonly string[]
  readonly serverInfo?: EnvoyJson
  /** A filtered dump (`resource=`, `mask=`, `name_regex=`): what is absent may still be configured. */
  readonly partial: boolean
  /** Sections that no reader knows, kept whole. */
  readonly other: readonly EnvoyJson[]
  /** Every element of `configs` as it came, known or not; only private keys are left out. */
  readonly sections: readonly EnvoyJson[]
  /** The answer of `/clusters` as it came. */
  readonly clusterStatuses?: EnvoyJson
  readonly issues: readonly DecodeIssue[]
}
