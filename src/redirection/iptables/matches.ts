import type { Argument, Extension } from '#model/netfilter.ts'
import type { Part } from '../chains.ts'
import { readIp } from '../ip.ts'
import { bridgePort } from '../tests/bridge-port.ts'
import { addressBetween, addressType, ports, tcpFlags } from '../tests/header.ts'
import {
  connmark,
  ctDirection,
  ctState,
  inSet,
  mark,
  type Owner,
  owner,
  reversePath,
  socketWould,
} from '../tests/state.ts'
import { type Holds, test, unless } from '../tests/test.ts'
import { onlyKnows, option, readMasked, readPorts } from './arguments.ts'
import { recent, statistic } from './history.ts'
import { icmpMatch } from './icmp.ts'

/** Parts of a match extension; undefined when its meaning, or one of its options, is not known. */
export type MatchReader = (extension: Extension) => readonly Part[] | undefined

const each = (extension: Extension, read: (argument: Argument) => Holds | undefined): readonly Part[] | undefined => {
  const parts: Part[] = []
  for (const argument of extension.options) {
    const holds = read(argument)
    if (holds === undefined) return undefined
    parts.push(test(holds))
  }
  return parts
}

/** `--dport`, `--sport` and, for tcp, flags. `-m tcp` alone says only what `-p tcp` said. */
const portMatch: MatchReader = extension =>
  each(extension, ({ flag, values, inverted }) => {
    const [first = '', second = ''] = values
    if (flag === '--syn') return unless(inverted, tcpFlags(['FIN', 'SYN', 'RST', 'ACK'], ['SYN']))
    if (flag === '--tcp-flags')
      return unless(inverted, tcpFlags(first.split(','), second === 'NONE' ? [] : second.split(',')))
    const side = sideOf(flag)
    const range = readPorts(first)
    return side === undefined || range === undefined ? undefined : ports(side, [range], inverted)
  })

const sideOf = (flag: string): 'sport' | 'dport' | 'either' | undefined => {
  if (flag === '--dport' || flag === '--dports' || flag === '--destination-port' || flag === '--destination-ports')
    return 'dport'
  if (flag === '--sport' || flag === '--sports' || flag === '--source-port' || flag === '--source-ports') return 'sport'
  return flag === '--ports' ? 'either' : undefined
}

const multiport: MatchReader = extension =>
  each(extension, ({ flag, values, inverted }) => {
    const side = sideOf(flag)
    const ranges = (values[0] ?? '').split(',').map(text => readPorts(text))
    if (side === undefined || ranges.some(range => range === undefined)) return undefined
    return ports(
      side,
      ranges.filter(range => range !== undefined),
      inverted,
    )
  })

const markMatch: MatchReader = extension =>
  each(extension, ({ flag, values, inverted }) => {
    const masked = flag === '--mark' ? readMasked(values[0] ?? '') : undefined
    return masked === undefined ? undefined : unless(inverted, mark(masked.value, masked.mask))
  })

const connmarkMatch: MatchReader = extension =>
  each(extension, ({ flag, values, inverted }) => {
    const masked = flag === '--mark' ? readMasked(values[0] ?? '') : undefined
    return masked === undefined ? undefined : connmark(masked.value, masked.mask, inverted)
  })

const conntrackMatch: MatchReader = extension =>
  each(extension, ({ flag, values, inverted }) => {
    if (flag === '--ctstate' || flag === '--state')
      return unless(inverted, ctState((values[0] ?? '').toUpperCase().split(',')))
    if (flag === '--ctdir') return unless(inverted, ctDirection(values[0] ?? ''))
    return undefined
  })

const setMatch: MatchReader = extension => {
  const named = option(extension, '--match-set')
  const [name, fields] = named?.values ?? []
  if (named === undefined || name === undefined || fields === undefined) return undefined
  if (!onlyKnows(extension, ['--match-set', '--return-nomatch'])) return undefined
  return [test(unless(named.inverted, inSet(name, fields.split(','))))]
}

const idRange = ({ values, inverted }: Argument) => {
  const [from = '', to = from] = (values[0] ?? '').split('-')
  const range = { from: from === 'root' ? 0 : Number(from), to: to === 'root' ? 0 : Number(to), inverted }
  return Number.isInteger(range.from) && Number.isInteger(range.to) ? range : undefined
}

const ownerMatch: MatchReader = extension => {
  if (!onlyKnows(extension, ['--uid-owner', '--gid-owner', '--socket-exists'])) return undefined
  const uid = option(extension, '--uid-owner')
  const gid = option(extension, '--gid-owner')
  const exists = option(extension, '--socket-exists')
  const uids = uid === undefined ? undefined : idRange(uid)
  const gids = gid === undefined ? undefined : idRange(gid)
  if ((uid !== undefined && uids === undefined) || (gid !== undefined && gids === undefined)) return undefined
  const conditions: Owner = {
    ...(uids === undefined ? {} : { uids }),
    ...(gids === undefined ? {} : { gids }),
    ...(exists === undefined ? {} : { socketExists: { inverted: exists.inverted } }),
  }
  return [test(owner(conditions))]
}

const addrtype: MatchReader = extension => {
  if (!onlyKnows(extension, ['--dst-type', '--src-type', '--limit-iface-in', '--limit-iface-out'])) return undefined
  if (option(extension, '--limit-iface-in', '--limit-iface-out') !== undefined) return undefined
  return each(extension, ({ flag, values, inverted }) =>
    unless(inverted, addressType(flag === '--dst-type' ? 'dst' : 'src', (values[0] ?? '').split(','))),
  )
}

const iprange: MatchReader = extension =>
  each(extension, ({ flag, values, inverted }) => {
    const [from, to] = (values[0] ?? '').split('-').map(readIp)
    if (from === undefined || (flag !== '--src-range' && flag !== '--dst-range')) return undefined
    return unless(inverted, addressBetween(flag === '--src-range' ? 'src' : 'dst', from, to ?? from))
  })

const socket: MatchReader = extension =>
  onlyKnows(extension, ['--transparent', '--nowildcard'])
    ? [
        test(
          socketWould(
            option(extension, '--transparent') !== undefined,
            option(extension, '--nowildcard') !== undefined,
          ),
        ),
      ]
    : undefined

const rpfilter: MatchReader = extension => {
  if (!onlyKnows(extension, ['--loose', '--validmark', '--accept-local', '--invert'])) return undefined
  const has = (flag: string) => option(extension, flag) !== undefined
  return [test(unless(has('--invert'), reversePath(has('--loose'), has('--validmark'), has('--accept-local'))))]
}

/** A packet that the namespace itself routes or takes is not bridged. */
const physdev: MatchReader = extension =>
  each(extension, ({ flag, inverted }) => {
    if (flag === '--physdev-is-bridged') return unless(inverted, () => false)
    if (flag === '--physdev-in' || flag === '--physdev-is-in') return unless(inverted, bridgePort('in'))
    if (flag === '--physdev-out' || flag === '--physdev-is-out') return unless(inverted, bridgePort('out'))
    return undefined
  })

const saysNothing: MatchReader = () => []

export const matchReaders: Readonly<Record<string, MatchReader>> = {
  tcp: portMatch,
  udp: portMatch,
  sctp: portMatch,
  multiport,
  mark: markMatch,
  connmark: connmarkMatch,
  conntrack: conntrackMatch,
  state: conntrackMatch,
  set: setMatch,
  owner: ownerMatch,
  addrtype,
  iprange,
  recent,
  statistic,
  socket,
  rpfilter,
  physdev,
  icmp: icmpMatch,
  icmp6: icmpMatch,
  comment: saysNothing,
}
