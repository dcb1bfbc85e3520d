import type { Extension } from '#model/netfilter.ts'
import type { Part } from '../chains.ts'
import { type Act, accept, drop, effect, verdict } from '../effects/effect.ts'
import { restoreMark, saveMark, setConnmark, setXmark } from '../effects/marks.ts'
import { masquerade, netmap, type Range, redirect, translateTo } from '../effects/nat.ts'
import { tproxy } from '../effects/tproxy.ts'
import { notrack, zone } from '../effects/tracking.ts'
import { isUnspecified, readIp, readPrefix } from '../ip.ts'
import type { Manip } from '../nat.ts'
import type { UnreachableCode } from '../skb.ts'
import { onlyKnows, option, readMasked, readNumber, readPorts, value } from './arguments.ts'

/** Undefined when the target's meaning, or one of its options, is not known; no part when it only watches. */
export type TargetReader = (extension: Extension) => readonly Part[] | undefined

const act = (of: Act | undefined): readonly Part[] | undefined => (of === undefined ? undefined : [effect(of)])

/** MARK and its five spellings, all told as clear-and-flip (specs/redirection.md §6.4). */
const mark: TargetReader = extension => {
  const [first] = extension.options
  const masked = readMasked(first?.values[0] ?? '')
  if (first === undefined || masked === undefined || extension.options.length !== 1) return undefined
  return act(markAs(first.flag, masked, setXmark))
}

const markAs = (
  flag: string,
  { value: bits, mask }: { readonly value: number; readonly mask: number },
  set: (value: number, mask: number) => Act,
): Act | undefined => {
  switch (flag) {
    case '--set-xmark':
      return set(bits, mask)
    case '--set-mark':
      return set(bits, (bits | mask) >>> 0)
    case '--or-mark':
      return set(bits, bits)
    case '--and-mark':
      return set(0, ~bits >>> 0)
    case '--xor-mark':
      return set(bits, 0)
    default:
      return undefined
  }
}

const connmark: TargetReader = extension => {
  const masks = (flag: string) =>
    option(extension, flag) === undefined ? 0xffffffff : readNumber(value(extension, flag) ?? '')
  const nfmask = masks('--nfmask')
  const ctmask = masks('--ctmask')
  if (nfmask === undefined || ctmask === undefined || option(extension, '--mask') !== undefined) return undefined
  if (option(extension, '--save-mark') !== undefined) return act(saveMark(nfmask, ctmask))
  if (option(extension, '--restore-mark') !== undefined) return act(restoreMark(nfmask, ctmask))
  const [first] = extension.options
  const masked = readMasked(first?.values[0] ?? '')
  return first === undefined || masked === undefined ? undefined : act(markAs(first.flag, masked, setConnmark))
}

const ct: TargetReader = extension => {
  if (option(extension, '--notrack') !== undefined) return act(notrack)
  if (!onlyKnows(extension, ['--zone', '--zone-orig', '--zone-reply'])) return undefined
  const [first] = extension.options
  const id = readNumber(first?.values[0] ?? '')
  if (first === undefined || id === undefined) return undefined
  const direction = first.flag === '--zone' ? 'both' : first.flag === '--zone-orig' ? 'original' : 'reply'
  return act(zone({ id, direction }))
}

/** `10.0.0.1:80`, `10.0.0.1-10.0.0.9`, `[fd00::1]:80-90`, `:80`. */
const readRange = (text: string, random: boolean): Range | undefined => {
  const { addresses, portText } = split(text)
  const [from, to = from] = addresses === '' ? [] : addresses.split('-').map(readIp)
  if (addresses !== '' && from === undefined) return undefined
  const ports = portText === undefined ? undefined : readPorts(portText, '-')
  return { from, to, ports, random }
}

const split = (text: string): { addresses: string; portText: string | undefined } => {
  const bracketed = /^\[(.*)\](?::(.*))?$/.exec(text)
  if (bracketed !== null) return { addresses: bracketed[1] ?? '', portText: bracketed[2] }
  if ((text.match(/:/g) ?? []).length > 1) return { addresses: text, portText: undefined }
  const [addresses = '', portText] = text.split(':')
  return { addresses, portText }
}

const isRandom = (extension: Extension): boolean => option(extension, '--random', '--random-fully') !== undefined

const nat =
  (manip: Manip, flag: string): TargetReader =>
  extension => {
    const text = value(extension, flag)
    if (text === undefined || !onlyKnows(extension, [flag, '--random', '--random-fully', '--persistent']))
      return undefined
    const range = readRange(text, isRandom(extension))
    return act(range === undefined ? undefined : translateTo(manip, range))
  }

const toPorts = (extension: Extension): Range['ports'] | 'unreadable' => {
  const text = value(extension, '--to-ports', '--to-port')
  return text === undefined ? undefined : (readPorts(text, '-') ?? 'unreadable')
}

const redirectTarget: TargetReader = extension => {
  const ports = toPorts(extension)
  if (ports === 'unreadable' || !onlyKnows(extension, ['--to-ports', '--to-port', '--random'])) return undefined
  return act(redirect(ports))
}

const masqueradeTarget: TargetReader = extension => {
  const ports = toPorts(extension)
  if (ports === 'unreadable' || !onlyKnows(extension, ['--to-ports', '--random', '--random-fully'])) return undefined
  return act(masquerade(ports, isRandom(extension)))
}

const tproxyTarget: TargetReader = extension => {
  if (!onlyKnows(extension, ['--on-port', '--on-ip', '--tproxy-mark'])) return undefined
  const masked = readMasked(value(extension, '--tproxy-mark') ?? '0x0/0x0')
  const port = Number(value(extension, '--on-port'))
  if (masked === undefined || !Number.isInteger(port)) return undefined
  const address = readIp(value(extension, '--on-ip') ?? '')
  const named = address === undefined || isUnspecified(address) ? undefined : address
  return act(tproxy({ address: named, port: port === 0 ? undefined : port, mark: masked.value, mask: masked.mask }))
}

const rejections: Readonly<Record<string, 'rst' | UnreachableCode>> = {
  'tcp-reset': 'rst',
  'icmp-port-unreachable': 'port',
  'icmp6-port-unreachable': 'port',
  'port-unreach': 'port',
  'icmp-net-unreachable': 'net',
  'icmp6-no-route': 'net',
  'icmp-host-unreachable': 'host',
  'icmp6-addr-unreachable': 'host',
  'icmp-admin-prohibited': 'prohibited',
  'icmp-host-prohibited': 'prohibited',
  'icmp-net-prohibited': 'prohibited',
  'icmp6-adm-prohibited': 'prohibited',
}

const reject: TargetReader = extension => {
  const how = rejections[value(extension, '--reject-with') ?? 'icmp-port-unreachable']
  return how === undefined ? undefined : act(verdict({ kind: 'reject', with: how }))
}

const netmapTarget: TargetReader = extension => {
  const prefix = readPrefix(value(extension, '--to') ?? '')
  return prefix === undefined ? undefined : act(netmap('destination', prefix.base, prefix.length))
}

const watches: TargetReader = () => []

export const targetReaders: Readonly<Record<string, TargetReader>> = {
  ACCEPT: () => act(verdict(accept)),
  DROP: () => act(verdict(drop)),
  RETURN: () => act(verdict({ kind: 'return' })),
  MARK: mark,
  CONNMARK: connmark,
  CT: ct,
  NOTRACK: () => act(notrack),
  DNAT: nat('destination', '--to-destination'),
  SNAT: nat('source', '--to-source'),
  REDIRECT: redirectTarget,
  MASQUERADE: masqueradeTarget,
  TPROXY: tproxyTarget,
  REJECT: reject,
  NETMAP: netmapTarget,
  LOG: watches,
  NFLOG: watches,
  ULOG: watches,
  TRACE: watches,
  AUDIT: watches,
  CHECKSUM: watches,
  TCPMSS: watches,
  CLASSIFY: watches,
}
