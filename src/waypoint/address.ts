import ipaddr from 'ipaddr.js'

/** An address as Envoy sees it on a connection. */
export type Address =
  | { readonly kind: 'ip'; readonly ip: string; readonly port: number }
  | { readonly kind: 'internal'; readonly listener: string; readonly endpointId: string }

export const internalClient: Address = { kind: 'internal', listener: 'internal_client_address', endpointId: '' }

/** `10.1.2.3:80`, `[fd00::1]:80`, `envoy://main_internal/` */
export const printAddress = (address: Address): string =>
  address.kind === 'internal'
    ? `envoy://${address.listener}/${address.endpointId}`
    : `${address.ip.includes(':') ? `[${address.ip}]` : address.ip}:${address.port}`

export const printIp = (address: Address): string => (address.kind === 'ip' ? address.ip : printAddress(address))

const podInterfaces = new Set(['lo', 'eth0'])

/** A zone is a number; only where the link is meant, it may also be the name of an interface that the pod has. */
const isZoneKnown = (ip: ipaddr.IPv6): boolean =>
  ip.zoneId === undefined || /^\d+$/.test(ip.zoneId) || (ip.range() === 'linkLocal' && podInterfaces.has(ip.zoneId))

/** Canonical text of an IP, or undefined: no zone that Envoy's host does not know, no shortened IPv4. */
export const canonicalIp = (text: string): string | undefined => {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text).toString()
  if (!text.includes(':') || !ipaddr.IPv6.isValid(text)) return undefined
  const ip = ipaddr.IPv6.parse(text)
  return isZoneKnown(ip) ? ip.toRFC5952String() : undefined
}

/** `IP:port` or `[IPv6]:port`; a missing port, a name or anything else is no address. */
export const parseAddress = (text: string): Address | undefined => {
  const found = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  if (found === null) return undefined
  const ip = canonicalIp(found[1] ?? found[2] ?? '')
  const bracketed = found[1] !== undefined
  const port = Number(found[3])
  if (ip === undefined || port > 65535 || bracketed !== ip.includes(':')) return undefined
  return { kind: 'ip', ip, port }
}

/** The bits of an IP with its family, so that ranges compare without parsing again. */
export interface IpBits {
  readonly width: 32 | 128
  readonly bits: bigint
}

const bitsByText = new Map<string, IpBits | undefined>()
const rememberedIps = 100_000

const readBits = (ip: string): IpBits | undefined => {
  if (!ipaddr.isValid(ip)) return undefined
  const parsed = ipaddr.parse(ip)
  const bits = parsed.toByteArray().reduce((all, byte) => (all << 8n) | BigInt(byte), 0n)
  return { width: parsed.kind() === 'ipv4' ? 32 : 128, bits }
}

export const ipBits = (ip: string): IpBits | undefined => {
  if (bitsByText.has(ip)) return bitsByText.get(ip)
  if (bitsByText.size >= rememberedIps) bitsByText.clear()
  const bits = readBits(ip)
  bitsByText.set(ip, bits)
  return bits
}

/** A whole number of bits that a family of addresses has. */
export const prefixLength = (length: number, width: number): number => Math.trunc(Math.min(Math.max(length, 0), width))

/** Whether `ip` lies in `prefix/length`; families never mix and a length of 0 holds for the whole family. */
export const inRange = (ip: string, prefix: string, length: number): boolean => {
  const address = ipBits(ip)
  const range = ipBits(prefix)
  if (address === undefined || range === undefined || address.width !== range.width) return false
  const shift = BigInt(address.width - prefixLength(length, address.width))
  return address.bits >> shift === range.bits >> shift
}
