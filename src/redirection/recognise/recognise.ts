import type { Netns } from '#model/netfilter.ts'
import { showIp } from '../ip.ts'
import { preparePrograms } from '../prepare/programs.ts'
import { compareRules } from './compare.ts'
import { ambientRules, featuresOf, releasesOf } from './features.ts'
import type { RedirectionFinding } from './finding.ts'
import { nodeFindings, nodeReleasesOf } from './node.ts'
import { type ProgrammedRule, programmedRules } from './programmed.ts'
import type { ProbeSet, Recognition, RedirectionKind } from './recognition.ts'
import {
  guardrails,
  otherBackEnds,
  policyRouting,
  sidecarChains,
  silentPorts,
  uncoveredIpv6,
  unrecordedBackEnd,
} from './surroundings.ts'

/** What the rules of a network namespace are, and what istio-cni would have programmed otherwise. */
export const recognise = (netns: Netns): Recognition => {
  const rules = programmedRules(netns)
  const sets = ambientRules(rules)
  const [main] = sets
  const general = {
    families: ([4, 6] as const).filter(family => sets.some(set => set.family === family)),
    probeSets: probeSets(netns, rules),
    rules,
  }
  const always = [...guardrails(rules), ...unrecordedBackEnd(netns)]
  if (main === undefined) {
    const backEnds = [
      ...new Set(rules.filter(({ owner }) => owner.startsWith('ambient')).map(({ backEnd }) => backEnd)),
    ]
    const kind = kindWithoutPodRules(netns, rules)
    const releases = nodeReleasesOf(kind, rules, general.probeSets)
    return {
      kind,
      backEnds,
      ...general,
      ...(releases === undefined ? {} : { releases }),
      findings: [...nodeFindings(kind, netns, rules), ...always],
    }
  }
  const own = sets.filter(({ backEnd }) => backEnd === main.backEnd)
  const features = {
    ...featuresOf(main),
    probeAddresses: [...new Set(own.flatMap(set => featuresOf(set).probeAddresses))],
  }
  return {
    kind: main.backEnd === 'nft' ? 'pod-nft' : 'pod-iptables',
    backEnds: [...new Set(sets.map(({ backEnd }) => backEnd))],
    ...general,
    features,
    releases: releasesOf(features, main.backEnd, main.rules),
    findings: [
      ...own.flatMap(set => compareRules(set, features)).filter(finding => !elsewhere(finding, main.backEnd, rules)),
      ...own.flatMap(set => policyRouting(netns, set)),
      ...otherBackEnds(main, rules),
      ...uncoveredIpv6(netns, sets),
      ...silentPorts(netns, features),
      ...sidecarChains(rules),
      ...always,
    ],
  }
}

/** A table that is empty in one back end is not flushed where another one holds its rules: both apply. */
const elsewhere = (
  { code, about, family }: RedirectionFinding,
  backEnd: ProgrammedRule['backEnd'],
  rules: readonly ProgrammedRule[],
): boolean =>
  code === 'table-flushed' &&
  rules.some(
    rule =>
      rule.owner === 'ambient' &&
      rule.backEnd !== backEnd &&
      rule.table === about &&
      family !== undefined &&
      rule.families.includes(family),
  )

const kindWithoutPodRules = (netns: Netns, rules: readonly ProgrammedRule[]): RedirectionKind => {
  const programs = [...(netns.bpf.attachments ?? []), ...netns.bpf.filters].map(({ program }) => program ?? '')
  if (rules.some(({ role }) => role === 'ztunnel-inbound' || role === 'ztunnel-outbound')) return 'ztunnel-iptables'
  if (rules.some(({ owner }) => owner === 'ambient-node')) return 'node-iptables'
  if (programs.some(name => /^(app_outbound|app_inbound|ztunnel_host_in)/.test(name))) return 'node-ebpf'
  if (programs.some(name => /^ztunnel_(tproxy|ingress)/.test(name))) return 'ztunnel-ebpf'
  if (rules.some(({ role }) => role === 'probe-source' || role === 'enter-postrouting')) return 'node-probes'
  if (rules.some(({ owner }) => owner === 'sidecar')) return 'sidecar'
  return netns.rulesets.some(({ source }) => source === 'kernel') ? 'none' : 'not-recorded'
}

const probeSets = (netns: Netns, rules: readonly ProgrammedRule[]): readonly ProbeSet[] => {
  const sourceFor = (name: string) =>
    rules.find(
      ({ role, text }) =>
        role === 'probe-source' && (text.includes(`--match-set ${name} `) || text.includes(`@${name} `)),
    )?.names
  const named = /^(istio-inpod-probes(-v[46])?|(ztunnel|uproxy)-pods-ips)$/
  const ipsets = (netns.ipsets ?? []).flatMap(({ name, family, members }) =>
    named.test(name) ? [{ name, family, source: sourceFor(name), members: members.map(({ element }) => element) }] : [],
  )
  const nftSets = netns.nft.flatMap(({ sets }) =>
    sets.flatMap(({ name, type, elements }) =>
      named.test(name)
        ? [
            {
              name,
              family: type[0] === 'ipv6_addr' ? (6 as const) : (4 as const),
              source: sourceFor(name),
              members: elements.map(elementText),
            },
          ]
        : [],
    ),
  )
  const apps = [...(preparePrograms(netns).maps?.apps.keys() ?? [])].map(showIp)
  return [
    ...ipsets,
    ...nftSets,
    ...(apps.length === 0 ? [] : [{ name: 'app_info', family: 4 as const, source: undefined, members: apps }]),
  ]
}

const elementText = (element: unknown): string => {
  if (typeof element === 'string') return element
  const val = (element as { readonly elem?: { readonly val?: unknown } } | null)?.elem?.val
  return typeof val === 'string' ? val : JSON.stringify(element)
}
