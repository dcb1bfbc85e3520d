import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Issues } from '#decode/json/at.ts'
import { readBpf } from '#decode/netfilter/bpf.ts'
import { readBpfDump, readBpfNet, readBpfPrograms, readTcFilters } from '#decode/netfilter/bpf-text.ts'
import { readLinks } from '#decode/netfilter/ip/link.ts'
import { readLinksText } from '#decode/netfilter/ip/link-text.ts'
import { namespaceFolder } from '#decode/netns.ts'
import { recognise } from '#decode/recognise.ts'

const folder = 'fixtures/recorded/redirection/ebpf-1.20'
const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8')
const issues = (name = 'x.txt'): Issues => new Issues(name)

const withoutEvidence = <T extends { readonly evidence: unknown }>({ evidence: _, ...rest }: T) => rest

const addresses = `2: veth2@veth1: <BROADCAST,MULTICAST> mtu 1500 qdisc noop master br0 state DOWN group default qlen 1000
    link/ether 52:83:26:f9:03:df brd ff:ff:ff:ff:ff:ff promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 
    veth 
    bridge_slave state disabled priority 32 cost 2 hairpin off guard off root_block off
3: eth0@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    link/ether c2:05:6d:8b:96:e3 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0  allmulti 0
    veth numtxqueues 2 numrxqueues 2
    inet 10.244.1.5/24 scope global eth0
       valid_lft forever preferred_lft forever
    inet 10.244.1.6/24 scope global secondary eth0
       valid_lft forever preferred_lft forever
    inet6 fe80::5/64 scope link tentative 
       valid_lft forever preferred_lft forever
4: istioin: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000
    link/ether 5a:e8:0f:4b:00:3d brd ff:ff:ff:ff:ff:ff
    vxlan id 1000 remote 10.244.1.9 srcport 0 0 dstport 6081 ttl auto ageing 300 udpcsum
5: br0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default qlen 1000
    link/ether 52:83:26:f9:03:df brd ff:ff:ff:ff:ff:ff
    bridge forward_delay 1500 hello_time 200
    inet 10.0.0.1 peer 10.0.0.2/32 scope global br0
       valid_lft forever preferred_lft forever
`

/** What the same kernel printed of the same devices with -j. */
const sameInJson = [
  {
    ifindex: 2,
    link: 'veth1',
    ifname: 'veth2',
    flags: ['BROADCAST', 'MULTICAST'],
    mtu: 1500,
    master: 'br0',
    address: '52:83:26:f9:03:df',
    linkinfo: { info_kind: 'veth', info_slave_kind: 'bridge' },
    addr_info: [],
  },
  {
    ifindex: 3,
    link_index: 7,
    link_netnsid: 0,
    ifname: 'eth0',
    flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
    mtu: 1450,
    address: 'c2:05:6d:8b:96:e3',
    linkinfo: { info_kind: 'veth' },
    addr_info: [
      { family: 'inet', local: '10.244.1.5', prefixlen: 24, scope: 'global' },
      { family: 'inet', local: '10.244.1.6', prefixlen: 24, scope: 'global', secondary: true },
      { family: 'inet6', local: 'fe80::5', prefixlen: 64, scope: 'link', tentative: true },
    ],
  },
  {
    ifindex: 4,
    ifname: 'istioin',
    flags: ['BROADCAST', 'MULTICAST'],
    mtu: 1500,
    address: '5a:e8:0f:4b:00:3d',
    linkinfo: { info_kind: 'vxlan', info_data: { id: 1000, remote: '10.244.1.9', port: 6081 } },
    addr_info: [],
  },
  {
    ifindex: 5,
    ifname: 'br0',
    flags: ['BROADCAST', 'MULTICAST'],
    mtu: 1500,
    address: '52:83:26:f9:03:df',
    linkinfo: { info_kind: 'bridge' },
    addr_info: [{ family: 'inet', local: '10.0.0.1', address: '10.0.0.2', prefixlen: 32, scope: 'global' }],
  },
]

describe('text tells the same as JSON', () => {
  test('ip addr', () => {
    expect(recognise(addresses, 'addresses.txt')).toMatchObject({ kind: 'ip-link', use: 'netns' })
    expect(readLinksText(addresses, issues()).map(withoutEvidence)).toEqual(
      readLinks(sameInJson, issues()).map(withoutEvidence),
    )
  })

  test.each(['node-tc-vethappa-egress', 'node-tc-vethappa-ingress', 'node-tc-vethzt-ingress'])('%s', name => {
    const text = read(`${name}.txt`)
    expect(recognise(text, `${name}.txt`)).toMatchObject({ kind: 'tc-text' })
    const { filters = [] } = readBpf(JSON.parse(read(`${name}.json`)), issues(`${name}.json`))
    expect(filters).not.toEqual([])
    expect(readTcFilters(text, issues(`${name}.txt`)).map(withoutEvidence)).toEqual(filters.map(withoutEvidence))
  })

  test('bpftool net', () => {
    const text = read('node-bpftool-net.txt')
    expect(recognise(text, 'net.txt')).toMatchObject({ kind: 'bpf-net' })
    const { attachments = [] } = readBpf(JSON.parse(read('node-bpftool-net.json')), issues())
    expect(attachments).not.toEqual([])
    expect(readBpfNet(text, issues()).map(withoutEvidence)).toEqual(attachments.map(withoutEvidence))
  })

  test('bpftool map dump of a map without type information', () => {
    const { maps = [] } = readBpf(JSON.parse(read('bpftool-map-app_info.json')), issues('bpftool-map-app_info.json'))
    const bytes = (numbers: readonly number[]) => numbers.map(byte => byte.toString(16).padStart(2, '0')).join(' ')
    const lines = (maps[0]?.entries ?? []).map(({ key, value }) => `key: ${bytes(key)}  value: ${bytes(value)}`)
    const text = `${lines.join('\n')}\nFound ${lines.length} elements\n`
    expect(recognise(text, 'app_info.txt')).toMatchObject({ kind: 'bpf-dump' })
    expect(readBpfDump(text, issues('app_info.txt')).map(withoutEvidence)).toEqual(maps.map(withoutEvidence))
  })

  test('bpftool prog show', () => {
    const text =
      '113: sched_cls  name app_outbound  tag 12ff085f5b4e5c02  gpl\n\tloaded_at 2026-11-23T11:00:00+0000  uid 0\n\txlated 1B  jited 1B  memlock 4096B  map_ids 5,6\n'
    expect(recognise(text, 'prog.txt')).toMatchObject({ kind: 'bpf-programs' })
    expect(readBpfPrograms(text, issues())).toMatchObject([
      { id: 113, name: 'app_outbound', type: 'sched_cls', tag: '12ff085f5b4e5c02', mapIds: [5, 6] },
    ])
  })
})

test('no damage makes a crash', () => {
  const texts = [addresses, read('node-bpftool-net.txt'), read('node-tc-vethappa-egress.txt')]
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(2000), fc.nat(40), fc.string(), (text, from, length, put) => {
      const damaged = `${text.slice(0, from)}${put}${text.slice(from + length)}`
      for (const read of [readLinksText, readTcFilters, readBpfNet, readBpfDump, readBpfPrograms]) {
        const found: unknown = read(damaged, issues())
        expect(Array.isArray(found)).toBe(true)
      }
    }),
  )
})

test('files beside the folder of a node or ztunnel are of that namespace', () => {
  const folders = new Set(['case', 'case/node', 'case/ztunnel'])
  expect(namespaceFolder('case', 'node-tc-veth1-ingress.txt', folders)).toBe('case/node')
  expect(namespaceFolder('case', 'bpftool-map-app_info.json', folders)).toBe('case/node')
  expect(namespaceFolder('case', 'ztunnel-tc-eth0-ingress.txt', folders)).toBe('case/ztunnel')
  expect(namespaceFolder('case', 'iptables-save.txt', folders)).toBe('case')
  expect(namespaceFolder('node1', 'bpftool-map-app_info.json', new Set(['node1']))).toBe('node1')
})
