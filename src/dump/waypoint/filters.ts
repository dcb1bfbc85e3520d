import { numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { extensionOf } from '#waypoint/origin.ts'
import { chainName, chainsOf, filtersOf, hcmOf, httpFiltersOf } from './chain.ts'
import { inListOrder, type ResourceFacts, resourceFacts } from './resource.ts'
import { disabledText } from './words/predicate.ts'
import { describeFilter } from './words/registry.ts'
import type { Says } from './words/says.ts'
import { scalarText } from './words/scalar.ts'

export interface FilterRow extends ResourceFacts {
  readonly listener: string
  /** Empty for the filters of the listener itself. */
  readonly chain: string
  readonly level: 'listener' | 'network' | 'http'
  /** Place in its list, from 1: `2`, or `2.5` for the fifth HTTP filter of the second network filter. */
  readonly order: string
  readonly filter: string
  readonly short: string
  readonly does: string
  /** Kubernetes objects that it was made from. */
  readonly from: readonly ObjectRef[]
}

export interface FilterWish {
  readonly listener?: string | undefined
  /** Substring of the chain's name. */
  readonly chain?: string | undefined
}

/** Looks a filter's configuration up among those that are delivered on their own (ECDS). */
export const ecdsOf =
  ({ ecds }: EnvoyDump) =>
  (name: string): EnvoyJson | undefined =>
    ecds.find(resource => resource.name === name && resource.state !== 'rejected')?.config

type Ecds = ReturnType<typeof ecdsOf>
type Cells = Omit<FilterRow, keyof ResourceFacts | 'listener'>

const cellsOf = (filter: EnvoyJson, place: Pick<Cells, 'chain' | 'level' | 'order'>, ecds: Ecds): Cells => {
  const says = withSwitch(filter, describeFilter(filter, ecds))
  const name = textAt(filter, 'name') ?? ''
  const extension = extensionOf(name)
  const from = says.from ?? (extension === undefined ? [] : [extension])
  return { ...place, filter: name, short: says.short, does: says.text, from }
}

/** `disabled` filters wait for a route that turns them on; listener filters may be left out for ports. */
const withSwitch = (filter: EnvoyJson, says: Says): Says => {
  const off = objectAt(filter, 'filter_disabled')
  if (off !== undefined) return { ...says, text: `${says.text}; not on ports ${disabledText(off)}` }
  return filter.disabled === true
    ? { ...says, short: `(${says.short})`, text: `off unless a route turns it on: ${says.text}` }
    : says
}

/** The filters of one chain in the order in which they run, HTTP filters below their connection manager. */
export const chainFilters = (chain: EnvoyJson, index: number, ecds: Ecds): readonly Cells[] =>
  filtersOf(chain).flatMap((filter, place) => {
    const order = `${place + 1}`
    const hcm = hcmOf(filter)
    const name = chainName(chain, index)
    if (hcm === undefined) return [cellsOf(filter, { chain: name, level: 'network', order }, ecds)]
    const inner = httpFiltersOf(hcm).map((http, at) =>
      cellsOf(http, { chain: name, level: 'http', order: `${order}.${at + 1}` }, ecds),
    )
    const manager: Cells = {
      chain: name,
      level: 'network',
      order,
      filter: textAt(filter, 'name') ?? '',
      short: 'http',
      does: managerText(hcm),
      from: [],
    }
    return [manager, ...inner]
  })

/** Whose address a request has: the peer's, or one that the peer names. */
const hopsText = (hcm: EnvoyJson): readonly string[] => {
  const hops = numberAt(hcm, 'xff_num_trusted_hops') ?? 0
  return [
    ...(hcm.use_remote_address === true ? ["takes the peer's address"] : []),
    ...(hops === 0 ? [] : [`trusts ${hops} X-Forwarded-For`]),
  ]
}

/** Members of a connection manager that refuse or end requests. */
const limits = [
  ['max_request_headers_kb', 'headers at most KiB'],
  ['request_timeout', 'request within'],
  ['request_headers_timeout', 'headers within'],
  ['headers_with_underscores_action', 'headers with _'],
] as const

/** What the connection manager itself does to a request before any filter sees it. */
const managerText = (hcm: EnvoyJson): string => {
  const routes =
    objectAt(hcm, 'rds') === undefined ? 'inline routes' : `routes ${textAt(hcm, 'rds', 'route_config_name') ?? ''}`
  const upgrades = objectsAt(hcm, 'upgrade_configs').map(upgrade => textAt(upgrade, 'upgrade_type') ?? '?')
  const escaped = textAt(hcm, 'path_with_escaped_slashes_action')
  return [
    `${textAt(hcm, 'codec_type') ?? 'AUTO'} with ${routes}`,
    ...(hcm.normalize_path === true ? ['normalizes paths'] : []),
    ...(hcm.merge_slashes === true ? ['merges slashes'] : []),
    ...(escaped === undefined ? [] : [`escaped slashes ${escaped}`]),
    ...(upgrades.length === 0 ? [] : [`upgrades ${upgrades.join(',')}`]),
    ...(objectAt(hcm, 'http_protocol_options')?.accept_http_10 === true ? ['accepts HTTP/1.0'] : []),
    ...(hcm.strip_any_host_port === true ? ['strips the port from Host'] : []),
    ...(hcm.strip_matching_host_port === true ? ["strips the listener's port from Host"] : []),
    ...hopsText(hcm),
    ...limits.flatMap(([name, words]) => (name in hcm ? [`${words} ${scalarText(hcm[name])}`] : [])),
    `XFCC ${textAt(hcm, 'forward_client_cert_details') ?? 'SANITIZE'}`,
  ].join(', ')
}

const listenerFilters = (listener: EnvoyJson, ecds: Ecds): readonly Cells[] =>
  objectsAt(listener, 'listener_filters').map((filter, index) =>
    cellsOf(filter, { chain: '', level: 'listener', order: `${index + 1}` }, ecds),
  )

const rowsOf = (dump: EnvoyDump, resource: EnvoyResource): readonly FilterRow[] => {
  const facts = { ...resourceFacts(dump, resource), listener: resource.name }
  const ecds = ecdsOf(dump)
  const chains = chainsOf(resource.config).flatMap((chain, index) => chainFilters(chain, index, ecds))
  return [...listenerFilters(resource.config, ecds), ...chains].map(cells => ({ ...facts, ...cells }))
}

export const wantedFilterListeners = (dump: EnvoyDump, { listener }: FilterWish): readonly EnvoyResource[] =>
  inListOrder(dump.listeners).filter(({ name }) => listener === undefined || name === listener)

/** Every filter of every listener and chain, in the order of the dump. */
export const filterRows = (dump: EnvoyDump, wish: FilterWish = {}): readonly FilterRow[] =>
  wantedFilterListeners(dump, wish)
    .flatMap(resource => rowsOf(dump, resource))
    .filter(({ chain }) => wish.chain === undefined || chain.includes(wish.chain))
