/** What each rule of the node-level generation is for (specs/redirection.md §3.2, §3.3). */
export type NodeRole =
  | 'enter-node-chain'
  | 'from-tunnel'
  | 'from-tunnel-return'
  | 'tunnel-transport'
  | 'restore-skip'
  | 'skip-return'
  | 'restore-proxied'
  | 'proxied-return'
  | 'mark-proxied'
  | 'mark-ztunnel'
  | 'mark-udp'
  | 'mark-outbound'
  | 'save-skip'
  | 'save-proxied'
  | 'skip-node'
  | 'skip-node-to-pods'
  | 'keep-service-address'
  | 'node-dns-capture'
  | 'accept-outbound'
  | 'ztunnel-log'
  | 'ztunnel-hbone'
  | 'ztunnel-outbound'
  | 'ztunnel-inbound'
  | 'ztunnel-reply'

interface NodeShape {
  readonly role: NodeRole
  readonly chain: RegExp
  readonly iptables: RegExp
}

const shape = (text: string): RegExp => new RegExp(`^${text}$`)
const mark = (value: string): string => String.raw`-j MARK --set-xmark ${value}\/${value}`
const marked = (value: string): string => String.raw`-m mark --mark ${value}\/${value}`
const set = `-m set --match-set (?:ztunnel|uproxy)-pods-ips`

const prerouting = /^(ztunnel|uproxy)-PREROUTING$/
const passing = /^(ztunnel|uproxy)-(FORWARD|INPUT)$/
const tproxy = (port: number): string =>
  String.raw`-j TPROXY --on-port ${port} --on-ip 127\.0\.0\.1 --tproxy-mark 0x400\/0xfff`

const nodeShapes: readonly NodeShape[] = [
  {
    role: 'enter-node-chain',
    chain: /^(PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/,
    iptables: shape(`-j (?:ztunnel|uproxy)-(?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)`),
  },
  { role: 'from-tunnel', chain: prerouting, iptables: shape(`-i (istioin|istioout) ${mark('0x200')}`) },
  { role: 'from-tunnel-return', chain: prerouting, iptables: shape('-i (istioin|istioout) -j RETURN') },
  { role: 'tunnel-transport', chain: prerouting, iptables: shape(String.raw`-p udp -m udp --dport (\d+) -j RETURN`) },
  {
    role: 'restore-skip',
    chain: prerouting,
    iptables: shape(String.raw`-m connmark --mark 0x220\/0x220 ${mark('0x200')}`),
  },
  { role: 'skip-return', chain: prerouting, iptables: shape(`${marked('0x200')} -j RETURN`) },
  {
    role: 'restore-proxied',
    chain: prerouting,
    iptables: shape(String.raw`! -i (\S+) -m connmark --mark 0x210\/0x210 ${mark('0x40')}`),
  },
  { role: 'proxied-return', chain: prerouting, iptables: shape(`${marked('0x40')} -j RETURN`) },
  { role: 'mark-proxied', chain: prerouting, iptables: shape(String.raw`! -s (\S+)\/32 -i \S+ ${mark('0x210')}`) },
  { role: 'mark-ztunnel', chain: prerouting, iptables: shape(String.raw`-i (\S+) ${mark('0x220')}`) },
  { role: 'mark-udp', chain: prerouting, iptables: shape(`-p udp ${mark('0x220')}`) },
  { role: 'mark-outbound', chain: prerouting, iptables: shape(`-p tcp ${set} src ${mark('0x100')}`) },
  {
    role: 'save-skip',
    chain: passing,
    iptables: shape(`${marked('0x220')} -j CONNMARK --save-mark --nfmask 0x220 --ctmask 0x220`),
  },
  {
    role: 'save-proxied',
    chain: passing,
    iptables: shape(`${marked('0x210')} -j CONNMARK --save-mark --nfmask 0x210 --ctmask 0x210`),
  },
  {
    role: 'skip-node-to-pods',
    chain: /^(ztunnel|uproxy)-OUTPUT$/,
    iptables: shape(
      String.raw`-s (\S+)\/32 -p tcp -m owner --socket-exists ${set} dst -j MARK --set-xmark 0x220\/0xffffffff`,
    ),
  },
  {
    role: 'skip-node',
    chain: /^(ztunnel|uproxy)-OUTPUT$/,
    iptables: shape(String.raw`-s (\S+)\/32 -j MARK --set-xmark 0x220\/0xffffffff`),
  },
  {
    role: 'node-dns-capture',
    chain: prerouting,
    iptables: shape(String.raw`-p udp ${set} src -m udp --dport 53 -j DNAT --to-destination (\S+)`),
  },
  {
    role: 'keep-service-address',
    chain: /^(ztunnel|uproxy)-(PREROUTING|POSTROUTING)$/,
    iptables: shape(`${marked('0x100')} -j ACCEPT`),
  },
  {
    role: 'accept-outbound',
    chain: /^(ztunnel|uproxy)-FORWARD$/,
    iptables: shape(`${marked('0x100')} -j ACCEPT`),
  },
  { role: 'ztunnel-log', chain: /^PREROUTING$/, iptables: shape('-j LOG --log-prefix "?ztunnel mangle pre.*') },
  {
    role: 'ztunnel-hbone',
    chain: /^PREROUTING$/,
    iptables: shape(`-i pistioin -p tcp -m tcp --dport 15008 ${tproxy(15008)}`),
  },
  { role: 'ztunnel-outbound', chain: /^PREROUTING$/, iptables: shape(`-i pistioout -p tcp ${tproxy(15001)}`) },
  { role: 'ztunnel-inbound', chain: /^PREROUTING$/, iptables: shape(`-i pistioin -p tcp ${tproxy(15006)}`) },
  {
    role: 'ztunnel-reply',
    chain: /^PREROUTING$/,
    iptables: shape(String.raw`! -d (\S+)\/32 -i eth0 -p tcp -j MARK --set-xmark 0x4d3\/0xfff`),
  },
]

export const nodeRoleOf = (
  chain: string,
  text: string,
): { readonly role: NodeRole; readonly names?: string } | undefined => {
  for (const known of nodeShapes) {
    const found = known.chain.test(chain) ? known.iptables.exec(text) : null
    if (found) return { role: known.role, ...(found[1] === undefined ? {} : { names: found[1] }) }
  }
  return undefined
}
