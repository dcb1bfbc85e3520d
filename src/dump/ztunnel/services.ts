import type { GatewayAddress, Service, ServiceGlance } from '#model/ztunnel.ts'
import { sortLikeIstioctl } from '../sort-like-istioctl.ts'
import { compareText, isSame } from './workloads.ts'

/** The cells of istioctl's columns, and the hostname by which rows are ordered and known. */
export interface ServiceRow {
  readonly namespace: string
  readonly name: string
  readonly hostname: string
  /** IP addresses with commas between, without their networks. */
  readonly vips: string
  readonly waypoint: GatewayAddress | undefined
  /** Endpoints whose workload is in the dump and healthy. */
  readonly healthy: number
  readonly endpoints: number
}

/** What orders and names a row. */
export type ServiceKey = Pick<ServiceRow, 'namespace' | 'name' | 'hostname'>

/** While it is read: what the cells of the wide columns are made from. */
export interface WideServiceRow extends ServiceRow {
  readonly service: Service
}

/** Whether the dump holds a workload and calls it healthy. */
export type IsHealthy = (uid: string) => boolean

export interface ServiceFilter {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

export const isWantedService = (service: ServiceGlance, { namespace, name }: ServiceFilter): boolean =>
  isSame(service.namespace, namespace) && isSame(service.name, name)

export const serviceRow = (service: ServiceGlance, isHealthy: IsHealthy): ServiceRow => {
  const { namespace, name, hostname, vips, waypoint, endpoints } = service
  return {
    namespace,
    name,
    hostname,
    vips: vips.length === 1 && vips[0] !== undefined ? vips[0].ip : vips.map(vip => vip.ip).join(','),
    waypoint,
    healthy: endpoints.filter(({ workloadUid }) => isHealthy(workloadUid)).length,
    endpoints: endpoints.length,
  }
}

/** In istioctl's order: namespace, name, hostname. */
export const sortedServices = <R extends ServiceKey>(rows: R[]): readonly R[] =>
  sortLikeIstioctl(
    rows,
    (a, b) =>
      compareText(a.namespace, b.namespace) || compareText(a.name, b.name) || compareText(a.hostname, b.hostname),
  )
