import { type At, asText } from '#decode/json/at.ts'
import { canonicalIp } from '#model/ip.ts'
import type { GatewayAddress, GatewayDestination, NetworkAddress } from '#model/ztunnel.ts'

export const hbonePort = 15008
export const maxPort = 65_535

/** `waypoint`, `networkGateway` and the like: `port` in 1.19, `hboneMtlsPort` since 1.20 (specs/ztunnel.md §3.3). */
export const readGatewayAddress = (at: At): GatewayAddress | undefined => {
  at.skip('hboneSingleTlsPort')
  const text = at.text('destination')
  if (text === undefined) return at.has('destination') ? undefined : at.wrong('destination', 'a string')
  const destination = readDestination(text)
  if (destination === undefined) return at.wrong('destination', 'network/ip or namespace/hostname')
  return { destination, hboneMtlsPort: at.whole('hboneMtlsPort', maxPort, 'port') ?? hbonePort }
}

/** Split at the first `/`; an address when the right part is one, as ztunnel's own decoder tries it (specs/ztunnel.md §2.1). */
export const readDestination = (text: string): GatewayDestination | undefined => {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const [left, right] = [text.slice(0, slash), text.slice(slash + 1)]
  const ip = canonicalIp(right)
  return ip === undefined
    ? { kind: 'hostname', namespace: left, hostname: right }
    : { kind: 'address', network: left, ip }
}

/** `network/ip`, with an empty network for the default one. */
export const readNetworkAddress = (value: unknown): NetworkAddress | undefined => {
  const text = asText(value)
  const slash = text?.indexOf('/') ?? -1
  if (text === undefined || slash < 0) return undefined
  const ip = canonicalIp(text.slice(slash + 1))
  return ip === undefined ? undefined : { network: text.slice(0, slash), ip }
}

export const readIp = (value: unknown): string | undefined =>
  typeof value === 'string' ? canonicalIp(value) : undefined
