import type { EraShape } from './era.ts'

/** 1.19–1.21: the indexes of ztunnel's stores, side by side, in snake case. */
export const e2: EraShape = {
  era: 'E2',
  minors: [19, 21],
  recognises: outline => outline.has('by_uid') || outline.has('by_addr'),
  sections: {
    workload: ['by_uid', 'by_addr'],
    service: ['by_host', 'by_vip'],
    policy: ['by_key'],
    certificate: ['certificates'],
    staged: ['staged_services'],
  },
  owners: { addresses: 'by_addr', vips: 'by_vip' },
  lost: outline => [
    'pods and connections',
    'the services of a workload',
    ...(outline.has('by_uid') ? [] : ['workloads without an address']),
    ...(outline.has('by_host') ? [] : ['headless services']),
  ],
}
