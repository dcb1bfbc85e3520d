import type { ObjectRef } from './evidence.ts'
import type { Condition } from './kubernetes-labels.ts'

/** Why something has no waypoint. All but the last three are read from objects. */
export type WhyNoWaypoint =
  | { readonly code: 'not-labelled'; readonly searched: readonly ObjectRef[] }
  /** The object has no label; its namespace, which may have one, was not collected. */
  | { readonly code: 'namespace-unknown'; readonly searched: ObjectRef; readonly namespace: string }
  | { readonly code: 'opted-out'; readonly by: ObjectRef }
  | { readonly code: 'is-waypoint'; readonly gateway: string }
  | { readonly code: 'no-such-gateway'; readonly gateway: ObjectRef; readonly label: ObjectRef }
  | {
      readonly code: 'gateway-not-ready'
      readonly gateway: ObjectRef
      readonly label: ObjectRef
      readonly condition: Condition | undefined
    }
  | { readonly code: 'not-attached'; readonly gateway: ObjectRef; readonly label: ObjectRef; readonly from: string }
  | {
      readonly code: 'other-traffic'
      readonly gateway: ObjectRef
      readonly label: ObjectRef
      readonly waypointFor: string
    }
  | { readonly code: 'refused'; readonly condition: Condition; readonly on: ObjectRef }
  /** The objects ask for a waypoint that is there and ready: this ztunnel has not heard of it, or the objects are newer. */
  | { readonly code: 'not-arrived'; readonly gateway: ObjectRef; readonly label: ObjectRef }
  | { readonly code: 'gateway-unknown'; readonly gateway: ObjectRef; readonly label: ObjectRef }
  | { readonly code: 'no-object' }
  | { readonly code: 'no-objects' }
