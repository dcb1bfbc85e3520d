import type { Service, Workload } from '#model/ztunnel.ts'
import { isIpv6 } from '#reason/address.ts'
import { type Refusal, refused } from '../refusal.ts'
import { isVisible } from '../service-lookup.ts'
import { findLocalWorkload, type LocalPod } from '../source.ts'
import type { ZtunnelStep } from '../steps.ts'
import { type Decision, explore } from '../walk.ts'
import { serviceKey, type ZtunnelIndex } from '../ztunnel-index.ts'
import { type Alias, aliasesOf, isWildcard, wildcardsOf } from './aliases.ts'

export interface DnsQuestion {
  readonly pod: LocalPod
  /** With or without the trailing dot. */
  readonly name: string
  readonly type: string
}

export interface DnsRecord {
  readonly owner: string
  readonly type: 'A' | 'AAAA' | 'CNAME'
  /** Seconds. */
  readonly ttl: number
  readonly data: string
}

export type DnsAnswer =
  /** No records is NOERROR, not NXDOMAIN: the host is known. Records come in random order. */
  | {
      readonly kind: 'answered'
      readonly service: Service
      readonly matched: string
      readonly records: readonly DnsRecord[]
      readonly empty?: 'family-not-served' | 'no-address'
    }
  | { readonly kind: 'forwarded'; readonly why: 'type-not-served' | 'no-service' }
  /** The service of that name could not be read whole. */
  | { readonly kind: 'not-read'; readonly service: Service }
  | Refusal

export type DnsDecision = Decision<DnsAnswer, ZtunnelStep>

const ttl = 30

/** What ztunnel's DNS proxy answers a pod (specs/ztunnel.md §7.3). Names are compared in lower case. */
export const answerDns = (index: ZtunnelIndex, { pod, name, type }: DnsQuestion): DnsDecision =>
  explore(walk => {
    const client = findLocalWorkload(index, walk, pod)
    if ('kind' in client) return refused(client.code, client.text)
    if (type !== 'A' && type !== 'AAAA') return { kind: 'forwarded', why: 'type-not-served' }
    return answer(index, client, name.toLowerCase().replace(/\.$/, ''), type)
  }, answerKey)

const answerKey = (answer: DnsAnswer): string => {
  if (answer.kind === 'refused') return answer.text
  if (answer.kind === 'forwarded') return answer.why
  if (answer.kind === 'not-read') return `not read ${serviceKey(answer.service)}`
  return `${serviceKey(answer.service)} ${answer.records.map(({ owner, data }) => `${owner} ${data}`).join()}`
}

interface Match {
  readonly alias: Alias
  readonly matched: string
  readonly service: Service
}

const answer = (index: ZtunnelIndex, client: Workload, name: string, type: 'A' | 'AAAA'): DnsAnswer => {
  const match = findMatch(index, client, name)
  if (match === undefined) return { kind: 'forwarded', why: 'no-service' }
  const { service, matched } = match
  if (service.damaged === true) return { kind: 'not-read', service }
  if (!servesFamily(index, service, type))
    return { kind: 'answered', service, matched, records: [], empty: 'family-not-served' }
  const addresses = addressesOf(index, client, service).filter(ip => isIpv6(ip) === (type === 'AAAA'))
  if (addresses.length === 0) return { kind: 'answered', service, matched, records: [], empty: 'no-address' }
  const { cname, owner } = names(index, match, name)
  return {
    kind: 'answered',
    service,
    matched,
    records: [...cname, ...addresses.map(data => ({ owner, type, ttl, data }))],
  }
}

const findMatch = (index: ZtunnelIndex, client: Workload, name: string): Match | undefined => {
  for (const alias of aliasesOf(name, client.namespace, index.dump.config.clusterDomain)) {
    for (const matched of wildcardsOf(alias.name)) {
      const service = pick(index, client, matched)
      if (service !== undefined) return { alias, matched, service }
    }
  }
  return undefined
}

/** Services with a VIP, or headless ones of Kubernetes; among those that the client may see. */
const pick = ({ servicesByHostname, behaviour, dump }: ZtunnelIndex, client: Workload, hostname: string) => {
  const { clusterDomain, preferredServiceNamespace } = dump.config
  const services = (servicesByHostname.get(hostname) ?? []).filter(
    service =>
      (service.vips.length > 0 || service.hostname.endsWith(`.svc.${clusterDomain}`)) &&
      isVisible(service, client.namespace),
  )
  const own = services.find(({ namespace }) => namespace === client.namespace)
  const canonical =
    behaviour.dnsPick === 'namespace-canonical-preferred-first'
      ? services.filter(service => service.canonical).at(-1)
      : undefined
  const preferred =
    behaviour.dnsPick === 'namespace-or-first'
      ? undefined
      : services.find(({ namespace }) => namespace === preferredServiceNamespace)
  return own ?? canonical ?? preferred ?? services[0]
}

const servesFamily = ({ dump }: ZtunnelIndex, { ipFamilies }: Service, type: 'A' | 'AAAA'): boolean =>
  type === 'A' ? ipFamilies !== 'IPv6' : ipFamilies !== 'IPv4' && dump.config.ipv6Enabled

/** VIPs on the client's network; of a headless service one address of each family per endpoint. */
const addressesOf = (index: ZtunnelIndex, client: Workload, service: Service): readonly string[] => {
  if (service.vips.length > 0)
    return service.vips.filter(({ network }) => network === client.network).map(({ ip }) => ip)
  return service.endpoints.flatMap(({ workloadUid }) => {
    const ips = index.workloadsByUid.get(workloadUid)?.workloadIps ?? []
    return [ips.find(ip => !isIpv6(ip)), ips.find(isIpv6)].filter(ip => ip !== undefined)
  })
}

/** Whose records the addresses are, and the CNAME that leads there when a search domain was stripped. */
const names = (
  { behaviour }: ZtunnelIndex,
  { alias, matched }: Match,
  name: string,
): { readonly cname: readonly DnsRecord[]; readonly owner: string } => {
  const { stripped, searchDomain } = alias
  const asked = `${name}.`
  if (stripped === undefined) return { cname: [], owner: asked }
  const record = (owner: string, data: string): DnsRecord => ({ owner, type: 'CNAME', ttl, data })
  if (!isWildcard(matched)) return { cname: [record(asked, `${stripped}.`)], owner: `${stripped}.` }
  const cname = behaviour.dnsWildcardCname ? [record(`${matched}.${searchDomain}.`, `${matched}.`)] : []
  return { cname, owner: asked }
}
