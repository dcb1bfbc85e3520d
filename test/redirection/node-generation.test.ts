import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeNetns } from '#decode/netfilter/netns.ts'
import type { Netns } from '#model/netfilter.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { recognise } from '#redirection/recognise/recognise.ts'
import { align } from '#redirection/recognise/sequence.ts'

const recordedCase = async (name: string, kind: 'node' | 'ztunnel'): Promise<Netns> => {
  const { netns } = await readMesh([`fixtures/recorded/redirection/${name}`])
  const found = netns.find(({ subject }) => subject.kind === kind)
  if (found === undefined) throw new Error(`no ${kind} in ${name}`)
  return found
}

const node = await recordedCase('node-1.20', 'node')
const ztunnel = await recordedCase('node-1.20', 'ztunnel')
const programs = await recordedCase('ebpf-1.20', 'node')

const changed = (netns: Netns, kinds: RegExp, change: (text: string) => string): Netns =>
  decodeNetns(
    netns.subject,
    netns.files
      .filter(({ file }) => !/restore-input|counters|-save-c|(rule|route-all)\.json$/.test(file))
      .map(file => (kinds.test(file.kind) && file.family !== 6 ? { ...file, text: change(file.text) } : file)),
  )

const codes = (netns: Netns): readonly string[] => recognise(netns).findings.map(({ code }) => code)

describe('recorded nodes are what they say they are', () => {
  test.each([
    ['node-1.18', { oldest: 18, newest: 18 }],
    ['node-1.18-dns', { oldest: 18, newest: 18 }],
    ['node-1.20', { oldest: 20, newest: 20 }],
  ])('%s', async (name, releases) => {
    const found = recognise(await recordedCase(name, 'node'))
    expect(found).toMatchObject({ kind: 'node-iptables', releases, findings: [] })
    expect(found.rules.filter(({ owner, role }) => owner === 'ambient-node' && role === undefined)).toEqual([])
    expect(recognise(await recordedCase(name, 'ztunnel'))).toMatchObject({ kind: 'ztunnel-iptables', findings: [] })
  })

  test('programs and maps', async () => {
    expect(recognise(programs)).toMatchObject({
      kind: 'node-ebpf',
      findings: [],
      probeSets: [{ name: 'app_info', members: ['10.244.1.10', '10.244.1.11'] }],
    })
    expect(recognise(await recordedCase('ebpf-1.20', 'ztunnel'))).toMatchObject({ kind: 'ztunnel-ebpf', findings: [] })
  })
})

describe('what was broken on a node is found', () => {
  const rules = [node, ztunnel].flatMap(netns =>
    recognise(netns)
      .rules.filter(({ owner }) => owner === 'ambient-node')
      .map(rule => ({ netns, rule })),
  )

  test('any rule that is taken away is missed, and the others stay known', () => {
    fc.assert(
      fc.property(fc.constantFrom(...rules), ({ netns, rule: { table, chain, text, role } }) => {
        const broken = changed(netns, /^iptables/, save => {
          const [before = '', after = ''] = save.split(`*${table}\n`)
          return `${before}*${table}\n${after.replace(`-A ${chain} ${text}\n`, '')}`
        })
        expect(recognise(broken).findings).toEqual([
          expect.objectContaining({
            code: 'rule-missing',
            ambient: 'AMB003',
            about: `${table} ${chain}`,
            // the two forms of this rule tell 1.20 from 1.19: without it nobody knows which one is missing
            role: role === 'skip-node-to-pods' ? 'skip-node' : role,
          }),
        ])
      }),
      { numRuns: 40 },
    )
  })

  test('a rule that nobody of Istio wrote, one that is there twice, and another order', () => {
    const udp = '-A ztunnel-PREROUTING -p udp -j MARK --set-xmark 0x220/0x220\n'
    const put = (text: string) => changed(node, /^iptables/, save => save.replace(udp, `${udp}${text}`))
    expect(codes(put('-A ztunnel-PREROUTING -p icmp -j RETURN\n'))).toEqual(['rule-unknown'])
    expect(codes(put(udp))).toEqual(['rule-duplicate'])
    const last = /^-A ztunnel-PREROUTING -p tcp -m set.*\n/m
    const first = changed(node, /^iptables/, save => {
      const [rule = ''] = last.exec(save) ?? []
      return save.replace(last, '').replace('-A ztunnel-PREROUTING -i istioin -j MARK', `${rule}$&`)
    })
    expect(recognise(first).findings).toMatchObject([{ code: 'rule-order', role: 'mark-outbound' }])
  })

  const surroundings: readonly (readonly [Netns, RegExp, RegExp | string, string, string])[] = [
    [node, /^ip-rule/, /^101:.*\n/m, '', 'node-ip-rule-missing'],
    [node, /^ip-rule/, /^103:.*\n/m, '', 'node-ip-rule-missing'],
    [node, /^ip-route/, /^10\.244\.1\.11 via .* table 100 .*\n/m, '', 'pod-route-missing'],
    [node, /^ip-route/, /^default via .* table 101 .*\n/m, '', 'node-route-missing'],
    [node, /^sysctl/, 'all.rp_filter = 0', 'all.rp_filter = 1', 'reverse-path-filter'],
    [ztunnel, /^ip-rule/, /^20003:.*\n/m, '', 'node-ip-rule-missing'],
    [ztunnel, /^ip-route/, /^local default .*\n/m, '', 'node-route-missing'],
  ]
  test.each(surroundings)('surroundings %#', (netns, kinds, what, by, expected) => {
    expect(codes(changed(netns, kinds, text => text.replace(what, by)))).toEqual([expected])
  })

  test('a tunnel that is gone', () => {
    const links = node.links?.filter(({ name }) => name !== 'istioout')
    expect(recognise({ ...node, links }).findings).toMatchObject([{ code: 'tunnel-missing', about: 'istioout' }])
  })

  test('maps and programs that do not fit', () => {
    const { bpf } = programs
    const without = (change: Partial<Netns['bpf']>) => codes({ ...programs, bpf: { ...bpf, ...change } })
    const map = (name: string, value: readonly number[]) =>
      bpf.maps.map(map =>
        map.name === name ? { ...map, entries: map.entries?.slice(0, 1).map(entry => ({ ...entry, value })) } : map,
      )
    expect(without({ maps: map('ztunnel_info', new Array(12).fill(0)) })).toEqual(['no-ztunnel-set'])
    expect(without({ maps: map('host_ip_info', new Array(16).fill(0)) })).toEqual(['host-address-unset'])
    expect(without({ maps: map('app_info', [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) })).toEqual(['pod-not-in-map'])
    expect(without({ maps: [] })).toEqual(['maps-not-recorded'])
    const lacking = {
      attachments: bpf.attachments?.filter(({ device, at }) => device !== 'vethappa' || at !== 'tc-egress'),
      filters: [],
    }
    expect(recognise({ ...programs, bpf: { ...bpf, ...lacking } }).findings).toMatchObject([
      { code: 'program-missing', about: 'app_inbound on vethappa egress, pod 10.244.1.10' },
    ])
  })
})

test('alignment accounts for every wanted and every found item once', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })
  fc.assert(
    fc.property(letters, letters, (wanted, found) => {
      const { missing, extra, misplaced } = align(wanted, found, letter => letter)
      const count = (letter: string, list: readonly string[]) => list.filter(other => other === letter).length
      for (const letter of ['a', 'b', 'c'])
        expect(count(letter, wanted) - count(letter, missing)).toBe(count(letter, found) - count(letter, extra))
      if (wanted.join() === found.join()) expect([...missing, ...extra, ...misplaced]).toEqual([])
    }),
  )
})
