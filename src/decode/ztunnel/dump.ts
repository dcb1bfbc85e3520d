import { At, asObject, Issues } from '#decode/json/at.ts'
import { hasMembers } from '#decode/shape.ts'
import { UserError } from '#errors.ts'
import type { AddressOwners, ZtunnelConfig, ZtunnelDump, ZtunnelRecordKind } from '#model/ztunnel.ts'
import { readConfig } from './config.ts'
import { Draft, unreadable } from './draft.ts'
import type { EraShape } from './eras/era.ts'
import { ztunnelEras } from './eras/index.ts'
import { decodeLists, listKind } from './list.ts'
import { type RecordKind, type Records, recordKinds } from './sections.ts'
import { inferVersion } from './version.ts'
import { servicesOf } from './vip.ts'

/**
 * One ztunnel's state from a parsed `/config_dump` of any era, or from one of istioctl's lists.
 * Throws a UserError when it is neither; what cannot be read inside it becomes an issue.
 */
export const decodeZtunnel = (value: unknown, file: string): ZtunnelDump => {
  if (listKind(value) !== undefined) return decodeLists([{ value, pointer: '' }], file)
  const draft = new Draft(file)
  for (const [name, member] of Object.entries(asObject(value) ?? {})) draft.add(name, member)
  return finishDump(draft)
}

/**
 * Whether a parsed value is a config dump. istiod's `/debug/ambientz` also has workloads, with `addresses`, which tells
 * it apart.
 */
export const isZtunnelDump = (value: unknown): boolean => {
  const members = asObject(value)
  if (members === undefined) return false
  if (Object.hasOwn(members, 'by_uid') || Object.hasOwn(members, 'by_addr')) return true
  const samples = firstValues(members.workloads)
  if (samples.length === 0) return 'workloads' in members && 'policies' in members
  return samples.some(sample => hasMembers(sample, 'protocol') && !hasMembers(sample, 'addresses'))
}

/** The first elements of a list or map: one of them may be damaged, and the dump is still one. */
const firstValues = (section: unknown): readonly unknown[] =>
  Array.isArray(section) ? section.slice(0, sampled) : Object.values(asObject(section) ?? {}).slice(0, sampled)

export const sampled = 10

/** The end of reading: the era is recognised by what was seen, its sections are taken, the rest is normalised. */
export const finishDump = (draft: Draft): ZtunnelDump => {
  const era = ztunnelEras.find(shape => shape.recognises(draft.outline))
  if (era === undefined) throw notADump(draft.file)
  const issues = new Issues(draft.file)
  const build = readBuild(draft, issues)
  const config = asObject(draft.members.get('config'))
  const version = inferVersion({ build, config, ...samples(draft, era) }, era.minors, issues)
  return {
    file: draft.file,
    era: era.era,
    version,
    lost: era.lost(draft.outline),
    missing: missing(draft, era),
    unreadable: unreadable(draft, kind => sectionOf(draft, era, kind)),
    workloads: once(taken(draft, era, 'workload', issues), era, workload => workload.uid),
    services:
      era.sections.vip === undefined
        ? once(taken(draft, era, 'service', issues), era, service => `${service.namespace}/${service.hostname}`)
        : servicesOf(taken(draft, era, 'vip', issues)),
    policies: taken(draft, era, 'policy', issues),
    stagedServices: taken(draft, era, 'staged', issues),
    owners: readOwners(draft, era),
    certificates: taken(draft, era, 'certificate', issues),
    pods: sectionOf(draft, era, 'pod') === undefined ? undefined : taken(draft, era, 'pod', issues),
    config: readDumpConfig(draft, config, version.minor, issues),
    build,
    unread: unread(draft, era, issues),
    issues: issues.list,
  }
}

/** Which section of a dump holds a kind; undefined when none does. */
export const sectionNames = (draft: Draft): ((kind: RecordKind) => string | undefined) => {
  const era = ztunnelEras.find(shape => shape.recognises(draft.outline))
  return kind => (era === undefined ? undefined : sectionOf(draft, era, kind))
}

const notADump = (file: string): UserError =>
  new UserError('input', `${file} is no ztunnel config dump of a shape that is known`, {
    next: ['istioctl ztunnel-config all -o json saves one', 'so does GET /config_dump on port 15000 of the ztunnel'],
  })

const readOwners = (draft: Draft, era: EraShape): AddressOwners | undefined => {
  if (era.owners === undefined || !draft.outline.has(era.owners.addresses)) return undefined
  const workloads = [...draft.keyed(era.owners.addresses, 'workload')]
  const services = [...draft.keyed(era.owners.vips, 'service')]
  return {
    addresses: new Map(workloads.map(([key, { uid }]) => [key, uid])),
    vips: new Map(services.map(([key, { namespace, hostname }]) => [key, `${namespace}/${hostname}`])),
  }
}

/** The section that holds a kind in this dump. */
const sectionOf = (draft: Draft, era: EraShape, kind: RecordKind): string | undefined =>
  era.sections[kind]?.find(name => {
    const container = draft.outline.get(name)?.container
    return container === 'array' || container === 'object'
  })

const taken = <K extends RecordKind>(draft: Draft, era: EraShape, kind: K, issues: Issues): readonly Records[K][] => {
  const name = sectionOf(draft, era, kind)
  return name === undefined ? [] : draft.take(name, kind, issues)
}

/** A map may hold a record under several keys (`network/ip` of a dual-stack pod); the first stands for all. */
const once = <T>(records: readonly T[], era: EraShape, key: (record: T) => string): readonly T[] => {
  if (era.era === 'E4') return records
  const found = new Map<string, T>()
  for (const record of records) if (!found.has(key(record))) found.set(key(record), record)
  return [...found.values()]
}

/** One record of each kind as it came, for the version. */
const samples = (draft: Draft, era: EraShape) => {
  const first = (kind: RecordKind) => {
    const value = draft.outline.get(sectionOf(draft, era, kind) ?? '')?.first
    return asObject(Array.isArray(value) ? value[0] : value)
  }
  return { workload: first('workload'), service: first('service'), policy: first('policy') }
}

const missing = (draft: Draft, era: EraShape): readonly ZtunnelRecordKind[] => [
  ...recordKinds
    .filter(([kind]) => era.sections[kind] !== undefined && sectionOf(draft, era, kind) === undefined)
    .map(([, name]) => name),
  ...(draft.members.has('config') || era.era === 'E0' ? [] : (['config'] as const)),
]

/** `version` as text by member, in camel case as since 1.22. */
const readBuild = (draft: Draft, issues: Issues): Readonly<Record<string, string>> => {
  const version = objectMember(draft, 'version', issues)
  const members = version?.keys().map(name => [camelCase(name), version.text(name)] as const) ?? []
  return Object.fromEntries(members.filter((member): member is [string, string] => member[1] !== undefined))
}

const camelCase = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const readDumpConfig = (
  draft: Draft,
  config: Readonly<Record<string, unknown>> | undefined,
  minor: number,
  issues: Issues,
): ZtunnelConfig => {
  const node = draft.members.get('local_node')
  objectMember(draft, 'config', issues)
  return readConfig(new At(config ?? {}, issues, '/config'), minor, typeof node === 'string' ? node : undefined)
}

const objectMember = (draft: Draft, name: string, issues: Issues): At | undefined => {
  const value = draft.members.get(name)
  const members = asObject(value)
  if (members === undefined && value !== undefined && value !== null) issues.add(`/${name}`, 'an object', value)
  return members && new At(members, issues, `/${name}`)
}

const readMembers = new Set(['version', 'config', 'local_node'])

/** A section of the wrong type is an issue as well: its records are missing, not none. */
const unread = (draft: Draft, era: EraShape, issues: Issues): Readonly<Record<string, unknown>> => {
  const sections = new Set(Object.values(era.sections).flat())
  for (const name of sections)
    if (draft.members.has(name)) issues.add(`/${name}`, 'an array or an object', draft.members.get(name))
  return Object.fromEntries([...draft.members].filter(([name]) => !readMembers.has(name) && !sections.has(name)))
}
