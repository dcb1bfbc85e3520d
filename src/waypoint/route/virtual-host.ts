import { flagAt, objectsAt, textsAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { stripPort } from '../hcm/host.ts'

interface Domains {
  readonly exact: ReadonlyMap<string, number>
  /** `*foo`, longest fixed part first. */
  readonly suffixes: readonly (readonly [fixed: string, index: number])[]
  readonly prefixes: readonly (readonly [fixed: string, index: number])[]
  readonly any: number | undefined
}

const longestFirst = (entries: (readonly [string, number])[]) => entries.sort(([a], [b]) => b.length - a.length)

const readDomains = (config: EnvoyJson): Domains => {
  const exact = new Map<string, number>()
  const suffixes: (readonly [string, number])[] = []
  const prefixes: (readonly [string, number])[] = []
  let any: number | undefined
  for (const [index, host] of objectsAt(config, 'virtual_hosts').entries()) {
    for (const domain of textsAt(host, 'domains').map(text => text.toLowerCase())) {
      if (domain === '*') any = index
      else if (domain.startsWith('*')) suffixes.push([domain.slice(1), index])
      else if (domain.endsWith('*')) prefixes.push([domain.slice(0, -1), index])
      else exact.set(domain, index)
    }
  }
  return { exact, suffixes: longestFirst(suffixes), prefixes: longestFirst(prefixes), any }
}

const read = new WeakMap<EnvoyJson, Domains>()

const domainsOf = (config: EnvoyJson): Domains => {
  const known = read.get(config)
  if (known !== undefined) return known
  const domains = readDomains(config)
  read.set(config, domains)
  return domains
}

/** Index of the virtual host for a Host header, with the kind of domain that matched (specs/waypoint.md §5.5). */
export const virtualHostOf = (
  config: EnvoyJson,
  host: string | undefined,
): { readonly index: number; readonly domain: string } | undefined => {
  const { exact, suffixes, prefixes, any } = domainsOf(config)
  if (host === undefined)
    return exact.size + suffixes.length + prefixes.length === 0 && any !== undefined
      ? { index: any, domain: '*' }
      : undefined
  const lower = host.toLowerCase()
  const name = flagAt(config, 'ignore_port_in_host_matching') === true ? stripPort(lower) : lower
  const equal = exact.get(name)
  if (equal !== undefined) return { index: equal, domain: name }
  const suffix = suffixes.find(([fixed]) => name.length > fixed.length && name.endsWith(fixed))
  if (suffix !== undefined) return { index: suffix[1], domain: `*${suffix[0]}` }
  const prefix = prefixes.find(([fixed]) => name.length > fixed.length && name.startsWith(fixed))
  if (prefix !== undefined) return { index: prefix[1], domain: `${prefix[0]}*` }
  return any === undefined ? undefined : { index: any, domain: '*' }
}
