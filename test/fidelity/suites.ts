import type { Suite } from './suite.ts'

/** Every kind of recording that `npm run fidelity` can replay. */
export const suites: readonly Suite[] = []
