import type { Check } from './check.ts'
import amb008 from './rules/amb008-l7-in-ztunnel-policy.ts'

/** Every check, by code. */
export const checks: readonly Check[] = [amb008]
