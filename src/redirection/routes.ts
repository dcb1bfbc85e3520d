import type { Evidence } from '#model/evidence.ts'
import { type Family, type Ip, inPrefix, type Prefix } from './ip.ts'

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'multicast'
  | 'anycast'
  | 'unreachable'
  | 'blackhole'
  | 'prohibit'
  | 'throw'

export interface NextHop {
  readonly dev: string | undefined
  readonly gateway: Ip | undefined
  readonly weight: number
}

export interface Route {
  readonly type: RouteType
  readonly prefix: Prefix
  /** IPv6 `from`: only for these sources. */
  readonly from: Prefix | undefined
  readonly hop: NextHop
  /** More than one for ECMP; `hop` is the first. */
  readonly hops: readonly NextHop[]
  readonly preferredSource: Ip | undefined
  readonly metric: number
  readonly table: string
  readonly text: string
}

/** What `uidrange` sees of packets that no process sends, those from outside among them. */
export const kernelUid = 0

/** What a lookup is keyed by. */
export interface RouteKey {
  readonly dst: Ip
  readonly src: Ip | undefined
  readonly mark: number
  /** `lo` for locally made packets. */
  readonly iif: string
  readonly oif: string | undefined
  /** Undefined: a process sends it, and nobody recorded whose. */
  readonly uid: number | undefined
  readonly protocol: string
  readonly sport: number
  readonly dport: number
}

export interface PolicyRule {
  readonly priority: number
  readonly matches: (key: RouteKey) => boolean | 'unknown'
  readonly action:
    | { readonly kind: 'lookup'; readonly table: string }
    | { readonly kind: 'goto'; readonly priority: number }
    | { readonly kind: 'unreachable' | 'blackhole' | 'prohibit' | 'nop' }
    | { readonly kind: 'unknown'; readonly text: string }
  /** `suppress_prefixlength`: routes as short as this are not taken from the table. */
  readonly suppress: number | undefined
  readonly text: string
  readonly evidence: Evidence | undefined
}

export type RouteAnswer =
  | { readonly kind: 'route'; readonly route: Route; readonly rule: PolicyRule }
  | { readonly kind: 'none'; readonly error: 'net' | 'host' | 'prohibited' | 'blackhole' }
  | { readonly kind: 'unknown'; readonly rule: PolicyRule }

/** One family's rules and tables of a namespace. */
export class Routing {
  readonly family: Family
  readonly rules: readonly PolicyRule[]
  /** Rules other than local, main, default, or local routes that `ip addr` did not make: rp_filter=0 then checks more. */
  readonly custom: boolean
  private readonly tables = new Map<string, readonly Candidate[]>()

  constructor(family: Family, rules: readonly PolicyRule[], routes: readonly Route[], custom: boolean) {
    this.family = family
    this.rules = [...rules].sort((left, right) => left.priority - right.priority)
    this.custom = custom
    for (const [table, of] of grouped(routes)) this.tables.set(table, of.map(candidate).sort(longestFirst))
  }

  lookup(key: RouteKey): RouteAnswer {
    for (let index = 0; index < this.rules.length; index++) {
      const rule = this.rules[index]
      if (rule === undefined) break
      const holds = rule.matches(key)
      if (holds === false || rule.action.kind === 'nop') continue
      if (holds === 'unknown' || rule.action.kind === 'unknown') return { kind: 'unknown', rule }
      if (rule.action.kind === 'goto') {
        index = this.firstFrom(rule.action.priority, index) - 1
        continue
      }
      if (rule.action.kind !== 'lookup') return { kind: 'none', error: refusalOf(rule.action.kind) }
      const found = this.inTable(rule.action.table, key, rule.suppress)
      if (found === undefined || found.type === 'throw') continue
      if (found.type === 'unreachable' || found.type === 'blackhole' || found.type === 'prohibit')
        return { kind: 'none', error: refusalOf(found.type) }
      return { kind: 'route', route: found, rule }
    }
    return { kind: 'none', error: 'net' }
  }

  /** The same tables, as if this rule had been deleted. */
  withoutRules(priority: number): Routing {
    const routes = [...this.tables.values()].flatMap(table => table.map(({ route }) => route))
    return new Routing(
      this.family,
      this.rules.filter(rule => rule.priority !== priority),
      routes,
      this.custom,
    )
  }

  private firstFrom(priority: number, after: number): number {
    const at = this.rules.findIndex((rule, index) => index > after && rule.priority >= priority)
    return at < 0 ? this.rules.length : at
  }

  private inTable(table: string, key: RouteKey, suppress: number | undefined): Route | undefined {
    for (const { route, holds, suits } of this.tables.get(table) ?? []) {
      if (!holds(key.dst) || !suits(key.src)) continue
      if (suppress !== undefined && route.prefix.length <= suppress) continue
      if (key.oif !== undefined && !route.hops.some(hop => hop.dev === key.oif)) continue
      return route
    }
    return undefined
  }

  /** The type of an address in the local table, whatever the policy rules say. */
  localType(ip: Ip): RouteType {
    for (const { route, holds } of this.tables.get('local') ?? []) if (holds(ip)) return route.type
    return 'unicast'
  }
}

interface Candidate {
  readonly route: Route
  readonly holds: (ip: Ip) => boolean
  readonly suits: (src: Ip | undefined) => boolean
}

const candidate = (route: Route): Candidate => {
  const from = route.from === undefined ? undefined : inPrefix(route.from)
  return { route, holds: inPrefix(route.prefix), suits: src => from === undefined || (src !== undefined && from(src)) }
}

const longestFirst = (left: Candidate, right: Candidate): number =>
  right.route.prefix.length - left.route.prefix.length || left.route.metric - right.route.metric

const grouped = (routes: readonly Route[]): Map<string, Route[]> => {
  const tables = new Map<string, Route[]>()
  for (const route of routes) {
    const of = tables.get(route.table)
    if (of === undefined) tables.set(route.table, [route])
    else of.push(route)
  }
  return tables
}

const refusalOf = (kind: 'unreachable' | 'blackhole' | 'prohibit'): 'host' | 'prohibited' | 'blackhole' =>
  kind === 'unreachable' ? 'host' : kind === 'prohibit' ? 'prohibited' : 'blackhole'
