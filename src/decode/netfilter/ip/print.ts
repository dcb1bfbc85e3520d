import type { PolicyRule, Route } from '#model/routing.ts'

type Words = readonly (string | undefined)[]

const joined = (words: Words): string => words.filter(word => word !== undefined && word !== '').join(' ')

/** As `ip rule` prints it. */
export const printRule = (rule: Omit<PolicyRule, 'text' | 'evidence'>): string =>
  `${rule.priority}:\t${joined([
    rule.not ? 'not' : undefined,
    `from ${rule.from ?? 'all'}`,
    named('to', rule.to),
    rule.mark &&
      `fwmark 0x${rule.mark.value.toString(16)}${rule.mark.mask === 0xffffffff ? '' : `/0x${rule.mark.mask.toString(16)}`}`,
    named('iif', rule.inputInterface),
    named('oif', rule.outputInterface),
    rule.uids && `uidrange ${rule.uids.from}-${rule.uids.to}`,
    named('ipproto', rule.protocol),
    rule.sourcePorts && `sport ${range(rule.sourcePorts)}`,
    rule.destinationPorts && `dport ${range(rule.destinationPorts)}`,
    ...rule.unread,
    actionText(rule.action),
  ])}`

const named = (name: string, value: string | undefined): string | undefined => value && `${name} ${value}`

const range = ({ from, to }: { readonly from: number; readonly to: number }): string =>
  from === to ? `${from}` : `${from}-${to}`

const actionText = (action: PolicyRule['action']): string => {
  switch (action.kind) {
    case 'lookup':
      return `lookup ${action.table}${action.suppressPrefixLength === undefined ? '' : ` suppress_prefixlength ${action.suppressPrefixLength}`}`
    case 'goto':
      return `goto ${action.priority}`
    case 'unknown':
      return action.text
    default:
      return action.kind
  }
}

/** As `ip route show table all` prints it. */
export const printRoute = (route: Omit<Route, 'text' | 'evidence'>): string => {
  const [only, ...others] = route.hops
  return joined([
    route.type === 'unicast' ? undefined : route.type,
    route.destination,
    named('from', route.from),
    others.length === 0 ? named('via', only?.gateway) : undefined,
    others.length === 0 ? named('dev', only?.device) : undefined,
    route.table === 'main' ? undefined : `table ${route.table}`,
    named('proto', route.protocol),
    named('scope', route.scope),
    named('src', route.preferredSource),
    route.metric === 0 ? undefined : `metric ${route.metric}`,
    ...route.flags,
    ...(others.length === 0
      ? []
      : route.hops.map(hop =>
          joined(['nexthop', named('via', hop.gateway), named('dev', hop.device), `weight ${hop.weight}`]),
        )),
  ])
}
