import type { EraShape } from './era.ts'

/** December 2022 to 1.18: workloads by address, services only as `vips`. */
export const e1: EraShape = {
  era: 'E1',
  minors: [18, 18],
  recognises: outline => outline.get('workloads')?.container === 'object' && outline.has('vips'),
  sections: { workload: ['workloads'], policy: ['policies'], certificate: ['certificates'], vip: ['vips'] },
  lost: () => [
    'uids of workloads',
    'names of services',
    'networks',
    'pods and connections',
    'the services of a workload',
  ],
}
