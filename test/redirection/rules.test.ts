import { describe, expect, test } from 'vitest'
import type { Argument } from '#model/netfilter.ts'
import { matchReaders } from '#redirection/iptables/matches.ts'
import { targetReaders } from '#redirection/iptables/targets.ts'
import { skbOf } from '#redirection/skb.ts'
import type { Stage } from '#redirection/stage.ts'

const packet = () => skbOf({ family: 4, protocol: 'tcp', segment: 'syn', src: 1, sport: 4000, dst: 2, dport: 80 })
const stage = {} as Stage
const options = (...parts: string[]): Argument[] =>
  parts.map(part => {
    const [first = '', ...rest] = part.split(' ')
    return first === '!'
      ? { flag: rest[0] ?? '', inverted: true, values: rest.slice(1) }
      : { flag: first, inverted: false, values: rest }
  })

const markAfter = (name: string, start: number, ...parts: string[]): number => {
  const skb = { ...packet(), mark: start }
  for (const part of targetReaders[name]?.({ name, options: options(...parts) }) ?? [])
    if (part.kind === 'effect') part.act(skb, stage)
  return skb.mark
}

describe('marks (specs/redirection.md §6.4)', () => {
  test.each([
    ['--set-xmark 0x111/0xfff', 0xabcdef, 0xabc111],
    ['--set-mark 0x4/0x4', 0x3, 0x7],
    ['--set-mark 0x220', 0xffffffff, 0x220],
    ['--or-mark 0x100', 0x1, 0x101],
    ['--and-mark 0xff', 0x1234, 0x34],
    ['--xor-mark 0x4000', 0x4000, 0],
    ['--set-xmark 0x4000/0x0', 0x4001, 0x1],
    ['--set-xmark 0x80000000/0x80000000', 0, 0x80000000],
  ])('MARK %s turns %i into %i', (spelling, before, after) => {
    expect(markAfter('MARK', before, spelling)).toBe(after)
  })

  test('the match compares masked bits, so 0x1539 is ztunnel and 0x53a is not', () => {
    const holds = (mark: number) => {
      const [part] = matchReaders.mark?.({ name: 'mark', options: options('--mark 0x539/0xfff') }) ?? []
      return part?.kind === 'test' ? part.holds({ ...packet(), mark }, stage) : undefined
    }
    expect([0x539, 0x1539, 0x53a].map(holds)).toEqual([true, true, false])
  })
})

describe('ports', () => {
  const holds = (name: string, protocol: 'tcp' | 'icmp', ...parts: string[]) =>
    matchReaders[name]?.({ name, options: options(...parts) })?.every(
      part => part.kind === 'test' && part.holds({ ...packet(), protocol }, stage) === true,
    )

  test.each([
    ['tcp', '--dport 80', true],
    ['tcp', '! --dport 80', false],
    ['tcp', '--dport 8000:', false],
    ['tcp', '--dport :80', true],
    ['tcp', '--sport 4000 ', true],
    ['multiport', '--dports 53,79:81', true],
    ['multiport', '! --ports 4000', false],
    ['tcp', '--syn', true],
    ['tcp', '! --tcp-flags FIN,SYN,RST,ACK SYN', false],
  ])('-m %s %s on a SYN to 80: %s', (name, spelling, expected) => {
    expect(holds(name, 'tcp', spelling)).toBe(expected)
  })

  test('a packet without ports fails a port match, negated or not', () => {
    expect(holds('tcp', 'icmp', '! --dport 80')).toBe(false)
  })
})

describe('what is not known', () => {
  test.each([
    ['bpf', '--object-pinned /x'],
    ['recent', '--rttl'],
    ['statistic', '--mode nth'],
    ['mark', '--never-heard'],
    ['owner', '--suppl-groups'],
  ])('-m %s %s has no reading', (name, spelling) => {
    expect(matchReaders[name]?.({ name, options: options(spelling) })).toBeUndefined()
  })

  test.each(['NFQUEUE', 'SYNPROXY', 'TEE'])('neither has -j %s', name => {
    expect(targetReaders[name]?.({ name, options: [] })).toBeUndefined()
  })
})
