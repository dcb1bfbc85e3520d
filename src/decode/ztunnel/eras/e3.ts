import type { EraShape } from './era.ts'

/**
 * 1.22: maps by `network/ip`, so that what has no address is not printed; services also by hostname from 1.22.1.
 * Builds of May and June 2023, between releases, had `services_by_ip` beside such a map; they are not read.
 */
export const e3: EraShape = {
  era: 'E3',
  minors: [22, 22],
  recognises: outline => {
    const workloads = outline.get('workloads')
    if (workloads?.container !== 'object' || outline.has('services_by_ip')) return false
    return workloads.firstKey === undefined ? !outline.has('vips') : workloads.firstKey.includes('/')
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
