import type { EnvoyDump } from '#model/envoy.ts'
import { policyRows } from './policies.ts'
import { serves } from './resource.ts'
import { type CertificateFacts, secretRows } from './secrets.ts'
import { knowsEndpoints, type ServiceRow, serviceRows, tunnelFilters } from './services.ts'

/** One proxy on one screen. */
export interface WaypointOverview {
  readonly certificate: CertificateFacts | undefined
  readonly listeners: number
  readonly clusters: number
  readonly policies: number
  readonly tunnelFilters: readonly string[]
  readonly services: readonly ServiceRow[]
  /** False where no list of endpoints was collected. */
  readonly knowsEndpoints: boolean
  /** What is absent may be configured all the same. */
  readonly partial: boolean
}

export const waypointOverview = (dump: EnvoyDump): WaypointOverview => ({
  certificate: secretRows(dump).find(
    ({ certificate, state }) => certificate?.type === 'Cert Chain' && serves({ state }),
  )?.certificate,
  listeners: dump.listeners.filter(serves).length,
  clusters: dump.clusters.filter(serves).length,
  policies: new Set(
    policyRows(dump).map(({ object, policy }) => (object === undefined ? policy : JSON.stringify(object))),
  ).size,
  tunnelFilters: tunnelFilters(dump),
  services: serviceRows(dump),
  knowsEndpoints: knowsEndpoints(dump),
  partial: dump.partial,
})
