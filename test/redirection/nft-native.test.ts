import { expect, test } from 'vitest'
import { evaluate } from '#redirection/evaluate.ts'
import type { Packet } from '#redirection/packet.ts'
import { prepareKernel } from '#redirection/prepare/kernel.ts'
import { Topology } from '#redirection/topology.ts'
import { netnsFrom } from '../netns/read.ts'

const own = '10.0.0.9'

const surroundings = {
  'ip-rule.json': JSON.stringify([
    { priority: 0, src: 'all', table: 'local' },
    { priority: 32766, src: 'all', table: 'main' },
  ]),
  'ip-route-all.json': JSON.stringify([
    { dst: 'default', gateway: '10.0.0.1', dev: 'eth0', table: 'main', flags: [] },
    { type: 'local', dst: own, dev: 'eth0', table: 'local', flags: [] },
  ]),
  'ip-addr.json': JSON.stringify([
    {
      ifindex: 2,
      ifname: 'eth0',
      flags: ['UP'],
      addr_info: [{ family: 'inet', local: own, prefixlen: 24, scope: 'global' }],
    },
  ]),
}

/** How each branch ends: where it leaves to, or in a word. */
const endsOf = (ruleset: string, packet: Partial<Packet> = {}): readonly string[] => {
  const kernel = prepareKernel(netnsFrom({ ...surroundings, 'nft-ruleset.txt': ruleset }), 'pod')
  const { branches } = evaluate(new Topology([kernel]), {
    protocol: 'tcp',
    destination: '10.96.0.10',
    port: 80,
    origin: { kind: 'local', netns: 'pod', uid: 0 },
    ...packet,
  })
  return branches.map(({ fate }) => (fate.kind === 'leaves' ? `${fate.to.address}:${fate.to.port}` : fate.kind))
}

const output = (rules: string): string =>
  `table inet t { chain o { type filter hook output priority 0; policy accept\n${rules}\n} }`

const incoming: Partial<Packet> = {
  source: '10.0.0.5',
  destination: own,
  origin: { kind: 'input', netns: 'pod', dev: 'eth0' },
}

test.each([
  ['netdev', 'device "eth0"', 'undetermined'],
  ['inet', 'device "eth0"', 'undetermined'],
  ['netdev', 'devices = { eth0, eth1 }', 'undetermined'],
  ['netdev', 'device "eth7"', 'arrives'],
])('a chain of %s on the way in by %s is not followed: %s', (family, device, ends) => {
  const ruleset = `table ${family} t { chain i { type filter hook ingress ${device} priority 0; policy accept\ndrop\n} }`
  expect(endsOf(ruleset, incoming)).toEqual([ends])
})

test.each([
  ['meta skuid 0 drop', 'lost'],
  ['meta skuid 1000 drop', '10.96.0.10:80'],
  ['meta skuid "daemon" drop', 'undetermined'],
  ['meta l4proto 6 drop', 'lost'],
  ['meta l4proto 17 drop', '10.96.0.10:80'],
  ['ip daddr 10.96.0.99 frobnicate yes drop', '10.96.0.10:80'],
  ['ip daddr 10.96.0.10 frobnicate yes drop', 'undetermined'],
])('%s', (rule, ends) => {
  expect(endsOf(output(rule))).toEqual([ends])
})

test('icmpv6 is no icmp, by either of its names', () => {
  const ping = { protocol: 'icmp' } as const
  expect(endsOf(output('meta l4proto icmpv6 drop'), ping)).toEqual([expect.stringMatching(/^10\.96\.0\.10:/)])
})

/** As kube-proxy writes them. */
const services = (count: number): string => {
  const addresses = Array.from({ length: count }, (_, index) => `10.96.0.${index + 1}`)
  return `table ip kube-proxy {
    map service-ips { type ipv4_addr . inet_proto . inet_service : verdict
      elements = { ${addresses.map(address => `${address} . tcp . 80 : goto svc`).join(', ')} } }
    chain svc { numgen random mod 2 vmap { 0 : goto one, 1 : goto two } }
    chain one { meta l4proto tcp dnat to 10.1.1.1:8080 }
    chain two { meta l4proto tcp dnat to 10.1.1.2:8080 }
    chain nat-output { type nat hook output priority -100; policy accept; ip daddr . meta l4proto . th dport vmap @service-ips }
  }`
}

test.each([10, 200])('one of %i services in a verdict map', count => {
  expect(endsOf(services(count))).toEqual(['10.1.1.1:8080', '10.1.1.2:8080'])
  expect(endsOf(services(count), { port: 443 })).toEqual(['10.96.0.10:443'])
})
