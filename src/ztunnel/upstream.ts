import type { NetworkAddress, Service, Workload } from '#model/ztunnel.ts'
import { findWorkloadByAddress } from './address-lookup.ts'
import { chooseIp, type Resolve } from './ip-choice.ts'
import { balance, type ResolutionMode, type Upstream } from './load-balancing.ts'
import type { Refusal, Undetermined } from './refusal.ts'
import { findServiceByAddress } from './service-lookup.ts'
import { identityOf } from './source.ts'
import type { ZtunnelStep } from './steps.ts'
import type { Walk } from './walk.ts'
import { serviceKey, type ZtunnelIndex } from './ztunnel-index.ts'

/** What every stage of one outbound decision shares. */
export interface OutboundContext {
  readonly index: ZtunnelIndex
  readonly walk: Walk<ZtunnelStep>
  readonly source: Workload
  readonly resolve: Resolve
}

/** An upstream with the address it will be called at. */
export interface Reachable {
  readonly kind: 'reachable'
  readonly workload: Workload
  /** Undefined: only a network gateway leads there. */
  readonly ip: string | undefined
  readonly port: number
  readonly service: Service | undefined
}

export type Finished = Reachable | Refusal | Undetermined | { readonly kind: 'nothing' }

/** A service at the address, else a workload (specs/ztunnel.md §4.3: the other way round than §4.2). */
export const findUpstream = (
  { index, walk, source }: OutboundContext,
  address: NetworkAddress,
  port: number,
  mode: ResolutionMode,
): Upstream | undefined => {
  const found = findServiceByAddress(index, walk, address, source.namespace)
  if (found !== undefined) {
    const isPassthrough = index.behaviour.passthroughBalancing && found.service.loadBalancer?.mode === 'Passthrough'
    return isPassthrough ? { kind: 'original-destination' } : balance(index, walk, source, found, port, mode)
  }
  const workload = findWorkloadByAddress(index, walk, address)
  return workload === undefined ? undefined : { kind: 'workload', workload, port }
}

/** Gives the upstream the address it is called at; `targetIp` is what decides the family. */
export const finish = (
  { index, walk, resolve }: OutboundContext,
  upstream: Upstream | undefined,
  targetIp: string,
): Finished => {
  if (upstream === undefined || upstream.kind === 'original-destination') return { kind: 'nothing' }
  if (upstream.kind === 'hidden') return { kind: 'undetermined', missing: 'hidden-workload', about: upstream.uid }
  if (upstream.kind === 'former')
    return { kind: 'undetermined', missing: 'former-endpoint', about: serviceKey(upstream.service) }
  const { workload, port, service } = upstream
  const chosen = chooseIp(index.behaviour, walk, workload, { ip: targetIp, service }, resolve)
  if (chosen.kind === 'ip') return { kind: 'reachable', workload, ip: chosen.ip, port, service }
  return chosen.kind === 'only-through-gateway' ? { kind: 'reachable', workload, ip: undefined, port, service } : chosen
}

/** Names that the server certificate may carry: the service's that are SPIFFE ids, then the workload's own. */
export const upstreamSans = ({ service, workload }: Reachable): readonly string[] => [
  ...serviceSans(service),
  identityOf(workload),
]

export const serviceSans = (service: Service | undefined): readonly string[] =>
  (service?.subjectAltNames ?? []).filter(isSpiffeId)

const isSpiffeId = (san: string): boolean => /^spiffe:\/\/[^/]*\/ns\/[^/]*\/sa\/[^/]*$/.test(san)
