import { assertions } from './assertions.ts'
import type { Bench } from './bench.ts'
import { decoding } from './decoding.ts'
import { headToHead } from './istioctl.ts'
import { live } from './live.ts'
import { redirectionRules } from './redirection.ts'
import { saved } from './saved.ts'
import { startup } from './startup.ts'
import { tables, tablesMemory } from './tables.ts'
import { traces } from './trace.ts'
import { waypoints } from './waypoint.ts'
import { ztunnelDecisions } from './ztunnel.ts'

/** Everything that `npm run bench` measures. */
export const benches: readonly Bench[] = [
  startup,
  redirectionRules,
  traces,
  assertions,
  ztunnelDecisions,
  decoding,
  waypoints,
  tables,
  tablesMemory,
  headToHead,
  live,
  saved,
]
