import { At, asObject, Issues } from '#decode/json/at.ts'
import { objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyDump, EnvoyJson, EnvoyKind, EnvoyResource } from '#model/envoy.ts'
import { readHealth } from './health.ts'
import { readSubject, readVersion } from './node.ts'
import { withoutPrivate } from './private.ts'
import { readEntry, readSection, sectionShapes } from './sections.ts'
import { isCamel, toSnake } from './snake.ts'

/** Parsed JSON of the admin endpoints, as far as they were collected. */
export interface EnvoyParts {
  /** `/config_dump`, with or without `include_eds`, or istiod's `/debug/config_dump`. */
  readonly configDump?: unknown
  /** `/clusters?format=json` */
  readonly clusters?: unknown
  readonly serverInfo?: unknown
  /** `/listeners?format=json` */
  readonly listeners?: unknown
}

interface Sections {
  readonly resources: readonly EnvoyResource[]
  readonly bootstrap: EnvoyJson | undefined
  readonly other: readonly EnvoyJson[]
  readonly sections: readonly EnvoyJson[]
  readonly kinds: ReadonlySet<EnvoyKind>
  readonly camel: boolean
  readonly partial: boolean
}

const adminType = 'type.googleapis.com/envoy.admin.v3.'

/** True for the JSON of `/config_dump` of any Envoy, istiod's form included. */
export const isEnvoyConfigDump = (value: unknown): boolean =>
  objectsAt(value, 'configs').some(config => textAt(config, '@type')?.startsWith(adminType) === true)

/** True for agentgateway's own dump: a waypoint of another make, which this model does not describe. */
export const isAgentgatewayDump = (value: unknown): boolean => {
  const members = asObject(value)
  if (members === undefined || !('binds' in members) || 'configs' in members) return false
  return ['config', 'version', 'policies'].some(name => name in members)
}

const snaked = (value: unknown): EnvoyJson | undefined => {
  const members = asObject(value)
  return members === undefined ? undefined : isCamel(members) ? asObject(toSnake(members)) : members
}

/** `ClustersConfigDump.DynamicCluster` is an element of a dump taken with `resource=`; active or warming it does not tell. */
const elementShelf = (type: string) => {
  const [section = '', element = ''] = type.split('.')
  const shape = sectionShapes[section]
  const wanted = element.toLowerCase().replace(/^ecdsfilterconfig$/, 'ecdsfilter')
  const shelf = shape?.shelves.find(({ list }) => singular(list) === wanted)
  return shape === undefined || shelf === undefined ? undefined : { kind: shape.kind, shelf }
}
const singular = (list: string): string => list.replace('_active_', '_').replaceAll('_', '').replace(/s$/, '')

/** Envoy prints a refused listener that it never had twice, the second time without its name and time. */
const withoutEchoes = (resources: readonly EnvoyResource[]): readonly EnvoyResource[] => {
  const told = new Set(
    resources.flatMap(({ name, rejection }) => (rejection?.lastAttempt ? [`${name} ${rejection.details}`] : [])),
  )
  return resources.filter(
    ({ name, rejection }) =>
      rejection === undefined || rejection.lastAttempt !== undefined || !told.has(`${name} ${rejection.details}`),
  )
}

/** A dump taken with `name_regex=` has all sections; what the bootstrap holds itself is then missing among them. */
const lacksStatic = (bootstrap: EnvoyJson | undefined, resources: readonly EnvoyResource[]): boolean => {
  const held = new Set(resources.map(({ kind, name }) => `${kind} ${name}`))
  return (['listener', 'cluster'] as const).some(kind =>
    objectsAt(bootstrap, 'static_resources', `${kind}s`).some(
      ({ name }) => typeof name === 'string' && name !== '' && !held.has(`${kind} ${name}`),
    ),
  )
}

const readSections = (configDump: unknown, issues: Issues): Sections => {
  const resources: EnvoyResource[] = []
  const other: EnvoyJson[] = []
  const sections: EnvoyJson[] = []
  const kinds = new Set<EnvoyKind>()
  let bootstrap: EnvoyJson | undefined
  let camel = false
  let partial = false
  const root = new At(asObject(configDump) ?? {}, issues)
  for (const [index, element] of (root.array('configs') ?? []).entries()) {
    const came = asObject(withoutPrivate(element))
    const members = snaked(came)
    if (came === undefined || members === undefined) {
      issues.add(`/configs/${index}`, 'an object', element)
      continue
    }
    camel ||= came !== members
    sections.push(came)
    const at = new At(members, issues, 'configs', root, index)
    const type = (at.text('@type') ?? '').replace(adminType, '')
    const shape = sectionShapes[type]
    const single = shape === undefined ? elementShelf(type) : undefined
    if (type === 'BootstrapConfigDump') bootstrap = asObject(members.bootstrap)
    else if (shape !== undefined) {
      kinds.add(shape.kind)
      for (const found of readSection(shape, at, issues.file)) resources.push(found)
    } else if (single !== undefined) {
      partial = true
      kinds.add(single.kind)
      resources.push(...readEntry(single.kind, single.shelf, at, issues.file))
    } else other.push(members)
  }
  return {
    resources: withoutEchoes(resources),
    bootstrap,
    other,
    sections,
    kinds,
    camel,
    partial: partial || !kinds.has('listener') || lacksStatic(bootstrap, resources),
  }
}

/** Ambient before 1.18 named its listeners otherwise; what they do is not described (specs/waypoint.md §1.6). */
const noteExperimental = (resources: readonly EnvoyResource[], issues: Issues): void => {
  const old = resources.find(({ kind, name }) => kind === 'listener' && name === 'inbound_CONNECT_terminate')
  if (old !== undefined)
    issues.add(old.pointer, 'a waypoint of Istio 1.18 or newer', `the listener ${old.name}`, 'warning')
}

/** Decodes what was collected of one Envoy. Nothing is thrown: what cannot be read is an issue and is lost alone. */
export const decodeEnvoy = (parts: EnvoyParts, file: string): EnvoyDump => {
  const issues = new Issues(file)
  const { resources, bootstrap, other, sections, kinds, camel, partial } = readSections(parts.configDump, issues)
  const serverInfo = snaked(parts.serverInfo)
  noteExperimental(resources, issues)
  const of = (kind: EnvoyKind) => resources.filter(found => found.kind === kind)
  const clusterStatuses = asObject(parts.clusters)
  const health = snaked(parts.clusters)
  return {
    file,
    form: camel ? 'proto-json' : 'envoy',
    subject: readSubject(bootstrap ?? serverInfo),
    server: readVersion(bootstrap, serverInfo),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    listeners: of('listener'),
    clusters: of('cluster'),
    routes: of('route'),
    ...(kinds.has('endpoint') ? { endpoints: of('endpoint') } : {}),
    secrets: of('secret'),
    ecds: of('ecds'),
    ...(health === undefined ? {} : { health: readHealth(health) }),
    ...(parts.listeners === undefined
      ? {}
      : { bound: objectsAt(snaked(parts.listeners), 'listener_statuses').map(status => textAt(status, 'name') ?? '') }),
    ...(serverInfo === undefined ? {} : { serverInfo }),
    partial,
    other,
    sections,
    ...(clusterStatuses === undefined ? {} : { clusterStatuses }),
    issues: issues.list,
  }
}
