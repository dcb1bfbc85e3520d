import ipaddr from 'ipaddr.js'

/** An IPv4 address as an unsigned 32-bit number, an IPv6 address as an unsigned 128-bit bigint: the type tells the family. */
export type Ip = number | bigint
export type Family = 4 | 6

export const familyOf = (ip: Ip): Family => (typeof ip === 'number' ? 4 : 6)

/** Undefined when the text is no address; a zone (`%eth0`) and an IPv4-mapped spelling are accepted. */
export const readIp = (text: string): Ip | undefined => {
  const plain = readDotted(text)
  if (plain !== undefined) return plain
  const bare = text.split('%')[0] ?? ''
  if (!ipaddr.isValid(bare)) return undefined
  return fromBytes(ipaddr.process(bare).toByteArray())
}

const dot = 46
const zero = 48

/** Four plain decimal numbers, the spelling of almost every address of a node; undefined for any other. */
const readDotted = (text: string): number | undefined => {
  let ip = 0
  let dots = 0
  let byte = -1
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const digit = code - zero
    if (digit >= 0 && digit <= 9) {
      if (byte === 0) return undefined // a leading zero may mean octal
      byte = byte < 0 ? digit : byte * 10 + digit
      if (byte > 255) return undefined
    } else {
      if (code !== dot || byte < 0 || ++dots > 3) return undefined
      ip = ip * 256 + byte
      byte = -1
    }
  }
  return dots === 3 && byte >= 0 ? ip * 256 + byte : undefined
}

export const fromBytes = (bytes: readonly number[]): Ip =>
  bytes.length === 4
    ? bytes.reduce((all, byte) => (all * 256 + byte) >>> 0, 0)
    : bytes.reduce((all, byte) => (all << 8n) | BigInt(byte), 0n)

export const bytesOf = (ip: Ip): number[] => {
  if (typeof ip === 'number') return [24, 16, 8, 0].map(shift => (ip >>> shift) & 255)
  return Array.from({ length: 16 }, (_, index) => Number((ip >> BigInt(8 * (15 - index))) & 255n))
}

export const showIp = (ip: Ip): string => ipaddr.fromByteArray(bytesOf(ip)).toString()

export const showEndpoint = (ip: Ip, port: number): string =>
  typeof ip === 'number' ? `${showIp(ip)}:${port}` : `[${showIp(ip)}]:${port}`

export interface Prefix {
  readonly base: Ip
  readonly length: number
}

const all6 = (1n << 128n) - 1n
const mask4 = (length: number): number => (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0)
const mask6 = (length: number): bigint => (all6 << BigInt(128 - length)) & all6

/** `10.0.0.0/8`, `10.0.0.1`, `10.0.0.0/255.0.0.0`; `default` is the caller's business because it has no family. */
export const readPrefix = (text: string): Prefix | undefined => {
  const [address = '', tail] = text.split('/')
  const ip = readIp(address)
  if (ip === undefined) return undefined
  const width = typeof ip === 'number' ? 32 : 128
  const length = tail === undefined ? width : readLength(tail)
  if (length === undefined || length > width) return undefined
  return { base: networkOf(ip, length), length }
}

const readLength = (tail: string): number | undefined => {
  if (/^\d+$/.test(tail)) return Number(tail)
  const mask = readIp(tail)
  if (mask === undefined) return undefined
  const bits = typeof mask === 'number' ? mask.toString(2).padStart(32, '0') : mask.toString(2).padStart(128, '0')
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined
}

const networkOf = (ip: Ip, length: number): Ip =>
  typeof ip === 'number' ? (ip & mask4(length)) >>> 0 : ip & mask6(length)

/** A test for membership, prepared once; false for the other family. */
export const inPrefix = ({ base, length }: Prefix): ((ip: Ip) => boolean) => {
  if (typeof base === 'number') {
    const mask = mask4(length)
    return ip => typeof ip === 'number' && (ip & mask) >>> 0 === base
  }
  const mask = mask6(length)
  return ip => typeof ip === 'bigint' && (ip & mask) === base
}

const loopback4 = inPrefix({ base: 0x7f000000, length: 8 })
const multicast4 = inPrefix({ base: 0xe0000000, length: 4 })
const multicast6 = inPrefix({ base: 0xffn << 120n, length: 8 })
const linkLocal6 = inPrefix({ base: 0xfe80n << 112n, length: 10 })

export const isLoopback = (ip: Ip): boolean => (typeof ip === 'number' ? loopback4(ip) : ip === 1n)
export const isMulticast = (ip: Ip): boolean => multicast4(ip) || multicast6(ip)
export const isLinkLocal6 = (ip: Ip): boolean => linkLocal6(ip)
export const isUnspecified = (ip: Ip): boolean => ip === 0 || ip === 0n
export const loopbackOf = (family: Family): Ip => (family === 4 ? 0x7f000001 : 1n)
