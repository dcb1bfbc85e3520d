import type { EraShape } from './era.ts'

/** 1.23 and later: lists. */
export const e4: EraShape = {
  era: 'E4',
  minors: [23, Number.POSITIVE_INFINITY],
  recognises: outline => outline.get('workloads')?.container === 'array',
  sections: {
    workload: ['workloads'],
    service: ['services'],
    policy: ['policies'],
    certificate: ['certificates'],
    pod: ['workloadState'],
    staged: ['stagedServices'],
  },
  lost: () => [],
}
