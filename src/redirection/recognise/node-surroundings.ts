import type { Evidence } from '#model/evidence.ts'
import type { Netns } from '#model/netfilter.ts'
import type { PolicyRule } from '#model/routing.ts'
import type { RedirectionFinding } from './finding.ts'

const absent = (netns: Netns, kinds: RegExp, lookedFor: string): readonly Evidence[] => {
  const file = netns.files.find(({ kind, family }) => kinds.test(kind) && family !== 6)?.file
  return file === undefined ? [] : [{ from: 'absence', file, lookedFor }]
}

interface WantedRule {
  readonly text: string
  readonly holds: (rule: PolicyRule) => boolean
}

const looksUp = (mark: number, mask: number, table: string): WantedRule => ({
  text: `fwmark 0x${mark.toString(16)}/0x${mask.toString(16)} lookup ${table}`,
  holds: rule =>
    rule.mark?.value === mark &&
    rule.mark.mask === mask &&
    rule.action.kind === 'lookup' &&
    rule.action.table === table,
})

const nodePolicy: readonly WantedRule[] = [
  {
    text: 'fwmark 0x200/0x200 goto 32766',
    holds: ({ mark, action }) => mark?.value === 0x200 && mark.mask === 0x200 && action.kind === 'goto',
  },
  looksUp(0x100, 0x100, '101'),
  looksUp(0x40, 0x40, '102'),
  {
    text: 'from all lookup 100',
    holds: ({ mark, from, action }) =>
      mark === undefined && from === undefined && action.kind === 'lookup' && action.table === '100',
  },
]

const missingPolicy = (netns: Netns, wanted: readonly WantedRule[]): readonly RedirectionFinding[] => {
  const rules = netns.policyRules[4]
  if (rules === undefined) return []
  return wanted
    .filter(({ holds }) => !rules.some(holds))
    .map(({ text }) => ({
      code: 'node-ip-rule-missing',
      ambient: 'AMB003',
      severity: 'broken',
      family: 4,
      about: text,
      evidence: absent(netns, /^ip-rule/, text),
    }))
}

const missingLinks = (netns: Netns, names: readonly string[]): readonly RedirectionFinding[] =>
  netns.links === undefined
    ? []
    : names
        .filter(name => !netns.links?.some(link => link.name === name))
        .map(name => ({
          code: 'tunnel-missing',
          ambient: 'AMB003',
          severity: 'broken',
          about: name,
          evidence: absent(netns, /^ip-(addr|link)/, name),
        }))

/** A pod of the set that table 100 does not send into the tunnel: what comes for it reaches it in clear text. */
const podsWithoutRoute = (netns: Netns): readonly RedirectionFinding[] => {
  const routes = netns.routes[4]
  const set = netns.ipsets?.find(({ name }) => /^(ztunnel|uproxy)-pods-ips$/.test(name))
  if (routes === undefined || set === undefined) return []
  const tunnelled = new Set(
    routes
      .filter(({ table, hops }) => table === '100' && hops.some(({ device }) => device === 'istioin'))
      .map(({ destination }) => destination.replace(/\/32$/, '')),
  )
  return set.members
    .map(({ element }) => element)
    .filter(address => !tunnelled.has(address))
    .map(address => ({
      code: 'pod-route-missing',
      ambient: 'AMB003',
      severity: 'broken',
      family: 4,
      about: address,
      evidence: absent(netns, /^ip-route/, `${address} dev istioin table 100`),
    }))
}

const missingRoute = (netns: Netns, table: string, device: string): readonly RedirectionFinding[] => {
  const routes = netns.routes[4]
  const text = `default dev ${device} table ${table}`
  if (
    routes === undefined ||
    routes.some(
      route =>
        route.table === table && route.destination === 'default' && route.hops.some(hop => hop.device === device),
    )
  )
    return []
  return [
    {
      code: 'node-route-missing',
      ambient: 'AMB003',
      severity: 'broken',
      family: 4,
      about: text,
      evidence: absent(netns, /^ip-route/, text),
    },
  ]
}

/** Answers come back by another device than the routes say: a reverse path filter drops them (specs/redirection.md §6.5). */
const reversePath = (netns: Netns): readonly RedirectionFinding[] =>
  [...netns.sysctls]
    .filter(
      ([name, value]) =>
        /^net\.ipv4\.conf\.(all|istioin|istioout|pistioin|pistioout)\.rp_filter$/.test(name) && value !== '0',
    )
    .map(([name, value]) => ({
      code: 'reverse-path-filter',
      severity: 'broken',
      family: 4,
      about: `${name} = ${value}`,
      evidence: netns.files
        .filter(({ kind }) => kind === 'sysctl')
        .map(({ file }) => ({ from: 'absence' as const, file, lookedFor: `${name} = 0` })),
    }))

/** Links, policy rules and routes that the node's marks need (specs/redirection.md §3.2). */
export const nodeSurroundings = (netns: Netns): readonly RedirectionFinding[] => [
  ...missingPolicy(netns, nodePolicy),
  ...missingLinks(netns, ['istioin', 'istioout']),
  ...missingRoute(netns, '101', 'istioout'),
  ...podsWithoutRoute(netns),
  ...reversePath(netns),
]

/** The same in ztunnel's namespace (specs/redirection.md §3.3). */
export const ztunnelSurroundings = (netns: Netns): readonly RedirectionFinding[] => [
  ...missingPolicy(netns, [looksUp(0x400, 0xfff, '100'), looksUp(0x4d3, 0xfff, '100')]),
  ...missingLinks(netns, ['pistioin', 'pistioout']),
  ...missingRoute(netns, '100', 'lo'),
  ...reversePath(netns),
]

/** ztunnel's namespace where programs do the rest (specs/redirection.md §4.3). */
export const ztunnelProgramSurroundings = (netns: Netns): readonly RedirectionFinding[] => [
  ...missingPolicy(netns, [looksUp(0x400, 0xfff, '100')]),
  ...missingRoute(netns, '100', 'lo'),
]
