import { type NodeRole, nodeRoleOf } from './node-roles.ts'

export type RuleRole = PodRole | NodeRole

/**
 * What each rule of the in-pod generations is for. The numbers are those of specs/redirection.md §1.3, with the TPROXY
 * list of §1.4.
 */
export type PodRole =
  | 'enter-prerouting'
  | 'enter-output'
  | 'enter-postrouting'
  | 'dns-zone-query'
  | 'dns-zone-answer'
  | 'mark-ztunnel-connection'
  | 'restore-mark'
  | 'virtual-interface-capture'
  | 'virtual-interface-return'
  | 'probe-in'
  | 'inbound-capture'
  | 'probe-out'
  | 'dns-udp-capture'
  | 'dns-udp-capture-unguarded'
  | 'dns-tcp-capture'
  | 'reply-accept'
  | 'own-address-accept'
  | 'outbound-capture'
  | 'tproxy-probe'
  | 'tproxy-own-address'
  | 'tproxy-hbone'
  | 'tproxy-established'
  | 'tproxy-inbound'
  | 'probe-source'

interface RoleShape {
  readonly role: PodRole
  readonly table: 'raw' | 'mangle' | 'nat'
  readonly chain: RegExp
  /** Groups: the address or interface that the installation chose. */
  readonly iptables: RegExp
  readonly nft?: RegExp
}

const prerouting = /^(ISTIO_PRERT|istio-prerouting)$/
const output = /^(ISTIO_OUTPUT|istio-output)$/
const loop = String.raw`(?:127\.0\.0\.1\/32|::1\/128)`
const nftLoop = String.raw`(?:ip daddr != 127\.0\.0\.1|ip6 daddr != ::1)`
const own = String.raw`-m mark ! --mark 0x539\/0xfff`
const nftOwn = 'meta mark & 0xfff != 1337'

const shape = (iptables: string): RegExp => new RegExp(`^${iptables}$`)

/** In the order of the rules within each chain. */
const roleShapes: readonly RoleShape[] = [
  {
    role: 'dns-zone-query',
    table: 'raw',
    chain: output,
    iptables: shape(String.raw`-p udp -m mark --mark 0x539\/0xfff -m udp --dport 53 -j CT --zone 1`),
    nft: shape('udp dport 53 meta mark & 0xfff 1337 ct zone set 1'),
  },
  {
    role: 'dns-zone-answer',
    table: 'raw',
    chain: prerouting,
    iptables: shape(`-p udp ${own} -m udp --sport 53 -j CT --zone 1`),
    nft: shape(`udp sport 53 ${nftOwn} ct zone set 1`),
  },
  {
    role: 'mark-ztunnel-connection',
    table: 'mangle',
    chain: prerouting,
    iptables: shape(String.raw`-m mark --mark 0x539\/0xfff -j CONNMARK --set-xmark 0x111\/0xfff`),
    nft: shape(String.raw`meta mark & 0xfff 1337 ct mark set ct mark & 0xfffff[01]{3} \| 0x111`),
  },
  {
    role: 'tproxy-probe',
    table: 'mangle',
    chain: prerouting,
    iptables: shape(String.raw`-s (\S+)\/(?:32|128) -p tcp -m tcp -j ACCEPT`),
  },
  {
    role: 'tproxy-own-address',
    table: 'mangle',
    chain: prerouting,
    iptables: shape(`! -d ${loop} -i lo -p tcp -j ACCEPT`),
  },
  {
    role: 'tproxy-hbone',
    table: 'mangle',
    chain: prerouting,
    iptables: shape(
      String.raw`-p tcp -m tcp --dport 15008 ${own} -j TPROXY --on-port 15008 --on-ip \S+ --tproxy-mark 0x111\/0xfff`,
    ),
  },
  {
    role: 'tproxy-established',
    table: 'mangle',
    chain: prerouting,
    iptables: shape('-p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'),
  },
  {
    role: 'tproxy-inbound',
    table: 'mangle',
    chain: prerouting,
    iptables: shape(
      String.raw`! -d ${loop} -p tcp ${own} -j TPROXY --on-port 15006 --on-ip \S+ --tproxy-mark 0x111\/0xfff`,
    ),
  },
  {
    role: 'restore-mark',
    table: 'mangle',
    chain: output,
    iptables: shape(
      String.raw`-m connmark --mark 0x111\/0xfff -j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff`,
    ),
    nft: shape('ct mark & 0xfff 273 meta mark set ct mark'),
  },
  {
    role: 'virtual-interface-capture',
    table: 'nat',
    chain: prerouting,
    iptables: shape(String.raw`-i (\S+) -p tcp -j REDIRECT --to-ports 15001`),
    nft: shape(String.raw`iifname (\S+) meta l4proto tcp redirect to :15001`),
  },
  {
    role: 'virtual-interface-return',
    table: 'nat',
    chain: prerouting,
    iptables: shape(String.raw`-i (\S+) -p tcp -j RETURN`),
    nft: shape(String.raw`iifname (\S+) meta l4proto tcp return`),
  },
  {
    role: 'probe-in',
    table: 'nat',
    chain: prerouting,
    iptables: shape(String.raw`-s (\S+)\/(?:32|128) -p tcp -m tcp -j ACCEPT`),
    nft: shape(String.raw`meta l4proto tcp ip6? saddr (\S+) accept`),
  },
  {
    role: 'inbound-capture',
    table: 'nat',
    chain: prerouting,
    iptables: shape(`! -d ${loop} -p tcp -m tcp ! --dport 15008 ${own} -j REDIRECT --to-ports 15006`),
    nft: shape(`${nftLoop} tcp dport != 15008 ${nftOwn} redirect to :15006`),
  },
  {
    role: 'probe-out',
    table: 'nat',
    chain: output,
    iptables: shape(String.raw`-d (\S+)\/(?:32|128) -p tcp -m tcp -j ACCEPT`),
    nft: shape(String.raw`meta l4proto tcp ip6? daddr (\S+) accept`),
  },
  {
    role: 'dns-udp-capture',
    table: 'nat',
    chain: output,
    iptables: shape(`! -o lo -p udp ${own} -m udp --dport 53 -j REDIRECT --to-ports 15053`),
    nft: shape(`oifname != lo ${nftOwn} udp dport 53 redirect to :15053`),
  },
  {
    role: 'dns-udp-capture-unguarded',
    table: 'nat',
    chain: output,
    iptables: shape('! -o lo -p udp -m udp --dport 53 -j REDIRECT --to-ports 15053'),
  },
  {
    role: 'dns-tcp-capture',
    table: 'nat',
    chain: output,
    iptables: shape(`! -d ${loop} -p tcp -m tcp --dport 53 ${own} -j REDIRECT --to-ports 15053`),
    nft: shape(`${nftLoop} tcp dport 53 ${nftOwn} redirect to :15053`),
  },
  {
    role: 'reply-accept',
    table: 'nat',
    chain: output,
    iptables: shape(String.raw`-p tcp -m mark --mark 0x111\/0xfff -j ACCEPT`),
    nft: shape('meta l4proto tcp meta mark & 0xfff 273 accept'),
  },
  {
    role: 'own-address-accept',
    table: 'nat',
    chain: output,
    iptables: shape(`! -d ${loop} -o lo -j ACCEPT`),
    nft: shape(`oifname lo ${nftLoop} accept`),
  },
  {
    role: 'outbound-capture',
    table: 'nat',
    chain: output,
    iptables: shape(`! -d ${loop} -p tcp ${own} -j REDIRECT --to-ports 15001`),
    nft: shape(`meta l4proto tcp ${nftLoop} ${nftOwn} redirect to :15001`),
  },
  {
    role: 'enter-prerouting',
    table: 'nat',
    chain: /^(PREROUTING|prerouting)$/,
    iptables: shape('-j ISTIO_PRERT'),
    nft: shape('jump istio-prerouting'),
  },
  {
    role: 'enter-output',
    table: 'nat',
    chain: /^(OUTPUT|output)$/,
    iptables: shape('-j ISTIO_OUTPUT'),
    nft: shape('jump istio-output'),
  },
  { role: 'enter-postrouting', table: 'nat', chain: /^POSTROUTING$/, iptables: shape('-j ISTIO_POSTRT') },
  {
    role: 'probe-source',
    table: 'nat',
    chain: /^(ISTIO_POSTRT|postrouting)$/,
    iptables: shape(String.raw`-p tcp -m owner --socket-exists -m set --match-set \S+ dst -j SNAT --to-source (\S+)`),
    nft: shape(String.raw`meta l4proto tcp skuid \S+ ip6? daddr @\S+ snat ip6? to (\S+)`),
  },
]

const jumps: ReadonlySet<RuleRole> = new Set(['enter-prerouting', 'enter-output', 'enter-postrouting'])

export interface RoleFound {
  readonly role: RuleRole
  /** The probe address or interface that the rule names. */
  readonly names?: string
}

export interface RuleToName {
  readonly table: string
  readonly chain: string
  readonly text: string
  readonly syntax: 'iptables' | 'nft'
}

/** Jumps look alike in every table; the rest is bound to its own. */
export const roleOf = ({ table, chain, text, syntax }: RuleToName): RoleFound | undefined => {
  for (const known of roleShapes) {
    if (!known.chain.test(chain) || (known.table !== table && !jumps.has(known.role))) continue
    const found = known[syntax]?.exec(text)
    if (found) return { role: known.role, ...(found[1] === undefined ? {} : { names: found[1] }) }
  }
  return syntax === 'iptables' ? nodeRoleOf(chain, text) : undefined
}

/** Place of a role among the rules of its chain. */
export const rankOf = (role: RuleRole): number => roleShapes.findIndex(known => known.role === role)
