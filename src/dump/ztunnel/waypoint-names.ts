import type { GatewayAddress, ServiceGlance } from '#model/ztunnel.ts'

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
  private readonly names = new Set<string>()
  private readonly otherNames = new Map<string, string>()
  private readonly keys = new Map<string, string>()

  /** The first service with a key answers for it, as in istioctl. */
  add({ name, namespace, hostname, vips }: ServiceGlance): void {
    const key = keyOf(namespace, hostname)
    if (!this.names.has(key) && firstLabel(hostname) !== name) this.otherNames.set(key, name)
    this.names.add(key)
    for (const { network, ip } of vips) {
      const address = keyOf(network, ip)
      if (!this.keys.has(address)) this.keys.set(address, key)
    }
  }

  find(waypoint: GatewayAddress | undefined): WaypointCell {
    if (waypoint === undefined) return none
    const reference = referenceText(waypoint)
    const port = waypoint.hboneMtlsPort
    const key = this.names.has(reference) ? reference : this.keys.get(reference)
    if (key === undefined) return { kind: 'unresolved', reference, port }
    const slash = key.indexOf('/')
    const name = this.otherNames.get(key) ?? firstLabel(key.slice(slash + 1))
    return { kind: 'service', name, namespace: key.slice(0, slash), port }
  }
}

/** Joined, not a template: V8 keeps the parts of a template beside it, which doubles what a large dump needs. */
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
