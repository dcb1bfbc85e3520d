import { parseIp as groupsOf, canonicalIp as printed } from '#model/ip.ts'

/** An IP address as unsigned 32-bit words: one for IPv4, four for IPv6. */
export interface Ip {
  readonly family: 4 | 6
  readonly words: readonly number[]
}

export interface SocketAddress {
  readonly ip: string
  readonly port: number
}

/** Undefined when `text` is not an address; a zone (`%eth0`), a leading zero or a short form is not one. */
export const parseIp = (text: string): Ip | undefined => {
  const v4 = v4Word(text)
  if (v4 !== undefined) return { family: 4, words: [v4] }
  const groups = groupsOf(text)
  if (groups === undefined) return undefined
  const words: number[] = []
  for (let at = 0; at < groups.length; at += 2) words.push(((groups[at] ?? 0) * 0x10000 + (groups[at + 1] ?? 0)) >>> 0)
  return { family: groups.length === 2 ? 4 : 6, words }
}

/** The same, with an IPv4-mapped IPv6 address reduced to IPv4, as ztunnel does with the ends of a connection. */
export const parseConnectionIp = (text: string): Ip | undefined => {
  const ip = parseIp(text)
  return ip !== undefined && isMapped(ip) ? { family: 4, words: ip.words.slice(3) } : ip
}

/** The text form that dumps use; text that is no address comes back as it was. */
export const canonicalIp = (text: string): string => printed(text) ?? text

/** The address that packets to it have: an IPv4-mapped one is IPv4 on the wire. Undefined when `text` is no address. */
export const connectionIp = (text: string): string | undefined => printed(text)?.replace(/^::ffff:(?=.*\.)/, '')

export const isIpv6 = (ip: string): boolean => ip.includes(':')

export const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1'

/** `10.0.0.1:80`, `[::1]:80`. */
export const socketText = (ip: string, port: number): string => (isIpv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`)

/** Reads `10.0.0.1:80` or `[::1]:80`: a host name, a missing port or one above 65535 is no socket address. */
export const parseSocket = (text: string): SocketAddress | undefined => {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? bare
  const port = Number(digits)
  if (host === undefined || port > 0xffff) return undefined
  const ip = printed(host)
  return ip === undefined || isIpv6(ip) !== (bracketed !== undefined) ? undefined : { ip, port }
}

const isMapped = ({ words }: Ip): boolean => words[0] === 0 && words[1] === 0 && words[2] === 0xffff

/** Dotted IPv4 in one pass, because policies parse both ends of every connection. */
const v4Word = (text: string): number | undefined => {
  let word = 0
  let octet = -1
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit === -2) {
      if (octet < 0) return undefined
      word = word * 256 + octet
      octet = -1
      dots++
    } else {
      if (digit < 0 || digit > 9 || octet === 0) return undefined
      octet = octet < 0 ? digit : octet * 10 + digit
      if (octet > 255) return undefined
    }
  }
  return dots === 3 && octet >= 0 ? word * 256 + octet : undefined
}
