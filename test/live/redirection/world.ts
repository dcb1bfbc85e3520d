/** The three namespaces of the live suite and the addresses that rules and packets draw from. */
export const netnsNames = ['pod', 'node', 'world'] as const
export type NetnsName = (typeof netnsNames)[number]

export const addresses = {
  4: {
    pod: '10.244.1.10',
    gateway: '10.244.1.1',
    node: '172.18.0.2',
    world: '172.18.0.1',
    remote: ['10.244.2.20', '10.96.0.50', '93.184.216.34'],
    loopback: '127.0.0.1',
    snat: '169.254.7.127',
  },
  6: {
    pod: 'fd00:10:244:1::10',
    gateway: 'fd00:10:244:1::1',
    node: 'fc00:f853:ccd:e793::2',
    world: 'fc00:f853:ccd:e793::1',
    remote: ['fd00:10:244:2::20', 'fd00:10:96::50', '2001:db8::34'],
    loopback: '::1',
    snat: 'fd16:9254:7127:1337:ffff:ffff:ffff:ffff',
  },
} as const

export const ports = [80, 8080, 53, 9999, 15001, 15006, 15008] as const
export const marks = [0x539, 0x111, 0x1, 0x1539, 0x100] as const

const podSysctls = (rpFilter: number): string =>
  `net.ipv4.conf.all.rp_filter=${rpFilter} net.ipv4.conf.default.rp_filter=${rpFilter}`

const macs = {
  pod: '02:00:00:00:00:01',
  vethp: '02:00:00:00:00:02',
  node: '02:00:00:00:00:03',
  world: '02:00:00:00:00:04',
}
const neighbours = [
  { netns: 'pod', dev: 'eth0', mac: macs.pod },
  { netns: 'node', dev: 'vethp', mac: macs.vethp },
  { netns: 'node', dev: 'eth0', mac: macs.node },
  { netns: 'world', dev: 'eth0', mac: macs.world },
] as const

/** Shell lines that build the namespaces under a prefix of their own. */
export const buildLines = (prefix: string, rpFilter: number): string[] => {
  const name = (netns: NetnsName) => `${prefix}${netns}`
  const in_ = (netns: NetnsName, command: string) => `ip -n ${name(netns)} ${command}`
  const sysctl = (netns: NetnsName, settings: string) => `ip netns exec ${name(netns)} sysctl -qw ${settings}`
  const v4 = addresses[4]
  const v6 = addresses[6]
  const limits = 'net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv6.icmp.ratelimit=0'
  const common = `${limits} net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.disable_ipv6=0`
  return [
    ...netnsNames.flatMap(netns => [`ip netns add ${name(netns)}`, in_(netns, 'link set lo up')]),
    sysctl('pod', `${common} ${podSysctls(rpFilter)}`),
    sysctl('node', `${common} ${podSysctls(0)} net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`),
    sysctl('world', `${common} ${podSysctls(0)}`),
    `ip link add vethp netns ${name('node')} type veth peer name eth0 netns ${name('pod')}`,
    `ip link add eth0 netns ${name('node')} type veth peer name eth0 netns ${name('world')}`,
    in_('pod', `addr add ${v4.pod}/24 dev eth0 noprefixroute`),
    in_('pod', `addr add ${v6.pod}/64 dev eth0 nodad noprefixroute`),
    in_('node', `addr add ${v4.gateway}/32 dev vethp`),
    in_('node', `addr add ${v6.gateway}/128 dev vethp nodad`),
    in_('node', `addr add ${v4.node}/16 dev eth0`),
    in_('node', `addr add ${v6.node}/64 dev eth0 nodad`),
    in_('world', `addr add ${v4.world}/16 dev eth0`),
    in_('world', `addr add ${v6.world}/64 dev eth0 nodad`),
    ...v4.remote.map(address => in_('world', `addr add ${address}/32 dev lo`)),
    ...v6.remote.map(address => in_('world', `addr add ${address}/128 dev lo nodad`)),
    in_('pod', 'link set eth0 up'),
    in_('node', 'link set vethp up'),
    in_('node', 'link set eth0 up'),
    in_('world', 'link set eth0 up'),
    // Neighbour discovery is ICMPv6 and would pass the drawn rules itself.
    ...neighbours.flatMap(({ netns, dev, mac }) => [in_(netns, `link set ${dev} address ${mac}`)]),
    in_('pod', `-6 neigh replace ${v6.gateway} dev eth0 lladdr ${macs.vethp} nud permanent`),
    in_('node', `-6 neigh replace ${v6.pod} dev vethp lladdr ${macs.pod} nud permanent`),
    in_('node', `-6 neigh replace ${v6.world} dev eth0 lladdr ${macs.world} nud permanent`),
    in_('world', `-6 neigh replace ${v6.node} dev eth0 lladdr ${macs.node} nud permanent`),
    in_('pod', `route add ${v4.gateway} dev eth0 scope link src ${v4.pod}`),
    in_('pod', `route add default via ${v4.gateway}`),
    in_('pod', `-6 route add ${v6.gateway} dev eth0`),
    in_('pod', `-6 route add default via ${v6.gateway}`),
    in_('node', `route add ${v4.pod}/32 dev vethp`),
    in_('node', `-6 route add ${v6.pod}/128 dev vethp`),
    in_('node', `route add default via ${v4.world}`),
    in_('node', `-6 route add default via ${v6.world}`),
    in_('world', `route add 10.244.1.0/24 via ${v4.node}`),
    in_('world', `-6 route add fd00:10:244:1::/64 via ${v6.node}`),
    in_('world', `route add ${v4.snat}/32 via ${v4.node}`),
  ]
}

export const removeLines = (prefix: string): string[] =>
  netnsNames.map(netns => `ip netns del ${prefix}${netns} 2>/dev/null`)

export interface ListenerSpec {
  readonly netns: NetnsName
  readonly name: string
  readonly proto: 'tcp' | 'udp'
  readonly addr: string
  readonly port: number
  readonly mark?: number
  readonly transparent?: boolean
}

/** ztunnel-like listeners are marked and transparent; UDP ones are bound to addresses, so their answers keep them. */
export const listeners: readonly ListenerSpec[] = ([4, 6] as const).flatMap(family => {
  const own = addresses[family]
  const any = family === 4 ? '0.0.0.0' : '::'
  const ztunnel = ([15001, 15006, 15008] as const).map(
    (port): ListenerSpec => ({
      netns: 'pod',
      name: `ztunnel:${port}`,
      proto: 'tcp',
      addr: any,
      port,
      mark: 0x539,
      transparent: true,
    }),
  )
  return [
    ...ztunnel,
    { netns: 'pod', name: 'app:8080', proto: 'tcp', addr: any, port: 8080 },
    { netns: 'pod', name: 'dns:15053', proto: 'tcp', addr: own.loopback, port: 15053, mark: 0x539 },
    { netns: 'pod', name: 'dns-udp:15053', proto: 'udp', addr: own.loopback, port: 15053, mark: 0x539 },
    { netns: 'pod', name: 'app-udp:9999', proto: 'udp', addr: own.pod, port: 9999 },
    { netns: 'node', name: 'node:8080', proto: 'tcp', addr: any, port: 8080 },
    { netns: 'node', name: 'node-udp:9999', proto: 'udp', addr: own.node, port: 9999 },
    ...[80, 8080, 53, 15008].map(
      (port): ListenerSpec => ({ netns: 'world', name: `world:${port}`, proto: 'tcp', addr: any, port }),
    ),
    ...own.remote.flatMap(addr =>
      [53, 9999].map((port): ListenerSpec => ({ netns: 'world', name: `world-udp:${port}`, proto: 'udp', addr, port })),
    ),
  ]
})
