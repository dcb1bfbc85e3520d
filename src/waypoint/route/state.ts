import { member, objectAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import type { Located } from '../lookup.ts'
import type { Walk } from '../walk.ts'
import { type ChosenCluster, chooseCluster } from './cluster.ts'
import { type SelectedRoute, type Selection, selectRoute } from './select.ts'

/** The route of a request: chosen before the filters run, and again when a filter clears it. */
export class RouteState {
  private readonly walk: Walk
  private readonly exchange: Exchange
  private readonly table: Located
  private selection: Selection
  private chosen: ChosenCluster | undefined

  constructor(walk: Walk, exchange: Exchange, table: Located) {
    this.walk = walk
    this.exchange = exchange
    this.table = table
    this.selection = this.select()
    this.choose()
  }

  get current(): Selection {
    return this.selection
  }

  get selected(): SelectedRoute | undefined {
    return this.selection.kind === 'route' ? this.selection.selected : undefined
  }

  /** The table of the route, of a redirect to https too. */
  get matchedTable(): EnvoyJson | undefined {
    return this.selection.kind === 'none' ? undefined : this.table.config
  }

  get action(): EnvoyJson | undefined {
    return objectAt(this.selected?.route.config, 'route')
  }

  /** Drawn once per choice of route. */
  get cluster(): ChosenCluster | undefined {
    return this.chosen
  }

  /** A filter changed what routing depends on. */
  clear(): void {
    this.selection = this.select()
    this.choose()
  }

  private select(): Selection {
    const selection = selectRoute(this.walk, this.exchange, this.table)
    delete this.walk.reached.route
    if (selection.kind === 'route') this.walk.reached.route = selection.selected.ref
    return selection
  }

  /** The access log names the cluster from the moment that a route is chosen, if the cluster exists. */
  private choose(): void {
    const { action } = this
    delete this.walk.reached.cluster
    this.chosen = action === undefined ? undefined : chooseCluster(this.walk, action, this.exchange.headers)
    if (this.chosen !== undefined && this.walk.index.clusters.has(this.chosen.name))
      this.walk.reached.cluster = this.chosen.name
  }

  /** Levels of configuration from the most specific: weighted cluster, route, virtual host, table. */
  levels(): readonly EnvoyJson[] {
    const { selected } = this
    // The redirect to https that a virtual host demands carries no configuration for filters.
    if (selected === undefined) return []
    return [this.cluster?.entry, selected.route.config, selected.host.config, selected.table].filter(
      level => level !== undefined,
    )
  }

  /** Configurations of one filter, from the most specific level. */
  overrides(filter: string): readonly EnvoyJson[] {
    return this.levels()
      .map(level => objectAt(level, 'typed_per_filter_config', filter))
      .filter(config => config !== undefined)
  }
}

export const isDisabledOverride = (config: EnvoyJson): boolean =>
  member(config, 'disabled') === true && isFilterConfig(config)

/** `envoy.config.route.v3.FilterConfig`, which wraps a filter's own configuration. */
const isFilterConfig = (config: EnvoyJson): boolean =>
  `${member(config, '@type')}`.endsWith('envoy.config.route.v3.FilterConfig')

/** The filter's own configuration in an override, out of its wrapper. */
export const unwrapOverride = (config: EnvoyJson): EnvoyJson | undefined =>
  isFilterConfig(config) ? objectAt(config, 'config') : config
