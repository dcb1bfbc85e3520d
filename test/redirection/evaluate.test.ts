import { describe, expect, test } from 'vitest'
import { evaluate, soleFate } from '#redirection/evaluate.ts'
import { netnsName, prepareKernel } from '#redirection/prepare/kernel.ts'
import { redirectIn, redirectOut } from '#redirection/redirect.ts'
import { Topology } from '#redirection/topology.ts'
import { trafficKinds } from '#redirection/traffic-kinds.ts'
import { netnsFrom, type Recording, recordingIn } from '../netns/read.ts'

const pod = (capture: string, change: (recording: Recording) => Recording = same => same) =>
  prepareKernel(netnsFrom(change(recordingIn(`fixtures/recorded/redirection/${capture}`))), 'pod')

const inserted =
  (before: string, line: string) =>
  (recording: Recording): Recording => ({
    ...recording,
    'iptables-save.txt': (recording['iptables-save.txt'] ?? '').replace(before, `${line}\n${before}`),
    'iptables-save-c.txt': '',
  })

describe('a pod with DNS capture', () => {
  const kernel = pod('inpod-dns-dualstack')

  test('outbound TCP is redirected to 15001 by the last rule of nat ISTIO_OUTPUT', () => {
    const evaluation = redirectOut(kernel, { protocol: 'tcp', to: '10.96.0.50', port: 80 })
    expect(soleFate(evaluation)).toMatchObject({
      kind: 'arrives',
      at: { local: { port: 15001 }, by: 'nat', originalDestination: { address: '10.96.0.50', port: 80 } },
    })
    const [deciding] = evaluation.branches[0].path.filter(
      hit => hit.packet === 'request' && hit.chain === 'ISTIO_OUTPUT',
    )
    expect(deciding).toMatchObject({ table: 'nat', number: 6, hook: 'output', evidence: { from: 'rule' } })
    expect(deciding?.evidence).toMatchObject({ text: expect.stringContaining('REDIRECT --to-ports 15001') })
  })

  test("ztunnel's own traffic leaves in both families", () => {
    for (const to of ['10.96.0.50', 'fd00:10:96::50'])
      expect(soleFate(redirectOut(kernel, { protocol: 'tcp', to, port: 80, mark: 0x539 }))).toMatchObject({
        kind: 'leaves',
        dev: 'eth0',
        to: { port: 80 },
      })
  })

  test.each([
    ['10.244.2.20', 8080, 15006],
    ['10.244.2.20', 15008, 15008],
    ['169.254.7.127', 8080, 8080],
  ])('inbound TCP from %s to port %i arrives at port %i', (from, port, arrives) => {
    const fate = soleFate(redirectIn(kernel, { protocol: 'tcp', from, to: '10.244.1.10', port }))
    expect(fate).toMatchObject({ kind: 'arrives', at: { local: { port: arrives }, peer: { address: from } } })
  })

  test('nobody recorded who listens, so an arrival is an assumption', () => {
    const fate = soleFate(redirectIn(kernel, { protocol: 'tcp', from: '10.244.2.20', to: '10.244.1.10', port: 15008 }))
    expect(fate).toMatchObject({ kind: 'arrives', at: { assumed: true } })
  })

  test('a row for every kind of traffic, in both families', () => {
    const rows = trafficKinds(kernel)
    const of = (kind: string, family: number) => rows.find(row => row.kind === kind && row.family === family)
    expect(soleFate(of('dns-udp', 6)?.evaluation ?? { branches: [] as never })).toMatchObject({
      at: { local: { address: '::1', port: 15053 } },
    })
    expect(soleFate(of('outbound-icmp', 4)?.evaluation ?? { branches: [] as never })).toMatchObject({ kind: 'leaves' })
    expect(new Set(rows.map(({ kind }) => kind)).size).toBe(14)
  })
})

describe('what cannot be known', () => {
  const last = '-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -p tcp -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15001'
  const unknownMatch = '-A ISTIO_OUTPUT -p tcp -m bpf --object-pinned /sys/fs/bpf/x -j ACCEPT'

  test('a packet that reaches an unknown match is undetermined and names it', () => {
    const kernel = pod('inpod-default-v4', inserted(last, unknownMatch))
    expect(soleFate(redirectOut(kernel, { protocol: 'tcp', to: '10.96.0.50', port: 80 }))).toMatchObject({
      kind: 'undetermined',
      missing: [{ what: 'match', text: 'bpf', evidence: { from: 'rule' } }],
    })
  })

  test('a packet that its known matches exclude is not', () => {
    const kernel = pod('inpod-default-v4', inserted(last, unknownMatch))
    expect(soleFate(redirectOut(kernel, { protocol: 'udp', to: '10.96.0.50', port: 9999 }))).toMatchObject({
      kind: 'leaves',
    })
  })

  test('a set that was not recorded leaves its rule open', () => {
    const kernel = pod(
      'inpod-default-v4',
      inserted(last, '-A ISTIO_OUTPUT -p tcp -m set --match-set gone dst -j ACCEPT'),
    )
    expect(soleFate(redirectOut(kernel, { protocol: 'tcp', to: '10.96.0.50', port: 80 }))).toMatchObject({
      kind: 'undetermined',
      missing: [{ what: 'set', text: 'gone' }],
    })
  })
})

describe('chance', () => {
  test('kube-proxy endpoints are branches whose probabilities add up', () => {
    const service = [
      '-A KUBE-SERVICES -d 10.96.9.9/32 -p tcp -m tcp --dport 80 -j KUBE-SVC',
      '-A KUBE-SVC -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-A',
      '-A KUBE-SVC -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-B',
      '-A KUBE-SVC -j KUBE-SEP-C',
      ...['A', 'B', 'C'].map(
        (name, index) => `-A KUBE-SEP-${name} -p tcp -j DNAT --to-destination 10.244.9.${index + 1}:8080`,
      ),
    ]
    const chains = ['KUBE-SVC', 'KUBE-SEP-A', 'KUBE-SEP-B', 'KUBE-SEP-C'].map(name => `:${name} - [0:0]`)
    const kernel = pod('host-probes-1.27', recording => ({
      ...recording,
      'iptables-save-c.txt': '',
      'iptables-save.txt': (recording['iptables-save.txt'] ?? '')
        .replace(/(:KUBE-SERVICES [^\n]*\n)/, `$1${chains.join('\n')}\n`)
        .replace('\nCOMMIT', `\n${service.join('\n')}\nCOMMIT`),
    }))
    const { branches } = evaluate(new Topology([kernel]), {
      protocol: 'tcp',
      destination: '10.96.9.9',
      port: 80,
      origin: { kind: 'local', netns: 'pod', uid: 0 },
    })
    expect(branches.map(({ fate }) => (fate.kind === 'leaves' ? fate.to.address : fate.kind))).toEqual([
      '10.244.9.1',
      '10.244.9.2',
      '10.244.9.3',
    ])
    for (const { probability } of branches) expect(probability).toBeCloseTo(1 / 3, 3)
  })
})

test('namespaces are called after whose they are', () => {
  expect(netnsName({ kind: 'pod', namespace: 'shop', pod: 'web-7c9' })).toBe('pod shop/web-7c9')
  expect(netnsName({ kind: 'node', node: 'n1' })).toBe('node n1')
})
