import type { EraShape } from './era.ts'

/** 1.22: maps by `network/ip`, so that what has no address is not printed; services also by hostname from 1.22.1. */
export const e3: EraShape = {
  era: 'E3',
  minors: [22, 22],
  recognises: outline => {
    const workloads = outline.get('workloads')
    return workloads?.container === 'object' && (workloads.firstKey === undefined || workloads.firstKey.includes('/'))
  },
  sections: {
    workload: ['workloads'],
    service: ['servicesByHostname', 'services'],
    policy: ['policies'],
    certificate: ['certificates'],
    pod: ['workloadState'],
    staged: ['stagedServices'],
  },
  owners: { addresses: 'workloads', vips: 'services' },
  lost: outline => [
    'workloads without an address',
    'the services of a workload',
    ...(outline.has('servicesByHostname') ? [] : ['headless services']),
  ],
}
