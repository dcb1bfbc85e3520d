import type { GatewayAddress, ServiceGlance } from '#model/ztunnel.ts'
import { KeyNumbers } from '../key-numbers.ts'

/** What the reference to a waypoint leads to. */
export type WaypointCell =
  | { readonly kind: 'none' }
  | { readonly kind: 'service'; readonly name: string; readonly namespace: string; readonly port: number }
  /** No service of the dump has this name or address. */
  | { readonly kind: 'unresolved'; readonly reference: string; readonly port: number }

const none: WaypointCell = { kind: 'none' }

/**
 * Services by the two ways in which a waypoint is referred to: `namespace/hostname` and `network/ip`. Most services are named
 * by their hostname, so that the key alone is kept.
 */
export class WaypointNames {
  private readonly services = new KeyNumbers()
  private readonly otherNames = new Map<number, string>()
  private readonly addresses = new KeyNumbers()
  /** The service that has an address, by their numbers. */
  private readonly holders: number[] = []

  /** The first service with a key answers for it, as in istioctl. */
  add({ name, namespace, hostname, vips }: ServiceGlance): void {
    const known = this.services.size
    const service = this.services.add(keyOf(namespace, hostname))
    if (service === known && firstLabel(hostname) !== name) this.otherNames.set(service, name)
    for (const { network, ip } of vips) this.holders[this.addresses.add(keyOf(network, ip))] ??= service
  }

  find(waypoint: GatewayAddress | undefined): WaypointCell {
    if (waypoint === undefined) return none
    const reference = referenceText(waypoint)
    const port = waypoint.hboneMtlsPort
    const service = this.services.find(reference) ?? this.holders[this.addresses.find(reference) ?? -1]
    if (service === undefined) return { kind: 'unresolved', reference, port }
    const key = this.services.keyOf(service)
    const slash = key.indexOf('/')
    const name = this.otherNames.get(service) ?? firstLabel(key.slice(slash + 1))
    return { kind: 'service', name, namespace: key.slice(0, slash), port }
  }
}

/** Joined, not a template: V8 keeps the parts of a template beside it, which doubles what keys take that are held. */
const keyOf = (first: string, second: string): string => [first, second].join('/')

const firstLabel = (hostname: string): string => {
  const dot = hostname.indexOf('.')
  return dot < 0 ? hostname : hostname.slice(0, dot)
}

/** `namespace/hostname` or `network/ip`, as the dump writes it. */
export const referenceText = ({ destination }: GatewayAddress): string =>
  destination.kind === 'address'
    ? `${destination.network}/${destination.ip}`
    : `${destination.namespace}/${destination.hostname}`
