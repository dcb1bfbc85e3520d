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
/** Shell lines that build the namespaces under a prefix of their own: few processes, because a busy machine pays for each. */
export const buildLines = (prefix: string, rpFilter: number): string[] => {
  const name = (netns: NetnsName) => `${prefix}${netns}`
  const v4 = addresses[4]
  const v6 = addresses[6]
  const limits = 'net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=100000 net.ipv6.icmp.ratelimit=0'
  const common = `${limits} net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.disable_ipv6=0`
  const sysctls: Readonly<Record<NetnsName, string>> = {
    pod: `${common} ${podSysctls(rpFilter)}`,
    node: `${common} ${podSysctls(0)} net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`,
    world: `${common} ${podSysctls(0)}`,
  }
  const commands: Readonly<Record<NetnsName, readonly string[]>> = {
    pod: [
      `addr add ${v4.pod}/24 dev eth0 noprefixroute`,
      `addr add ${v6.pod}/64 dev eth0 nodad noprefixroute`,
      `link set eth0 address ${macs.pod} up`,
      // Neighbour discovery is ICMPv6 and would pass the drawn rules itself.
      `neigh replace ${v6.gateway} dev eth0 lladdr ${macs.vethp} nud permanent`,
      `route add ${v4.gateway} dev eth0 scope link src ${v4.pod}`,
      `route add default via ${v4.gateway}`,
      `route add ${v6.gateway} dev eth0`,
      `route add default via ${v6.gateway}`,
    ],
    node: [
      `addr add ${v4.gateway}/32 dev vethp`,
      `addr add ${v6.gateway}/128 dev vethp nodad`,
      `addr add ${v4.node}/16 dev eth0`,
      `addr add ${v6.node}/64 dev eth0 nodad`,
      `link set vethp address ${macs.vethp} up`,
      `link set eth0 address ${macs.node} up`,
      `neigh replace ${v6.pod} dev vethp lladdr ${macs.pod} nud permanent`,
      `neigh replace ${v6.world} dev eth0 lladdr ${macs.world} nud permanent`,
      `route add ${v4.pod}/32 dev vethp`,
      `route add ${v6.pod}/128 dev vethp`,
      `route add default via ${v4.world}`,
      `route add default via ${v6.world}`,
    ],
    world: [
      `addr add ${v4.world}/16 dev eth0`,
      `addr add ${v6.world}/64 dev eth0 nodad`,
      ...v4.remote.map(address => `addr add ${address}/32 dev lo`),
      ...v6.remote.map(address => `addr add ${address}/128 dev lo nodad`),
      `link set eth0 address ${macs.world} up`,
      `neigh replace ${v6.node} dev eth0 lladdr ${macs.node} nud permanent`,
      `route add 10.244.1.0/24 via ${v4.node}`,
      `route add fd00:10:244:1::/64 via ${v6.node}`,
      `route add ${v4.snat}/32 via ${v4.node}`,
    ],
  }
  const inside = (netns: NetnsName): string =>
    `ip netns exec ${name(netns)} sysctl -qw ${sysctls[netns]} && printf '%s\\n' ${[
      'link set lo up',
      ...commands[netns],
    ]
      .map(command => `'${command}'`)
      .join(' ')} | ip -n ${name(netns)} -batch -`
  return [
    ...netnsNames.map(netns => `ip netns add ${name(netns)}`),
    `ip link add vethp netns ${name('node')} type veth peer name eth0 netns ${name('pod')}`,
    `ip link add eth0 netns ${name('node')} type veth peer name eth0 netns ${name('world')}`,
    ...netnsNames.map(inside),
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
