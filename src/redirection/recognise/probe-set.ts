import type { Netns } from '#model/netfilter.ts'
import type { RedirectionFinding } from './finding.ts'
import type { Recognition } from './recognition.ts'
import { podAddresses } from './surroundings.ts'

/** A pod whose probes its node does not exempt: they arrive at 15006 (specs/redirection.md §5.4). */
export const missingFromProbeSet = (
  pod: Netns,
  recognised: Recognition,
  node: Recognition,
  nodeFile: string,
): readonly RedirectionFinding[] => {
  if (recognised.features === undefined || recognised.features.bypassInbound) return []
  return recognised.families.flatMap(family => {
    const sets = node.probeSets.filter(set => set.family === family && set.source !== undefined)
    if (sets.length === 0) return []
    const names = sets.map(({ name }) => name).join(', ')
    return podAddresses(pod, family)
      .filter(address => !sets.some(({ members }) => members.includes(address)))
      .map(address => ({
        code: 'not-in-probe-set' as const,
        ambient: 'AMB028' as const,
        severity: 'risk' as const,
        family,
        about: address,
        evidence: [{ from: 'absence' as const, file: nodeFile, lookedFor: `${address} in ${names}` }],
      }))
  })
}
