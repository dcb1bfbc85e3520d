import type { Service, Workload } from '#model/ztunnel.ts'
import type { ZtunnelIndex } from './ztunnel-index.ts'

export interface Served {
  readonly workload: Workload
  /** The port that the application is called at. */
  readonly port: number
  /** `host=` of the `forwarded` header: the service that the client's ztunnel was asked for. */
  readonly host?: string | undefined
}

/** Several services: which of them is the first depends on an order that the dump does not tell. */
export type ServedService =
  | { readonly kind: 'service'; readonly service: Service }
  | { readonly kind: 'one-of'; readonly services: readonly Service[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'services-not-dumped' }

/**
 * The service that the destination's ztunnel writes into its access line as `dst.service` (specs/ztunnel.md §8.1): the
 * forwarded host if it is one of the pod's services, else the first of them with such a target port. Each ztunnel has
 * its own order, which the dump of another one does not tell.
 */
export const guessServedService = (
  index: ZtunnelIndex,
  { workload, port, host }: Served,
  isOwnDump = true,
): ServedService => {
  const listed = servicesOf(index, workload)
  if (listed === undefined) return { kind: 'services-not-dumped' }
  const { services, orderIsKnown } = listed
  const asked = services.filter(({ hostname }) => hostname === host)
  const fitting = asked.length > 0 ? asked : services.filter(service => hasTarget(service, workload, port))
  const [first, ...others] = fitting
  if (first === undefined) return { kind: 'none' }
  const isFirst = (orderIsKnown && isOwnDump) || others.every(({ hostname }) => hostname === first.hostname)
  return isFirst ? { kind: 'service', service: first } : { kind: 'one-of', services: fitting }
}

/** From 1.24 the workload lists its services in ztunnel's own order; before, their endpoints tell, of healthy pods. */
const servicesOf = (
  { behaviour, dump, servicesByKey }: ZtunnelIndex,
  workload: Workload,
): { readonly services: readonly Service[]; readonly orderIsKnown: boolean } | undefined => {
  if (behaviour.workloadListsServices) {
    if (dump.era === 'list') return undefined
    return { services: (workload.services ?? []).flatMap(key => servicesByKey.get(key) ?? []), orderIsKnown: true }
  }
  if (workload.status === 'Unhealthy') return undefined
  const serves = ({ endpoints }: Service) => endpoints.some(({ workloadUid }) => workloadUid === workload.uid)
  return { services: dump.services.filter(serves), orderIsKnown: false }
}

const hasTarget = (service: Service, workload: Workload, port: number): boolean => {
  const own = service.endpoints.find(({ workloadUid }) => workloadUid === workload.uid)
  return [...service.ports].some(([servicePort, target]) => target === port || own?.ports.get(servicePort) === port)
}
