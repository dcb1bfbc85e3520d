import type { InvariantName } from '../suite.ts'
import { divergenceFree } from './divergence.ts'
import { redirectVerified } from './redirect.ts'
import { noPlaintextInto, noWaypointBypass } from './requests.ts'
import type { Invariant } from './scope.ts'

export const invariants: Readonly<Record<InvariantName, Invariant>> = {
  'no-plaintext-into': noPlaintextInto,
  'no-waypoint-bypass': noWaypointBypass,
  'redirect-verified': redirectVerified,
  'divergence-free': divergenceFree,
}
