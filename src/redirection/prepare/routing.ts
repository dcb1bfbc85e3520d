import type * as model from '#model/routing.ts'
import { type Family, type Ip, inPrefix, type Prefix, readIp, readPrefix } from '../ip.ts'
import { type NextHop, type PolicyRule, type Route, type RouteKey, Routing } from '../routes.ts'

export const prepareRouting = (
  family: Family,
  rules: readonly model.PolicyRule[] | undefined,
  routes: readonly model.Route[] | undefined,
): Routing | undefined => {
  if (rules === undefined || routes === undefined) return undefined
  const read = routes.flatMap(route => prepareRoute(family, route) ?? [])
  const customRules = rules.some(({ priority }) => !defaultPriorities.has(priority))
  const customLocal = read.some(({ type, table }) => type === 'local' && table !== 'local')
  return new Routing(family, rules.map(prepareRule), read, customRules || customLocal)
}

const defaultPriorities: ReadonlySet<number> = new Set([0, 32766, 32767])

const prepareRoute = (family: Family, route: model.Route): Route | undefined => {
  const prefix = route.destination === 'default' ? everything(family) : readPrefix(route.destination)
  if (prefix === undefined || typeof prefix.base !== typeof everything(family).base || route.flags.includes('dead'))
    return undefined
  const hops = route.hops.map(
    ({ device, gateway, weight }): NextHop => ({ dev: device, gateway: addressOf(gateway), weight }),
  )
  return {
    type: route.type,
    prefix,
    from: route.from === undefined ? undefined : readPrefix(route.from),
    hop: hops[0] ?? nowhere,
    hops,
    preferredSource: addressOf(route.preferredSource),
    metric: route.metric,
    table: route.table,
    text: route.text,
  }
}

const nowhere: NextHop = { dev: undefined, gateway: undefined, weight: 1 }
const everything = (family: Family): Prefix => ({ base: family === 4 ? 0 : 0n, length: 0 })
const addressOf = (text: string | undefined): Ip | undefined => (text === undefined ? undefined : readIp(text))

const prepareRule = (rule: model.PolicyRule): PolicyRule => {
  const tests = selectorsOf(rule)
  return {
    priority: rule.priority,
    suppress: rule.action.kind === 'lookup' ? rule.action.suppressPrefixLength : undefined,
    action: rule.action,
    text: rule.text,
    evidence: rule.evidence,
    matches: key => {
      const holds = tests.every(test => test(key))
      const open = rule.unread.length > 0 || (rule.uids !== undefined && key.uid === undefined)
      return open && holds ? 'unknown' : holds !== rule.not
    },
  }
}

type Selector = (key: RouteKey) => boolean

const selectorsOf = (rule: model.PolicyRule): readonly Selector[] => {
  const { mark, uids, protocol, inputInterface, outputInterface, sourcePorts, destinationPorts } = rule
  const from = within(rule.from)
  const to = within(rule.to)
  const selectors: Selector[] = []
  if (mark !== undefined) selectors.push(key => (key.mark & mark.mask) >>> 0 === mark.value)
  if (from !== undefined) selectors.push(({ src }) => src !== undefined && from(src))
  if (to !== undefined) selectors.push(({ dst }) => to(dst))
  if (inputInterface !== undefined) selectors.push(({ iif }) => iif === inputInterface)
  if (outputInterface !== undefined) selectors.push(({ oif }) => oif === outputInterface)
  if (uids !== undefined) selectors.push(({ uid }) => uid === undefined || (uid >= uids.from && uid <= uids.to))
  if (protocol !== undefined) selectors.push(key => key.protocol === (protocolNames[protocol] ?? protocol))
  if (sourcePorts !== undefined) selectors.push(({ sport }) => sport >= sourcePorts.from && sport <= sourcePorts.to)
  if (destinationPorts !== undefined)
    selectors.push(({ dport }) => dport >= destinationPorts.from && dport <= destinationPorts.to)
  return selectors
}

const protocolNames: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', 'ipv6-icmp': 'icmp' }

const within = (text: string | undefined): ((ip: Ip) => boolean) | undefined => {
  if (text === undefined) return undefined
  const prefix = readPrefix(text)
  return prefix === undefined ? () => false : inPrefix(prefix)
}
