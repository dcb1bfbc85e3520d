import type { IpFamily } from '#model/netfilter.ts'
import type { ProgrammedRule } from './programmed.ts'
import type { RuleRole } from './roles.ts'

/** The rules of one back end for one family: what istio-cni programs at once. */
export interface AmbientRules {
  readonly backEnd: ProgrammedRule['backEnd']
  readonly family: IpFamily
  readonly rules: readonly ProgrammedRule[]
}

export interface Features {
  /** How traffic gets to ztunnel's inbound ports. */
  readonly mode: 'redirect' | 'tproxy'
  readonly dns: 'off' | 'on' | 'udp-unguarded'
  /** `ambient.istio.io/bypass-inbound-capture`: plaintext comes straight to the application. */
  readonly bypassInbound: boolean
  readonly virtualInterfaces: readonly string[]
  readonly probeAddresses: readonly string[]
}

const podRoles: ReadonlySet<RuleRole> = new Set<RuleRole>([
  'mark-ztunnel-connection',
  'restore-mark',
  'inbound-capture',
  'outbound-capture',
  'tproxy-inbound',
  'tproxy-hbone',
  'probe-in',
  'probe-out',
  'reply-accept',
  'own-address-accept',
])

/** Ambient rules of a pod, by back end and family; the fullest first. */
export const ambientRules = (rules: readonly ProgrammedRule[]): readonly AmbientRules[] => {
  const ambient = rules.filter(rule => rule.owner === 'ambient')
  const backEnds = [...new Set(ambient.map(rule => rule.backEnd))]
  return backEnds
    .flatMap(backEnd =>
      ([4, 6] as const).map(family => ({
        backEnd,
        family,
        rules: ambient.filter(rule => rule.backEnd === backEnd && rule.families.includes(family)),
      })),
    )
    .filter(set =>
      set.rules.some(
        ({ role, families }) =>
          role !== undefined && podRoles.has(role) && (families.length === 1 || onlyBoth(set.rules)),
      ),
    )
    .toSorted((left, right) => right.rules.length - left.rules.length)
}

/** Rules of nft without an address are there for either family; alone they cover none. */
const onlyBoth = (rules: readonly ProgrammedRule[]): boolean =>
  rules.some(({ families, role }) => families.length === 1 && role !== undefined)

export const featuresOf = ({ rules }: AmbientRules): Features => {
  const roles = new Set(rules.map(({ role }) => role))
  const mode = [...roles].some(role => role?.startsWith('tproxy-')) ? 'tproxy' : 'redirect'
  const guarded = (['dns-udp-capture', 'dns-tcp-capture', 'dns-zone-query', 'dns-zone-answer'] as const).some(role =>
    roles.has(role),
  )
  return {
    mode,
    dns: guarded ? 'on' : roles.has('dns-udp-capture-unguarded') ? 'udp-unguarded' : 'off',
    bypassInbound:
      mode === 'redirect' && roles.has('outbound-capture') && !roles.has('probe-in') && !roles.has('inbound-capture'),
    virtualInterfaces: namesOf(rules, 'virtual-interface-capture'),
    probeAddresses: [
      ...new Set([...namesOf(rules, 'probe-in'), ...namesOf(rules, 'probe-out'), ...namesOf(rules, 'tproxy-probe')]),
    ],
  }
}

const namesOf = (rules: readonly ProgrammedRule[], role: RuleRole): readonly string[] => [
  ...new Set(rules.flatMap(rule => (rule.role === role && rule.names !== undefined ? [rule.names] : []))),
]

/** The releases that program such rules (specs/redirection.md §1.9), oldest and newest minor; none for "and later". */
export const releasesOf = (
  features: Features,
  backEnd: ProgrammedRule['backEnd'],
  rules: readonly ProgrammedRule[],
): {
  readonly oldest: number
  readonly newest?: number
} => {
  const marks = rules.some(({ role }) => role === 'mark-ztunnel-connection')
  if (features.mode === 'tproxy' && features.dns === 'on') return { oldest: 24, newest: 24 }
  if (features.mode === 'tproxy') return { oldest: 21, newest: features.dns === 'off' ? 24 : 23 }
  if (features.bypassInbound) return marks ? { oldest: 29 } : { oldest: backEnd === 'nft' ? 28 : 24, newest: 28 }
  if (backEnd === 'nft') return { oldest: 28 }
  if (features.virtualInterfaces.length > 0) return { oldest: 25 }
  if (features.dns === 'udp-unguarded') return { oldest: 23, newest: 23 }
  return { oldest: features.dns === 'on' ? 24 : 23 }
}
