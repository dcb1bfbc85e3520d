import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeNetns } from '#decode/netfilter/netns.ts'
import type { Netns } from '#model/netfilter.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { missingFromProbeSet } from '#redirection/recognise/probe-set.ts'
import { recognise } from '#redirection/recognise/recognise.ts'
import type { Recognition } from '#redirection/recognise/recognition.ts'

const recordedCase = async (name: string): Promise<Netns> => {
  const { netns } = await readMesh([`fixtures/recorded/redirection/${name}`])
  const [found] = netns
  if (found === undefined) throw new Error(`no namespace in ${name}`)
  return found
}

/** The same namespace after somebody worked on its iptables rules. */
const changed = (netns: Netns, family: 4 | 6, change: (text: string) => string): Netns =>
  decodeNetns(
    netns.subject,
    netns.files
      .filter(({ file }) => !/restore-input|counters|-save-c/.test(file))
      .map(file =>
        file.kind === 'iptables-save' && file.family === family ? { ...file, text: change(file.text) } : file,
      ),
  )

const codes = ({ findings }: Pick<Recognition, 'findings'>): readonly string[] => [
  ...new Set(findings.map(({ code }) => code)),
]

const dualstack = await recordedCase('inpod-dns-dualstack')

describe('recorded installations are what they say they are', () => {
  test.each([
    [
      'inpod-1.21-tproxy-v4',
      { kind: 'pod-iptables', families: [4], features: { mode: 'tproxy', dns: 'off' }, releases: { oldest: 21 } },
    ],
    [
      'inpod-1.21-tproxy-dns-v4',
      { features: { mode: 'tproxy', dns: 'udp-unguarded' }, releases: { oldest: 21, newest: 23 } },
    ],
    ['inpod-default-v4', { features: { mode: 'redirect', dns: 'off', bypassInbound: false } }],
    [
      'inpod-dns-dualstack',
      {
        families: [4, 6],
        features: { dns: 'on', probeAddresses: ['169.254.7.127', 'fd16:9254:7127:1337:ffff:ffff:ffff:ffff'] },
        releases: { oldest: 24 },
      },
    ],
    ['inpod-dns-dualstack-legacy', { backEnds: ['iptables-legacy'], families: [4, 6] }],
    ['inpod-virtual-interface', { features: { virtualInterfaces: ['vif0'] }, releases: { oldest: 25 } }],
    ['inpod-ingress-1.29', { features: { bypassInbound: true }, releases: { oldest: 29 } }],
    [
      'nft-inpod-dns-dualstack',
      { kind: 'pod-nft', families: [4, 6], features: { dns: 'on' }, releases: { oldest: 28 } },
    ],
    ['nft-inpod-ingress-1.29', { kind: 'pod-nft', families: [4], features: { bypassInbound: true } }],
    [
      'host-probes-1.27',
      { kind: 'node-probes', probeSets: [{ source: '169.254.7.127', members: ['10.244.1.10'] }, { family: 6 }] },
    ],
    [
      'nft-host-probes',
      { kind: 'node-probes', probeSets: [{ source: '169.254.7.127', members: ['10.244.1.10'] }, { family: 6 }] },
    ],
    ['node-1.20/node', { kind: 'node-iptables' }],
    ['node-1.18/ztunnel', { kind: 'ztunnel-iptables' }],
    ['ebpf-1.20/node', { kind: 'none' }],
  ])('%s', async (name, expected) => {
    const recognition = recognise(await recordedCase(name))
    expect(recognition).toMatchObject(expected)
    expect(codes(recognition).filter(code => code !== 'ipv6-uncovered')).toEqual([])
  })
})

describe('what was broken is found', () => {
  test('any rule of Istio that is taken away is missed, in its family', () => {
    const rules = ([4, 6] as const).flatMap(family =>
      recognise(dualstack)
        .rules.filter(rule => rule.owner === 'ambient' && rule.families.includes(family))
        .map(rule => ({ family, rule })),
    )
    fc.assert(
      fc.property(fc.constantFrom(...rules), ({ family, rule }) => {
        const { text } = rule
        const broken = changed(dualstack, family, save => {
          const [before = '', after = ''] = save.split(`*${rule.table}\n`)
          return `${before}*${rule.table}\n${after.replace(`-A ${rule.chain} ${text}\n`, '')}`
        })
        expect(recognise(broken).findings).toEqual([
          expect.objectContaining({ code: 'rule-missing', family, role: rule.role, ambient: 'AMB003' }),
        ])
      }),
    )
  })

  test('a rule that is there twice is a note', () => {
    const twice = changed(dualstack, 4, save =>
      save.replaceAll('-A OUTPUT -j ISTIO_OUTPUT\n', '-A OUTPUT -j ISTIO_OUTPUT\n-A OUTPUT -j ISTIO_OUTPUT\n'),
    )
    expect(recognise(twice).findings.map(({ code, severity }) => `${code} ${severity}`)).toEqual(
      Array(3).fill('rule-duplicate note'),
    )
  })

  test('another order', () => {
    const line = /^-A ISTIO_PRERT -s 169.*\n/m
    const swapped = changed(dualstack, 4, save => {
      const [accept = ''] = line.exec(save) ?? []
      return save.replace(line, '').replace(/^(-A ISTIO_PRERT .*15006\n)/m, `$1${accept}`)
    })
    expect(recognise(swapped).findings).toMatchObject([{ code: 'rule-order', role: 'probe-in' }])
  })

  test('a rule that Istio does not program', () => {
    const foreign = changed(dualstack, 4, save =>
      save.replace('*nat\n', '*nat\n:ISTIO_OUTPUT - [0:0]\n-A ISTIO_OUTPUT -d 10.0.0.0/8 -j ACCEPT\n'),
    )
    expect(recognise(foreign).findings).toMatchObject([{ code: 'rule-unknown', about: 'nat ISTIO_OUTPUT #1' }])
  })

  test('the six rules of an interrupted reconcile', () => {
    const guards = ['INPUT', 'FORWARD', 'OUTPUT'].flatMap(chain =>
      ['udp', 'tcp'].map(protocol => `-A ${chain} -p ${protocol} -j DROP`),
    )
    const dropped = (lines: readonly string[]) =>
      changed(dualstack, 4, save => `${save}*filter\n${lines.join('\n')}\nCOMMIT\n`)
    expect(codes(recognise(dropped(guards)))).toEqual(['interrupted-reconcile'])
    expect(codes(recognise(dropped(guards.slice(1))))).toEqual([])
  })

  test('policy rule and local route', () => {
    const without = (kinds: RegExp, line: RegExp) =>
      recognise(
        decodeNetns(
          dualstack.subject,
          dualstack.files
            .filter(({ file }) => !/(rule|route-all)\.json$/.test(file))
            .map(file =>
              kinds.test(file.kind) && file.family === 4 ? { ...file, text: file.text.replace(line, '') } : file,
            ),
        ),
      )
    expect(without(/^ip-rule/, /^32764.*\n/m).findings).toMatchObject([{ code: 'ip-rule-missing', family: 4 }])
    expect(without(/^ip-route/, /^local default dev lo table 100 scope.*\n/m).findings).toMatchObject([
      { code: 'local-route-missing', family: 4 },
    ])
  })

  test('chains of a sidecar, by whether anything leads there', () => {
    const chains = '-N ISTIO_REDIRECT\n-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001\n'
    const left = (entrance: string) => changed(dualstack, 4, save => `${save}*nat\n${chains}${entrance}COMMIT\n`)
    expect(codes(recognise(left('')))).toEqual(['sidecar-chains-unreferenced'])
    expect(codes(recognise(left('-A OUTPUT -p tcp -j ISTIO_REDIRECT\n')))).toEqual(['sidecar-chains-active'])
  })

  test('tables of nft beside the rules of iptables', async () => {
    const nft = await recordedCase('nft-inpod-default-v4')
    const both = decodeNetns(dualstack.subject, [
      ...dualstack.files.filter(({ kind }) => !kind.startsWith('nft')),
      ...nft.files.filter(({ kind }) => kind === 'nft-json'),
    ])
    expect(codes(recognise(both))).toEqual(['two-back-ends'])
    const text =
      'table inet istio-ambient-nat {\n chain prerouting {\n type nat hook prerouting priority dstnat; policy accept;\n tcp dport != 15008 redirect to :15006\n }\n}'
    const leftover = decodeNetns(dualstack.subject, [
      ...dualstack.files.filter(({ kind }) => !kind.startsWith('nft')),
      { kind: 'nft-text', family: undefined, file: 'nft.txt', text },
    ])
    expect(recognise(leftover).findings).toMatchObject([
      { code: 'leftover-tables', ambient: 'AMB042', severity: 'broken' },
    ])
  })

  test('a pod that its node does not exempt', async () => {
    const node = await recordedCase('host-probes-1.27')
    const lacking = {
      ...node,
      ipsets: (node.ipsets ?? []).map(set => (set.family === 4 ? { ...set, members: [] } : set)),
    }
    const pod = recognise(dualstack)
    expect(missingFromProbeSet(dualstack, pod, recognise(node), 'ipset.txt')).toEqual([])
    expect(missingFromProbeSet(dualstack, pod, recognise(lacking), 'ipset.txt')).toMatchObject([
      { code: 'not-in-probe-set', about: '10.244.1.10', family: 4 },
    ])
  })

  test('ports of ztunnel that nobody listens on', () => {
    const ss = {
      kind: 'ss',
      family: undefined,
      file: 'ss.txt',
      text: 'State Recv-Q Send-Q Local Peer\nLISTEN 0 1 *:15001 *:*\nLISTEN 0 1 *:15006 *:*\n',
    }
    expect(recognise(decodeNetns(dualstack.subject, [...dualstack.files, ss])).findings).toMatchObject([
      { code: 'nobody-listens', about: '15008, 15053' },
    ])
  })

  test('an address of IPv6 without rules', async () => {
    expect(recognise(await recordedCase('inpod-dns-v4')).findings).toMatchObject([
      { code: 'ipv6-uncovered', about: 'fd00:10:244:1::10' },
    ])
  })
})
