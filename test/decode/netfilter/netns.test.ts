import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeNetns } from '#decode/netfilter/netns.ts'
import { familyOf } from '#decode/netns.ts'
import { recognise } from '#decode/recognise.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { recorded } from './recorded.ts'

const decode = (files: Readonly<Record<string, string>>) =>
  decodeNetns(
    { kind: 'unknown' },
    Object.entries(files).map(([file, text]) => {
      const known = recognise(text, file)
      const kind = known.form === 'text' || known.form === 'json' ? known.kind : 'unknown'
      return { kind, family: familyOf(kind, file, text), file, text }
    }),
  )

describe('policy rules', () => {
  test.each([
    ['0:\tfrom all lookup local', { priority: 0, action: { kind: 'lookup', table: 'local' } }],
    ['32764:\tfrom all fwmark 0x111/0xfff lookup 100', { priority: 32764, mark: { value: 0x111, mask: 0xfff } }],
    ['100:\tfrom all fwmark 0x200/0x200 goto 32766', { action: { kind: 'goto', priority: 32766 } }],
    [
      '5:\tnot from 10.0.0.0/8 to 1.2.3.4 iif lo ipproto tcp dport 80-90 unreachable',
      {
        not: true,
        from: '10.0.0.0/8',
        to: '1.2.3.4',
        inputInterface: 'lo',
        protocol: 'tcp',
        destinationPorts: { from: 80, to: 90 },
        action: { kind: 'unreachable' },
      },
    ],
    [
      '6:\tfrom all uidrange 1-2 lookup main suppress_prefixlength 0',
      { uids: { from: 1, to: 2 }, action: { kind: 'lookup', table: 'main', suppressPrefixLength: 0 } },
    ],
    ['7:\tfrom all tun_id 5 lookup 7', { unread: ['tun_id 5'] }],
  ])('%s', (text, rule) => {
    expect(decode({ 'ip-rule.txt': text }).policyRules[4]).toMatchObject([rule])
  })

  test('the file of the other family is told by its name', () => {
    const { policyRules } = decode({ 'ip6-rule.txt': '0:\tfrom all lookup local' })
    expect(policyRules[4]).toBeUndefined()
    expect(policyRules[6]).toHaveLength(1)
  })
})

describe('routes', () => {
  test('lines of both families, several ways and flags', () => {
    const { routes } = decode({
      'ip-route-all.txt': [
        'default via 10.0.0.1 dev eth0 ',
        '10.0.0.0/8 proto static metric 5 ',
        '\tnexthop via 10.0.0.2 dev eth0 weight 1 ',
        '\tnexthop via 10.0.0.3 dev eth1 weight 2 ',
        'default via 10.244.1.5 dev vethzt table 102 onlink ',
        'unreachable 10.9.0.0/16 ',
        'local default dev lo table 100 scope host ',
        'local default dev lo table 100 metric 1024 pref medium',
        'fd00::/64 dev eth0 proto kernel metric 256 pref medium',
      ].join('\n'),
    })
    expect(routes[4]).toMatchObject([
      { destination: 'default', table: 'main', hops: [{ gateway: '10.0.0.1', device: 'eth0' }] },
      {
        metric: 5,
        hops: [
          { gateway: '10.0.0.2', weight: 1 },
          { gateway: '10.0.0.3', device: 'eth1', weight: 2 },
        ],
      },
      { table: '102', flags: ['onlink'] },
      { type: 'unreachable', hops: [] },
      { type: 'local', table: '100', scope: 'host' },
    ])
    expect(routes[6]).toMatchObject([{ type: 'local', table: '100' }, { destination: 'fd00::/64' }])
  })
})

test('every recorded namespace tells the same by text and by JSON', () => {
  const texts = recorded(/^ip6?-(rule|route-all)\.txt$/)
  expect(texts.length).toBeGreaterThan(20)
  for (const { path, text } of texts) {
    const json = recorded(/\.json$/).find(file => file.path === path.replace('.txt', '.json'))
    if (json === undefined || json.text.trim() === '' || text.trim() === '') continue
    const name = path.slice(path.lastIndexOf('/') + 1)
    const facts = (file: string, content: string) => {
      const { policyRules, routes } = decode({ [file]: content })
      const bare = (list: readonly object[] | undefined) => list?.map(one => ({ ...one, text: '', evidence: '' }))
      return [bare(policyRules[4]), bare(policyRules[6]), bare(routes[4]), bare(routes[6])]
    }
    expect(facts(name, text), path).toEqual(facts(name.replace('.txt', '.json'), json.text))
  }
})

test('the three outputs of ipset tell the same sets', () => {
  const bare = (file: string, text: string) =>
    decode({ [file]: text }).ipsets?.map(({ name, type, family, members }) => ({
      name,
      type,
      family,
      members: members.map(({ element, except, comment }) => ({ element, except, comment })),
    }))
  for (const { path, text } of recorded(/^ipset-save\.txt$/)) {
    const beside = (name: string) =>
      recorded(/^ipset-list\.(txt|xml)$/).find(file => file.path === path.replace('ipset-save.txt', name))?.text ?? ''
    const saved = bare('ipset-save.txt', text)
    expect(saved?.[0]?.members[0]?.comment).toMatch(/^[\da-f-]{36}$/)
    expect(bare('ipset-list.txt', beside('ipset-list.txt'))).toEqual(saved)
    expect(bare('ipset-list.xml', beside('ipset-list.xml'))).toEqual(saved)
  }
})

test('ss tells families, wildcards, devices and processes', () => {
  const { listeners, listenerProtocols } = decode({
    'ss-lntup.txt': [
      'Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process',
      'udp   UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*',
      'tcp   LISTEN 0 128 0.0.0.0:8080 0.0.0.0:* users:(("app",pid=7,fd=3))',
      'tcp   LISTEN 0 128 *:15008 *:*',
      'tcp   LISTEN 0 128 [::1]:15053 [::]:*',
    ].join('\n'),
  })
  expect(listenerProtocols).toEqual(['tcp', 'udp'])
  expect(listeners).toMatchObject([
    { family: 4, port: 8080, dualStack: false, processes: [{ name: 'app', pid: 7 }] },
    { family: 6, port: 15008, dualStack: true },
    { family: 6, address: '::1', port: 15053, dualStack: false },
    { protocol: 'udp', address: '127.0.0.53', device: 'lo', port: 53 },
  ])
})

test('conntrack keeps both tuples, mark and zone, with and without the first columns', () => {
  const line =
    'tcp      6 119 TIME_WAIT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.3 dst=10.0.0.4 sport=3 dport=4 [ASSURED] mark=273 zone=1 use=2'
  for (const text of [line, `ipv4     2 ${line}`])
    expect(decode({ 'conntrack.txt': text }).conntrack).toMatchObject([
      {
        protocol: 'tcp',
        state: 'TIME_WAIT',
        original: { source: '10.0.0.1', destinationPort: 2 },
        reply: { destination: '10.0.0.4', sourcePort: 3 },
        mark: 273,
        zone: 1,
        flags: ['ASSURED'],
      },
    ])
})

test('the closing count of conntrack, kept as a comment, is no damage', () => {
  const text =
    'tcp 6 119 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 src=10.0.0.2 dst=10.0.0.1\n# stderr: conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.\n'
  expect(decode({ 'conntrack.txt': text })).toMatchObject({ conntrack: [{ protocol: 'tcp' }], issues: [] })
})

test('the eBPF generation: attachments, programs, filters and maps as bytes', async () => {
  const { netns } = await readMesh(['fixtures/recorded/redirection/ebpf-1.20'])
  const bpf = netns.find(one => one.bpf.attachments !== undefined)?.bpf
  expect(bpf?.attachments).toMatchObject([
    { device: 'vethzt', at: 'tc-ingress', program: 'ztunnel_host_ingress' },
    { device: 'vethappa', at: 'tc-ingress', program: 'app_outbound' },
    { device: 'vethappa', at: 'tc-egress', program: 'app_inbound' },
    { device: 'vethappb' },
    { device: 'vethappb' },
  ])
  expect(
    bpf?.maps.find(({ name, entries }) => name === 'app_info' && entries !== undefined)?.entries?.[0]?.key,
  ).toEqual([10, 244, 1, 10])
  expect(bpf?.filters).toContainEqual(
    expect.objectContaining({ device: 'vethappa', direction: 'egress', program: 'app_inbound' }),
  )
})

describe('of several files that tell the same', () => {
  const saved =
    '# Generated by iptables-save v1.8.9 (nf_tables) on Mon\n*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j ACCEPT\nCOMMIT\n'
  test('what the kernel holds outranks what was asked for', () => {
    const { iptables, rulesets } = decode({
      'restore-input-v4.txt': '* nat\n-A OUTPUT -j DROP\nCOMMIT\n',
      'iptables-save.txt': saved,
    })
    expect(rulesets.filter(({ backEnd }) => backEnd !== 'nft')).toMatchObject([{ source: 'kernel' }])
    expect(iptables[0]?.chains[0]?.rules[0]?.spec.target?.name).toBe('ACCEPT')
  })
  test('an empty dump is known to be empty', () => {
    const { iptables, rulesets } = decode({ 'iptables-save.txt': '' })
    expect(iptables).toEqual([])
    expect(rulesets).toMatchObject([{ family: 4, source: 'kernel' }])
  })
  test('legacy and nft rules stay apart', () => {
    const legacy = saved.replace('nf_tables', 'legacy')
    const { iptables } = decode({ 'iptables-save.txt': saved, 'iptables-legacy-save.txt': legacy })
    expect(iptables.map(({ backEnd }) => backEnd).sort()).toEqual(['iptables-legacy', 'iptables-nft'])
  })
})

test('no damage to a recorded file makes a crash', () => {
  const files = recorded(
    /^(ip6?-|ipset|ss-|conntrack|sysctl|bpftool|node-|ip-link|iptables|nft).*\.(txt|json|xml)$/,
  ).filter(({ path }) => path.includes('redirection'))
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.nat(),
      fc.nat({ max: 30 }),
      fc.string({ maxLength: 4 }),
      ({ path, text }, at, cut, put) => {
        const head = text.slice(0, 3000)
        const place = at % (head.length + 1)
        decode({ [path.slice(path.lastIndexOf('/') + 1)]: head.slice(0, place) + put + head.slice(place + cut) })
      },
    ),
    { numRuns: 500 },
  )
})
