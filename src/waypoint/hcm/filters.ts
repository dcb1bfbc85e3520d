import { flagAt, objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange, LocalReply } from '../exchange.ts'
import type { FilterResult } from '../http-filters/filter.ts'
import { httpFilterOf } from '../http-filters/registry.ts'
import type { Located } from '../lookup.ts'
import { isDisabledOverride, type RouteState, unwrapOverride } from '../route/state.ts'
import { typeUrl } from '../types.ts'
import type { Walk } from '../walk.ts'
import { filtersFor, upgradeAsked } from './upgrade.ts'

/** The configuration of a filter: inline, or delivered beside the listener and found by name. */
const configOf = (walk: Walk, filter: EnvoyJson): EnvoyJson | undefined => {
  const inline = objectAt(filter, 'typed_config')
  if (inline !== undefined) return inline
  const name = textAt(filter, 'name') ?? ''
  const delivered = walk.index.ecds.get(name)?.config
  return objectAt(delivered, 'typed_config') ?? objectAt(filter, 'config_discovery', 'default_config')
}

/** Configuration of a TypedStruct is its `value`. */
const plainConfig = (config: EnvoyJson): EnvoyJson =>
  textAt(config, '@type')?.endsWith('.TypedStruct') === true ? (objectAt(config, 'value') ?? {}) : config

const isOff = (filter: EnvoyJson, overrides: readonly EnvoyJson[]): boolean => {
  const [nearest] = overrides
  return nearest === undefined ? flagAt(filter, 'disabled') === true : isDisabledOverride(nearest)
}

const runFilter = (
  walk: Walk,
  exchange: Exchange,
  route: RouteState,
  filter: EnvoyJson,
  type: string,
): FilterResult => {
  const name = textAt(filter, 'name') ?? ''
  const overrides = route.overrides(name)
  if (isOff(filter, overrides)) return { effect: 'skipped' }
  const modelled = httpFilterOf(type)
  const config = configOf(walk, filter)
  if (modelled === undefined || config === undefined) return { effect: 'opaque' }
  return modelled.decide({
    walk,
    exchange,
    route,
    name,
    config: plainConfig(config),
    overrides: overrides.map(unwrapOverride).filter(override => override !== undefined),
  })
}

export interface FiltersResult {
  readonly reply?: LocalReply
  readonly flags: readonly string[]
  /** A filter waits for the end of a request that has none. */
  readonly waits?: true
}

/** Runs the HTTP filters of a connection manager in order, until one answers (specs/waypoint.md §3.1). */
export const runHttpFilters = (walk: Walk, exchange: Exchange, route: RouteState, manager: Located): FiltersResult => {
  const flags: string[] = []
  const { filters, pointer } = filtersFor(manager, upgradeAsked(exchange))
  for (const [index, filter] of filters.entries()) {
    const name = textAt(filter, 'name') ?? ''
    const type = typeUrl(configOf(walk, filter))
    const {
      effect,
      details,
      reason,
      origin,
      reply,
      flags: added,
      waits,
    } = runFilter(walk, exchange, route, filter, type)
    if (effect === 'opaque') {
      walk.assume({ kind: 'filter', what: name, assumed: 'passes' })
      exchange.opaque ??= name
    }
    walk.step({
      kind: 'httpFilter',
      filter: name,
      type,
      effect,
      ...(details === undefined ? {} : { details }),
      ...(reason === undefined ? {} : { reason }),
      ...(origin === undefined ? {} : { origin }),
      evidence: walk.evidence(`${pointer}/${index}`),
    })
    flags.push(...(added ?? []))
    if (waits === true) return { flags, waits }
    if (reply !== undefined) return { reply: { ...reply, flags: [...flags, ...(reply.flags ?? [])] }, flags }
  }
  return { flags }
}
