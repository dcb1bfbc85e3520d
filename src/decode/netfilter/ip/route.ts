import { At, asObject, type Issues } from '#decode/json/at.ts'
import type { Evidence } from '#model/evidence.ts'
import type { IpFamily } from '#model/netfilter.ts'
import type { Nexthop, Route, RouteType } from '#model/routing.ts'
import { printRoute } from './print.ts'
import { optional, textOf } from './rule.ts'

/** A route of one family; `show table all` prints both. */
export type ReadRoute = readonly [family: IpFamily, route: Route]

/** `ip -j route show table all`. */
export const readRoutesJson = (value: unknown, hint: IpFamily, issues: Issues): readonly ReadRoute[] =>
  (Array.isArray(value) ? value : []).flatMap((entry, index) => {
    const members = asObject(entry)
    const at = members && new At(members, issues, `/${index}`)
    const route = at && routeOf(at, hint, { from: 'dump', file: issues.file, pointer: `/${index}` })
    if (route === undefined) issues.add(`/${index}`, 'a route', entry)
    return route === undefined ? [] : [route]
  })

/** `ip route show table all`; a line that begins with a blank goes on with the route before it. */
export const readRoutesText = (text: string, hint: IpFamily, issues: Issues): readonly ReadRoute[] => {
  const records: { line: number; text: string }[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const last = records.at(-1)
    if (line.trim() === '') continue
    if (/^\s/.test(line) && last !== undefined) last.text += ` ${line.trim()}`
    else records.push({ line: index + 1, text: line.trim() })
  }
  return records.flatMap(({ line, text }) => {
    const at = new At(membersOf(text.split(/\s+/)), issues)
    const route = routeOf(at, hint, { from: 'rule', file: issues.file, line, text })
    if (route === undefined) issues.add(`line ${line}`, 'a route', text)
    return route === undefined ? [] : [route]
  })
}

const types: ReadonlySet<string> = new Set([
  'unicast',
  'local',
  'broadcast',
  'multicast',
  'anycast',
  'throw',
  'unreachable',
  'prohibit',
  'blackhole',
])

const isType = (word: string | undefined): word is RouteType => word !== undefined && types.has(word)

const pairs: Readonly<Record<string, string>> = {
  via: 'gateway',
  dev: 'dev',
  table: 'table',
  proto: 'protocol',
  scope: 'scope',
  src: 'prefsrc',
  metric: 'metric',
  from: 'from',
  pref: 'pref',
  weight: 'weight',
  nhid: 'nhid',
  mtu: 'mtu',
  advmss: 'advmss',
  error: 'error',
  expires: 'expires',
  hoplimit: 'hoplimit',
  rtt: 'rtt',
}

/** The members that `ip -j route` would have printed. */
const membersOf = (words: readonly string[]): Record<string, unknown> => {
  const [first, second] = words
  const typed = isType(first) && second !== undefined
  const members: Record<string, unknown> = { ...(typed ? { type: first, dst: second } : { dst: first }), flags: [] }
  const flags: string[] = []
  const nexthops: Record<string, unknown>[] = []
  let target = members
  for (let place = typed ? 2 : 1; place < words.length; place++) {
    const word = words[place] ?? ''
    if (word === 'nexthop') {
      target = {}
      nexthops.push(target)
    } else if (pairs[word] !== undefined) {
      const family = word === 'via' && /^inet6?$/.test(words[place + 1] ?? '')
      if (family) place++
      target[pairs[word]] = words[++place]
    } else flags.push(word)
  }
  return { ...members, flags, ...(nexthops.length === 0 ? {} : { nexthops }) }
}

const routeOf = (at: At, hint: IpFamily, evidence: Evidence): ReadRoute | undefined => {
  const destination = textOf(at.raw('dst'))
  const type = textOf(at.raw('type')) ?? 'unicast'
  if (destination === undefined || !isType(type) || !/^(default|[\da-fA-F.:]+(\/\d+)?)$/.test(destination))
    return undefined
  const listed = at.objects('nexthops')
  const own = hopOf(at)
  const route = {
    type,
    table: textOf(at.raw('table')) ?? 'main',
    destination,
    ...optional('from', textOf(at.raw('from'))),
    hops: listed.length > 0 ? listed.map(hopOf) : own.device === undefined && own.gateway === undefined ? [] : [own],
    ...optional('preferredSource', textOf(at.raw('prefsrc'))),
    ...optional('scope', textOf(at.raw('scope'))),
    metric: Number(at.raw('metric') ?? 0),
    ...optional('protocol', textOf(at.raw('protocol'))),
    flags: at.texts('flags'),
  }
  const text = evidence.from === 'rule' ? evidence.text : printRoute(route)
  return [familyOf(at, route, hint), { ...route, text, evidence }]
}

const hopOf = (at: At): Nexthop => {
  const via = at.has('via') ? asObject(at.raw('via')) : undefined
  return {
    ...optional('device', textOf(at.raw('dev'))),
    ...optional('gateway', textOf(at.raw('gateway')) ?? textOf(via?.host)),
    weight: Number(at.raw('weight') ?? 1),
  }
}

/** `default` tells no family: its source or gateway does, and only IPv6 routes have a preference. */
const familyOf = (at: At, route: Pick<Route, 'destination' | 'preferredSource' | 'hops'>, hint: IpFamily): IpFamily => {
  const told = [route.destination === 'default' ? undefined : route.destination, route.preferredSource]
    .concat(route.hops.map(hop => hop.gateway))
    .find(address => address !== undefined)
  if (told !== undefined) return told.includes(':') ? 6 : 4
  return at.has('pref') ? 6 : hint
}
