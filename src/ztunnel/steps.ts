import type { GatewayAddress, Service, Workload } from '#model/ztunnel.ts'

/** What one stage of a decision looked at and chose. `rule` is the section of specs/ztunnel.md that it follows. */
export type ZtunnelStep = { readonly rule: string } & (
  | { readonly kind: 'self-call'; readonly ip: string; readonly port: number; readonly refused: boolean }
  | { readonly kind: 'source'; readonly workload: Workload; readonly rivals: readonly Workload[] }
  | {
      readonly kind: 'address'
      readonly network: string
      readonly ip: string
      readonly found: Found | undefined
      readonly rivals: readonly (Workload | Service)[]
    }
  | {
      readonly kind: 'waypoint-reference'
      readonly of: Service | Workload
      readonly reference: GatewayAddress
      /** Members of `weightedWaypoints` that were not drawn. */
      readonly rivals: readonly GatewayAddress[]
    }
  | {
      readonly kind: 'waypoint-skipped'
      readonly of: Workload
      readonly why: 'service-addressed' | 'source-is-the-waypoint'
    }
  | {
      readonly kind: 'endpoint'
      readonly service: Service
      readonly port: number
      readonly chosen: Workload | undefined
      readonly candidates: readonly Workload[]
      readonly lost: readonly LostEndpoint[]
      readonly why?: 'port-not-in-service' | 'no-candidate'
    }
  | {
      readonly kind: 'target-port'
      readonly service: Service
      readonly workload: Workload
      readonly port: number | undefined
      readonly from: 'endpoint' | 'service' | 'application-tunnel' | 'nowhere'
    }
  | {
      readonly kind: 'ip'
      readonly workload: Workload
      readonly ip: string | undefined
      readonly by: 'dialled' | 'family' | 'first' | 'random' | 'dns' | 'nothing'
    }
  | { readonly kind: 'network-gateway'; readonly of: Workload; readonly reference: GatewayAddress | undefined }
  | { readonly kind: 'hop'; readonly protocol: string; readonly nextHop: string; readonly authority?: string }
)

export type Found =
  | { readonly kind: 'workload'; readonly workload: Workload }
  | { readonly kind: 'service'; readonly service: Service; readonly by: 'vip' | 'cidr' | 'name' }

export interface LostEndpoint {
  readonly workloadUid: string
  readonly why:
    | 'unknown-workload'
    | 'unreachable'
    | 'no-such-port'
    | 'not-all-preferences'
    | 'lower-rank'
    | 'no-capacity'
}

type ZtunnelRecord = Workload | Service

/** The records of the dump that a step stands on. */
export const recordsOf = (step: ZtunnelStep): readonly ZtunnelRecord[] => {
  switch (step.kind) {
    case 'self-call':
    case 'hop':
      return []
    case 'source':
    case 'ip':
      return [step.workload]
    case 'address':
      return step.found === undefined ? [] : [step.found.kind === 'workload' ? step.found.workload : step.found.service]
    case 'waypoint-reference':
    case 'waypoint-skipped':
    case 'network-gateway':
      return [step.of]
    case 'endpoint':
      return step.chosen === undefined ? [step.service] : [step.service, step.chosen]
    case 'target-port':
      return [step.service, step.workload]
  }
}
