import type { Evidence, NonEmpty } from '#model/evidence.ts'
import { list, refOf, text } from '#model/kubernetes.ts'
import { headlessAddresses, isHeadless } from './kube-service.ts'
import { isIp } from './request.ts'
import type { World } from './world.ts'

export type Family = 4 | 6

/** `forwarded`: the proxy does not know the name and asks the cluster's resolver. */
export type ProxyAnswer =
  | { readonly kind: 'answered'; readonly addresses: readonly string[]; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'forwarded' }
  | { readonly kind: 'failed'; readonly error: string }
  /** The record of that name could not be read. */
  | { readonly kind: 'not-read'; readonly service: string }

/** ztunnel's DNS proxy as the client's resolver; absent where DNS is not captured. */
export type AskProxy = (name: string, family: Family) => ProxyAnswer

export type Resolution =
  | {
      readonly kind: 'found'
      readonly by: 'ztunnel-dns' | 'cluster-dns'
      readonly name: string
      readonly addresses: NonEmpty<string>
      readonly evidence: readonly Evidence[]
    }
  | { readonly kind: 'no-such-name'; readonly tried: readonly string[]; readonly by: 'ztunnel-dns' | 'cluster-dns' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'not-read'; readonly service: string }

type Answer = Resolution | 'next'

/**
 * Resolves a name as a pod's resolv.conf does (search list of the namespace, `ndots:5`), the A records first unless a
 * family is asked for: the ztunnel DNS proxy answers what it knows, the cluster DNS the rest.
 */
export const resolveName = (
  world: World,
  host: string,
  client: {
    readonly namespace?: string
    readonly families: readonly Family[]
    readonly domain: string
    readonly proxy?: AskProxy
  },
): Resolution => {
  const names = searchList(host, client.namespace, client.domain)
  for (const name of names) {
    const found = answer(world, name, client)
    if (found !== 'next') return found
  }
  return { kind: 'no-such-name', tried: names, by: client.proxy === undefined ? 'cluster-dns' : 'ztunnel-dns' }
}

const searchList = (host: string, namespace: string | undefined, domain: string): readonly string[] => {
  if (host.endsWith('.')) return [host.slice(0, -1)]
  if (namespace === undefined) return [host]
  const expanded = [`${namespace}.svc.${domain}`, `svc.${domain}`, domain].map(suffix => `${host}.${suffix}`)
  return host.split('.').length > 5 ? [host, ...expanded] : [...expanded, host]
}

const answer = (
  world: World,
  name: string,
  { families, domain, proxy }: { families: readonly Family[]; domain: string; proxy?: AskProxy },
): Answer => {
  const answers = proxy === undefined ? [] : families.map(family => proxy(name, family))
  const failed = answers.find(found => found.kind === 'failed')
  if (failed?.kind === 'failed') return { kind: 'failed', error: failed.error }
  const notRead = answers.find(found => found.kind === 'not-read')
  if (notRead?.kind === 'not-read') return notRead
  const known = answers.flatMap(found => (found.kind === 'answered' ? [found] : []))
  const [first, ...rest] = known.flatMap(found => found.addresses)
  if (first !== undefined)
    return {
      kind: 'found',
      by: 'ztunnel-dns',
      name,
      addresses: [first, ...rest],
      evidence: known.flatMap(found => found.evidence),
    }
  if (known.length === families.length && known.length > 0)
    return { kind: 'no-such-name', tried: [name], by: 'ztunnel-dns' }
  return clusterDns(world, name, domain, families)
}

/** What the cluster DNS says of `name`, from the Service objects; a name outside the cluster's domain is not ours to know. */
const clusterDns = (world: World, name: string, domain: string, families: readonly Family[]): Answer => {
  if (name.endsWith(`.svc.${domain}`)) return clusterService(world, name, domain, families)
  return name.endsWith(`.${domain}`) ? 'next' : { kind: 'unknown', name }
}

const clusterService = (world: World, name: string, domain: string, families: readonly Family[]): Answer => {
  const labels = name.slice(0, -`.svc.${domain}`.length).split('.')
  if (!world.mesh.kubernetes.knowsIn('Service', labels.at(-1) ?? '')) return { kind: 'unknown', name }
  const [service, hostname] =
    labels.length === 2
      ? [world.mesh.kubernetes.get('Service', labels[1] ?? '', labels[0] ?? ''), undefined]
      : labels.length === 3
        ? [world.mesh.kubernetes.get('Service', labels[2] ?? '', labels[1] ?? ''), labels[0]]
        : [undefined, undefined]
  if (service === undefined) return 'next'
  if (text(service.spec.externalName) !== undefined) return { kind: 'unknown', name }
  const all = isHeadless(service)
    ? headlessAddresses(world, service, hostname)
    : hostname === undefined
      ? clusterIps(service.spec)
      : []
  const [first, ...rest] = families.flatMap(family => all.filter(ip => familyOf(ip) === family))
  if (first === undefined) return 'next'
  const evidence: Evidence = {
    from: 'object',
    file: service.file,
    pointer: `${service.pointer}/spec`,
    object: refOf(service),
  }
  return { kind: 'found', by: 'cluster-dns', name, addresses: [first, ...rest], evidence: [evidence] }
}

const clusterIps = (spec: Readonly<Record<string, unknown>>): readonly string[] =>
  list(spec.clusterIPs ?? [spec.clusterIP]).flatMap(ip => (typeof ip === 'string' && isIp(ip) ? [ip] : []))

export const familyOf = (ip: string): Family => (ip.includes(':') ? 6 : 4)
