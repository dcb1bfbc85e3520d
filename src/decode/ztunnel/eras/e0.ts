import { asObject } from '#decode/json/at.ts'
import { e1 } from './e1.ts'
import type { EraShape } from './era.ts'

/** October and November 2022: the workload store itself, in snake case. There were no policies to print. */
export const e0: EraShape = {
  era: 'E0',
  minors: [17, 17],
  recognises: outline => {
    const workloads = outline.get('workloads')
    return workloads?.container === 'object' && asObject(workloads.first)?.workload_ip !== undefined
  },
  sections: { workload: ['workloads'], vip: ['vips'] },
  lost: outline => [...e1.lost(outline), 'trust domains', 'policies', 'certificates', 'configuration', 'version'],
}
