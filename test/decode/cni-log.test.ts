import { expect, test } from 'vitest'
import { programmedRules } from '#decode/cni-log.ts'

const at = '2026-11-23T18:42:26.981853Z\tinfo\tcni-agent\t'

const nftFor = (namespace: string, pod: string, port: number, ends = `ns=${namespace} name=${pod}`): string =>
  [
    `${at}adding pod to the mesh\tns=${namespace} name=${pod}`,
    `${at}native nftables enabled, using nft rules for inpod traffic redirection\tns=${namespace} name=${pod}`,
    '2026-11-23T18:42:26.981853Z\tinfo\tnftables rules programmed:',
    'add table inet istio-ambient-nat',
    'flush table inet istio-ambient-nat',
    `add rule inet istio-ambient-nat istio-output redirect to :${port}`,
    ' ',
    `${at}nftables inpod rules creation completed\t${ends}`,
    '',
  ].join('\n')

const restoreFor = (namespace: string, pod: string, rule: string): string =>
  [
    `${at}Running iptables-nft-restore with the following input:`,
    '* nat',
    rule,
    `COMMIT\tns=${namespace} name=${pod}`,
    `${at}adding pod to ztunnel\tns=${namespace} name=${pod}`,
    '',
  ].join('\n')

test('nft rules belong to the pod that the entries around them name', () => {
  const log = nftFor('shop', 'a', 1) + nftFor('shop', 'b', 2)
  expect(programmedRules(log, 'shop', 'b')).toEqual([
    {
      command: 'nft',
      text: 'add table inet istio-ambient-nat\nflush table inet istio-ambient-nat\nadd rule inet istio-ambient-nat istio-output redirect to :2\n',
    },
  ])
  expect(programmedRules(log, 'shop', 'c')).toEqual([])
})

test('the last programming counts', () => {
  const [rules] = programmedRules(nftFor('shop', 'a', 1) + nftFor('shop', 'a', 2), 'shop', 'a')
  expect(rules?.text).toContain('redirect to :2')
})

test('where another pod ends what one began, nobody knows whose the rules are', () => {
  expect(programmedRules(nftFor('shop', 'a', 1, 'ns=shop name=b'), 'shop', 'a')).toEqual([])
})

test('the input of a restore ends where its pod is named', () => {
  const log =
    restoreFor('shop', 'a', '-A ISTIO_OUTPUT -j ACCEPT') + restoreFor('shop', 'b', '-A ISTIO_OUTPUT -j RETURN')
  expect(programmedRules(log, 'shop', 'a')).toEqual([
    { command: 'iptables-nft-restore', text: '* nat\n-A ISTIO_OUTPUT -j ACCEPT\nCOMMIT\n' },
  ])
})

test('a log in JSON has each input in one message', () => {
  const entry = (members: object): string => JSON.stringify({ level: 'info', time: '2026-11-23T18:42:26Z', ...members })
  const pod = { ns: 'shop', name: 'a' }
  const log = [
    entry({ msg: 'native nftables enabled, using nft rules for inpod traffic redirection', ...pod }),
    entry({ msg: 'nftables rules programmed:\nadd table inet istio-ambient-nat\n \n' }),
    entry({ msg: 'nftables inpod rules creation completed', ...pod }),
    entry({ msg: 'Running ip6tables-nft-restore with the following input:\n* nat\nCOMMIT', ...pod }),
  ].join('\n')
  expect(programmedRules(log, 'shop', 'a')).toEqual([
    { command: 'nft', text: 'add table inet istio-ambient-nat\n' },
    { command: 'ip6tables-nft-restore', text: '* nat\nCOMMIT\n' },
  ])
})
