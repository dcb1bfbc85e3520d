import type { Evidence } from './evidence.ts'

/** One line of `ip rule`. Selectors that are absent hold for every packet. */
export interface PolicyRule {
  /** Lower is tried first. */
  readonly priority: number
  readonly not: boolean
  /** `10.0.0.0/8`; absent for `all`. */
  readonly from?: string
  readonly to?: string
  readonly mark?: { readonly value: number; readonly mask: number }
  readonly inputInterface?: string
  readonly outputInterface?: string
  readonly uids?: { readonly from: number; readonly to: number }
  /** As the tool printed it: `tcp`, `17`. */
  readonly protocol?: string
  readonly sourcePorts?: { readonly from: number; readonly to: number }
  readonly destinationPorts?: { readonly from: number; readonly to: number }
  /** Selectors nobody read (`tos 0x10`): whether the rule holds cannot be decided. */
  readonly unread: readonly string[]
  readonly action: PolicyAction
  /** As `ip rule` prints it. */
  readonly text: string
  readonly evidence: Evidence
}

/** A table is named as the tool printed it: `main`, `local`, `100`. */
export type PolicyAction =
  | { readonly kind: 'lookup'; readonly table: string; readonly suppressPrefixLength?: number }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'nop' | 'blackhole' | 'unreachable' | 'prohibit' }
  | { readonly kind: 'unknown'; readonly text: string }

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'multicast'
  | 'anycast'
  | 'throw'
  | 'unreachable'
  | 'prohibit'
  | 'blackhole'

export interface Route {
  readonly type: RouteType
  /** `main` where the tool left it out. */
  readonly table: string
  /** `default`, `10.0.0.0/8`, `10.0.0.1`. */
  readonly destination: string
  /** IPv6 `from`: for these sources only. */
  readonly from?: string
  /** One for an ordinary route; empty for `unreachable` and the like. */
  readonly hops: readonly Nexthop[]
  readonly preferredSource?: string
  readonly scope?: string
  /** Lower is preferred among equals; 0 where not printed. */
  readonly metric: number
  readonly protocol?: string
  /** `onlink`, `linkdown`, `dead`. */
  readonly flags: readonly string[]
  /** As `ip route` prints it. */
  readonly text: string
  readonly evidence: Evidence
}

/** One way of a route. */
export interface Nexthop {
  readonly device?: string
  readonly gateway?: string
  readonly weight: number
}

export interface Link {
  readonly index: number
  readonly name: string
  /** `LOOPBACK`, `UP`, `LOWER_UP`. */
  readonly flags: readonly string[]
  /** Empty where only `ip link` was collected. */
  readonly addresses: readonly LinkAddress[]
  /** `veth`, `bridge`, `geneve`; absent where `ip -d` was not asked. */
  readonly kind?: string
  readonly mac?: string
  readonly mtu?: number
  /** Name of the bridge or bond it belongs to. */
  readonly master?: string
  /** The other end of a veth: its index in the namespace `netns` (an id that only this namespace knows), or its name here. */
  readonly peer?: { readonly index?: number; readonly name?: string; readonly netns?: number }
  readonly tunnel?: { readonly id: number; readonly remote: string; readonly port: number }
  readonly evidence: Evidence
}

export interface LinkAddress {
  readonly ip: string
  readonly prefixLength: number
  readonly scope: 'global' | 'site' | 'link' | 'host'
  readonly secondary: boolean
}
