import type { Netns } from '#model/netfilter.ts'
import type { RedirectionFinding } from './finding.ts'
import { compareNodeRules, compareZtunnelRules, nodeReleases } from './node-generation.ts'
import { nodeSurroundings, ztunnelProgramSurroundings, ztunnelSurroundings } from './node-surroundings.ts'
import type { ProgrammedRule } from './programmed.ts'
import { nodePrograms } from './programs.ts'
import type { ProbeSet, Recognition, RedirectionKind } from './recognition.ts'

/** What is missing, left over or foreign on a node, or in the namespace of a ztunnel that a node redirects to. */
export const nodeFindings = (
  kind: RedirectionKind,
  netns: Netns,
  rules: readonly ProgrammedRule[],
): readonly RedirectionFinding[] => {
  switch (kind) {
    case 'node-iptables':
      return [...compareNodeRules(rules), ...nodeSurroundings(netns)]
    case 'ztunnel-iptables':
      return [...compareZtunnelRules(rules), ...ztunnelSurroundings(netns)]
    case 'node-ebpf':
      return nodePrograms(netns)
    case 'ztunnel-ebpf':
      return ztunnelProgramSurroundings(netns)
    case 'node-probes':
      return lateJump(rules)
    default:
      return []
  }
}

/** Who masquerades first decides what a node's call by Service looks like to the pod (specs/redirection.md §1.7). */
const lateJump = (rules: readonly ProgrammedRule[]): readonly RedirectionFinding[] =>
  ([4, 6] as const).flatMap(family => {
    const chain = rules.filter(
      ({ table, chain, backEnd, families }) =>
        table === 'nat' && chain === 'POSTROUTING' && backEnd !== 'nft' && families.includes(family),
    )
    const jump = chain.find(({ role }) => role === 'enter-postrouting')
    const before = chain.find(({ owner, number }) => owner === 'kubernetes' && number < (jump?.number ?? 0))
    if (jump === undefined || before === undefined) return []
    return [
      {
        code: 'probe-jump-late',
        severity: 'note',
        family,
        role: 'enter-postrouting',
        about: `nat POSTROUTING #${jump.number}`,
        evidence: [before.evidence, jump.evidence],
      },
    ]
  })

/** Minor releases of istio-cni that program such a node. */
export const nodeReleasesOf = (
  kind: RedirectionKind,
  rules: readonly ProgrammedRule[],
  sets: readonly ProbeSet[],
): Recognition['releases'] => {
  switch (kind) {
    case 'node-iptables':
      return nodeReleases(rules)
    case 'node-ebpf':
    case 'ztunnel-ebpf':
    case 'ztunnel-iptables':
      return { oldest: 18, newest: 20 }
    case 'node-probes':
      if (rules.some(({ role, backEnd }) => role === 'probe-source' && backEnd === 'nft')) return { oldest: 28 }
      return sets.some(({ name }) => name === 'istio-inpod-probes') ? { oldest: 21, newest: 22 } : { oldest: 23 }
    default:
      return undefined
  }
}
