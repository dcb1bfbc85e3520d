import { check } from './check.ts'
import { mesh } from './mesh.ts'
import { redirectionPackets } from './redirection.ts'
import type { Suite } from './suite.ts'
import { envoyFuzzSuite, waypointErasSuite, waypointSuite } from './waypoint/suites.ts'
import { waypointDecode } from './waypoint-decode.ts'
import { ztunnelDecode } from './ztunnel-decode.ts'
import { ztunnelEras } from './ztunnel-eras.ts'
import { ztunnelFuzz } from './ztunnel-fuzz.ts'
import { ztunnelLogs } from './ztunnel-logs.ts'

/** Every kind of recording that `npm run fidelity` can replay. */
export const suites: readonly Suite[] = [
  ztunnelDecode,
  ztunnelEras,
  ztunnelFuzz,
  ztunnelLogs,
  waypointDecode,
  waypointSuite,
  envoyFuzzSuite,
  waypointErasSuite,
  mesh,
  check,
  redirectionPackets,
]
