import type { Evidence } from '#model/evidence.ts'
import type { IpFamily, Netns } from '#model/netfilter.ts'
import type { AmbientRules, Features } from './features.ts'
import type { RedirectionFinding } from './finding.ts'
import type { ProgrammedRule } from './programmed.ts'

const fileOf = (netns: Netns, kinds: RegExp): string | undefined =>
  netns.files.find(({ kind }) => kinds.test(kind))?.file

const absence = (file: string | undefined, lookedFor: string): readonly Evidence[] =>
  file === undefined ? [] : [{ from: 'absence', file, lookedFor }]

/** Rule 32764 and table 100, which bring the application's answers back to ztunnel (specs/redirection.md §1.2). */
export const policyRouting = (netns: Netns, { family }: AmbientRules): readonly RedirectionFinding[] => {
  const rules = netns.policyRules[family]
  const routes = netns.routes[family]
  const marked = rules?.find(
    ({ mark, action }) => mark?.value === 0x111 && mark.mask === 0xfff && action.kind === 'lookup',
  )
  const table = marked?.action.kind === 'lookup' ? marked.action.table : '100'
  const local = routes?.some(
    route =>
      route.table === table &&
      route.type === 'local' &&
      isDefault(route.destination) &&
      route.hops.some(({ device }) => device === 'lo'),
  )
  const lost = { ambient: 'AMB003', severity: 'broken', family } as const
  return [
    ...(rules !== undefined && marked === undefined
      ? [
          {
            code: 'ip-rule-missing',
            ...lost,
            about: 'fwmark 0x111/0xfff lookup 100',
            evidence: absence(fileOf(netns, /^ip-rule/), 'fwmark 0x111/0xfff'),
          } as const,
        ]
      : []),
    ...(local === false && !(family === 6 && ipv6Off(netns))
      ? [
          {
            code: 'local-route-missing',
            ...lost,
            about: `local default dev lo table ${table}`,
            evidence: absence(fileOf(netns, /^ip-route/), `local default in table ${table}`),
          } as const,
        ]
      : []),
  ]
}

const isDefault = (destination: string): boolean =>
  destination === 'default' || /^(0\.0\.0\.0|::)\/0$/.test(destination)

/** From 1.22.2 on the IPv6 route is left out where lo has no IPv6. */
const ipv6Off = ({ sysctls }: Netns): boolean => sysctls.get('net.ipv6.conf.lo.disable_ipv6') === '1'

const guarded = ['INPUT', 'FORWARD', 'OUTPUT']
const guards = ['-p tcp -j DROP', '-p udp -j DROP']

/** Six DROP rules keep traffic out while rules are replaced; left behind, the agent died (specs/redirection.md §1.8). */
export const guardrails = (rules: readonly ProgrammedRule[]): readonly RedirectionFinding[] =>
  ([4, 6] as const).flatMap(family => {
    const found = rules.filter(
      rule =>
        rule.table === 'filter' &&
        rule.families.includes(family) &&
        guarded.includes(rule.chain) &&
        guards.includes(rule.text),
    )
    const complete = guarded.every(chain =>
      guards.every(text => found.some(rule => rule.chain === chain && rule.text === text)),
    )
    if (!complete) return []
    return [
      {
        code: 'interrupted-reconcile',
        severity: 'broken',
        family,
        about: 'filter INPUT, FORWARD, OUTPUT',
        evidence: found.map(({ evidence }) => evidence),
      },
    ]
  })

/** Chains of a sidecar: they act only where something jumps to them. */
export const sidecarChains = (rules: readonly ProgrammedRule[]): readonly RedirectionFinding[] => {
  const sidecar = rules.filter(({ owner }) => owner === 'sidecar')
  const [first] = sidecar
  if (first === undefined) return []
  const entrance = sidecar.find(({ chain }) => /^(PREROUTING|INPUT|OUTPUT)$/.test(chain) || chain === 'ISTIO_PRERT')
  const about = [...new Set(sidecar.map(({ chain }) => chain))].join(', ')
  return [
    entrance === undefined
      ? { code: 'sidecar-chains-unreferenced', severity: 'note', about, evidence: [first.evidence] }
      : { code: 'sidecar-chains-active', ambient: 'AMB019', severity: 'broken', about, evidence: [entrance.evidence] },
  ]
}

/** Rules of a second back end: the kernel runs both. */
export const otherBackEnds = (main: AmbientRules, rules: readonly ProgrammedRule[]): readonly RedirectionFinding[] => {
  const others = rules.filter(({ owner, backEnd }) => owner === 'ambient' && backEnd !== main.backEnd)
  const backEnds = [...new Set(others.map(({ backEnd }) => backEnd))]
  return backEnds.map(backEnd => {
    const theirs = others.filter(rule => rule.backEnd === backEnd)
    const complete = theirs.some(({ role }) => role === 'outbound-capture')
    return {
      code: complete ? 'two-back-ends' : 'leftover-tables',
      ambient: 'AMB042',
      severity: complete ? 'note' : 'broken',
      about: `${main.backEnd}, ${backEnd}`,
      evidence: theirs.map(({ evidence }) => evidence),
    }
  })
}

/** The pod has an IPv6 address that the rules do not know. */
export const uncoveredIpv6 = (netns: Netns, sets: readonly AmbientRules[]): readonly RedirectionFinding[] => {
  if (!sets.some(({ family }) => family === 4) || sets.some(({ family }) => family === 6)) return []
  const told =
    netns.rulesets.find(({ family }) => family === 6) ?? netns.rulesets.find(({ backEnd }) => backEnd === 'nft')
  if (told === undefined) return []
  const addresses = podAddresses(netns, 6)
  if (addresses.length === 0) return []
  return [
    {
      code: 'ipv6-uncovered',
      ambient: 'AMB037',
      severity: 'risk',
      family: 6,
      about: addresses.join(', '),
      evidence: absence(told.file, 'rules of Istio for IPv6'),
    },
  ]
}

/** Addresses that others reach the pod by. */
export const podAddresses = ({ links }: Netns, family: IpFamily): readonly string[] =>
  (links ?? [])
    .filter(({ flags }) => !flags.includes('LOOPBACK'))
    .flatMap(({ addresses }) => addresses)
    .filter(({ ip, scope }) => scope === 'global' && ip.includes(':') === (family === 6))
    .map(({ ip }) => ip)

/** ztunnel's ports without a listener: `pending`, or ztunnel is down (specs/redirection.md §5.4). */
export const silentPorts = ({ listeners, files }: Netns, features: Features): readonly RedirectionFinding[] => {
  const tcp = listeners?.filter(({ protocol }) => protocol === 'tcp')
  if (tcp === undefined || listeners === undefined) return []
  const wanted = [15001, 15006, 15008, ...(features.dns === 'off' ? [] : [15053])]
  const silent = wanted.filter(port => !tcp.some(listener => listener.port === port))
  const [file] = files.filter(({ kind }) => kind === 'ss')
  if (silent.length === 0 || file === undefined) return []
  const ports = silent.join(', ')
  return [
    {
      code: 'nobody-listens',
      ambient: 'AMB003',
      severity: 'broken',
      about: ports,
      evidence: absence(file.file, `listeners on ${ports}`),
    },
  ]
}

/**
 * No table of the recorded back end was ever made, and the other one was not recorded: istio-cni may use it
 * (specs/redirection.md §1.8).
 */
export const otherBackEndUnknown = ({ iptables, nft, rulesets }: Netns): boolean =>
  rulesets.length > 0 &&
  iptables.length + nft.length === 0 &&
  !['iptables-nft', 'iptables-legacy'].every(name => rulesets.some(({ backEnd }) => backEnd === name))

/** iptables-nft-save saw legacy rules that nobody collected. */
export const unrecordedBackEnd = ({ rulesets }: Netns): readonly RedirectionFinding[] =>
  rulesets
    .filter(
      ({ warnsOfLegacy, family }) =>
        warnsOfLegacy === true &&
        !rulesets.some(other => other.backEnd === 'iptables-legacy' && other.family === family),
    )
    .map(({ family, file }) => ({
      code: 'back-end-not-recorded',
      severity: 'risk',
      ...(family === 'both' ? {} : { family }),
      about: family === 6 ? 'ip6tables-legacy-save' : 'iptables-legacy-save',
      evidence: [{ from: 'rule', file, line: 1, text: 'iptables-legacy tables present' }],
    }))
