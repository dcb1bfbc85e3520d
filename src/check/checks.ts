import type { Check } from './check.ts'
import amb001 from './rules/amb001-network-policy-without-15008.ts'
import amb004 from './rules/amb004-waypoint-not-there.ts'
import amb008 from './rules/amb008-l7-in-ztunnel-policy.ts'
import amb013 from './rules/amb013-workload-unknown-to-ztunnel.ts'
import amb015 from './rules/amb015-no-healthy-endpoint.ts'
import amb016 from './rules/amb016-policy-not-attached.ts'
import amb018 from './rules/amb018-waypoint-refuses.ts'
import amb021 from './rules/amb021-no-certificate.ts'
import amb026 from './rules/amb026-no-network-gateway.ts'
import amb049 from './rules/amb049-dry-run.ts'
import amb051 from './rules/amb051-waypoint-unused.ts'
import amb052 from './rules/amb052-policy-not-in-dump.ts'

/** Every check, by code. */
export const checks: readonly Check[] = [
  amb001,
  amb004,
  amb008,
  amb013,
  amb015,
  amb016,
  amb018,
  amb021,
  amb026,
  amb049,
  amb051,
  amb052,
]
