import type { Extension } from '#model/netfilter.ts'
import type { Part } from '../chains.ts'
import type { Skb } from '../skb.ts'
import { test, unless } from '../tests/test.ts'
import { onlyKnows, option } from './arguments.ts'

const names: Readonly<Record<string, number>> = {
  'echo-request': 8,
  'echo-reply': 0,
  'destination-unreachable': 3,
  'port-unreachable': 3,
  ping: 8,
  pong: 0,
}
const names6: Readonly<Record<string, number>> = {
  'echo-request': 128,
  'echo-reply': 129,
  'destination-unreachable': 1,
  'port-unreachable': 1,
}

export const icmpTypeOf = ({ family, segment }: Skb): number | undefined => {
  if (segment === 'echo-request') return family === 4 ? 8 : 128
  if (segment === 'echo-reply') return family === 4 ? 0 : 129
  if (segment === 'unreachable') return family === 4 ? 3 : 1
  return undefined
}

/** Codes are not looked at: a rule that names one is unknown. */
export const icmpMatch = (extension: Extension): readonly Part[] | undefined => {
  if (!onlyKnows(extension, ['--icmp-type', '--icmpv6-type'])) return undefined
  const named = option(extension, '--icmp-type', '--icmpv6-type')
  if (named === undefined) return []
  const [text = ''] = named.values
  if (text === 'any') return []
  const type = (named.flag === '--icmp-type' ? names : names6)[text] ?? Number(text)
  if (!Number.isInteger(type)) return undefined
  return [test(unless(named.inverted, skb => icmpTypeOf(skb) === type))]
}
