import { type At, asObject } from '#decode/json/at.ts'
import type { EnvoyJson, EnvoyKind, EnvoyRejection, EnvoyResource, EnvoyState } from '#model/envoy.ts'

/** Where the resources of a section live: member name, the state it means, and the member that holds the resource. */
interface Shelf {
  readonly list: string
  readonly state: EnvoyState
  readonly holds: string
}

export interface SectionShape {
  readonly kind: EnvoyKind
  readonly shelves: readonly Shelf[]
}

const shelvesOf = (holds: string, lists: Readonly<Record<string, EnvoyState>>): readonly Shelf[] =>
  Object.entries(lists).map(([list, state]) => ({ list, state, holds }))

/** Sections of `/config_dump` by the last part of their `@type` (specs/waypoint.md §4.1). */
export const sectionShapes: Readonly<Record<string, SectionShape>> = {
  ListenersConfigDump: {
    kind: 'listener',
    shelves: shelvesOf('listener', { static_listeners: 'static', dynamic_listeners: 'active' }),
  },
  ClustersConfigDump: {
    kind: 'cluster',
    shelves: shelvesOf('cluster', {
      static_clusters: 'static',
      dynamic_active_clusters: 'active',
      dynamic_warming_clusters: 'warming',
    }),
  },
  RoutesConfigDump: {
    kind: 'route',
    shelves: shelvesOf('route_config', { static_route_configs: 'static', dynamic_route_configs: 'active' }),
  },
  EndpointsConfigDump: {
    kind: 'endpoint',
    shelves: shelvesOf('endpoint_config', { static_endpoint_configs: 'static', dynamic_endpoint_configs: 'active' }),
  },
  SecretsConfigDump: {
    kind: 'secret',
    shelves: shelvesOf('secret', {
      static_secrets: 'static',
      dynamic_active_secrets: 'active',
      dynamic_warming_secrets: 'warming',
    }),
  },
  EcdsConfigDump: { kind: 'ecds', shelves: shelvesOf('ecds_filter', { ecds_filters: 'active' }) },
}

const optional = (version: string | undefined, lastUpdated: string | undefined) => ({
  ...(version === undefined ? {} : { version }),
  ...(lastUpdated === undefined ? {} : { lastUpdated }),
})

const readRejection = (entry: At): EnvoyRejection | undefined => {
  const error = entry.object('error_state')
  if (error === undefined) return undefined
  const lastAttempt = error.text('last_update_attempt')
  const version = error.text('version_info')
  const failedConfiguration = asObject(error.raw('failed_configuration'))
  return {
    details: error.text('details') ?? '',
    ...(lastAttempt === undefined ? {} : { lastAttempt }),
    ...(version === undefined ? {} : { version }),
    ...(failedConfiguration === undefined ? {} : { failedConfiguration }),
  }
}

const nameOf = (kind: EnvoyKind, config: EnvoyJson, fallback: string | undefined): string => {
  const name = kind === 'endpoint' ? config.cluster_name : config.name
  return typeof name === 'string' ? name : (fallback ?? '')
}

const resource = (
  kind: EnvoyKind,
  state: EnvoyState,
  holder: At,
  holds: string,
  name: string | undefined,
  file: string,
): EnvoyResource | undefined => {
  const config = asObject(holder.raw(holds))
  if (config === undefined) return holder.wrong(holds, 'a resource')
  return {
    kind,
    name: nameOf(kind, config, name),
    state,
    config,
    ...optional(holder.text('version_info'), holder.text('last_updated')),
    file,
    pointer: `${holder.pointer}/${holds}`,
  }
}

const rejected = (kind: EnvoyKind, entry: At, file: string): EnvoyResource | undefined => {
  const rejection = readRejection(entry)
  if (rejection === undefined) return undefined
  const config = rejection.failedConfiguration ?? {}
  return {
    kind,
    name: entry.text('name') ?? nameOf(kind, config, undefined),
    state: 'rejected',
    config,
    rejection,
    file,
    pointer: `${entry.pointer}/error_state`,
  }
}

const listenerStates: readonly (readonly [string, EnvoyState])[] = [
  ['active_state', 'active'],
  ['warming_state', 'warming'],
  ['draining_state', 'draining'],
]

/** A dynamic listener keeps up to three versions of itself beside each other. */
const readDynamicListener = (entry: At, file: string): readonly EnvoyResource[] => {
  const name = entry.text('name')
  const states = listenerStates.flatMap(([member, state]) => {
    const holder = entry.object(member)
    return holder === undefined ? [] : [resource('listener', state, holder, 'listener', name, file)]
  })
  return [...states, rejected('listener', entry, file)].filter(found => found !== undefined)
}

/** The resources of one element of a shelf, a rejected update beside the one still in force. */
export const readEntry = (kind: EnvoyKind, shelf: Shelf, entry: At, file: string): readonly EnvoyResource[] => {
  if (kind === 'listener' && shelf.state === 'active') return readDynamicListener(entry, file)
  const refused = rejected(kind, entry, file)
  if (!entry.has(shelf.holds)) return refused === undefined ? [] : [refused]
  return [resource(kind, shelf.state, entry, shelf.holds, entry.text('name'), file), refused].filter(
    found => found !== undefined,
  )
}

export const readSection = (shape: SectionShape, section: At, file: string): readonly EnvoyResource[] =>
  shape.shelves.flatMap(shelf =>
    section.objects(shelf.list).flatMap(entry => readEntry(shape.kind, shelf, entry, file)),
  )
