import { compare } from '#model/compare.ts'

/** The four fields of an Istio cluster name such as `inbound-vip|80|http|cart.shop.svc.cluster.local` (specs/waypoint.md §2.2). */
export interface ClusterName {
  readonly direction: string
  readonly port: number
  readonly subset: string
  readonly host: string
}

export const parseClusterName = (name: string): ClusterName | undefined => {
  const [direction, port, subset, host, ...more] = name.split('|')
  if (direction === undefined || port === undefined || subset === undefined || host === undefined) return undefined
  return more.length > 0 ? undefined : { direction, port: Number(port) || 0, subset, host }
}

/** istioctl's order of clusters and endpoint lists: host (or the whole name), subset, port, direction. */
export const byClusterName = (a: string, b: string): number => {
  const left = parseClusterName(a) ?? { host: a, subset: '', port: 0, direction: '' }
  const right = parseClusterName(b) ?? { host: b, subset: '', port: 0, direction: '' }
  return (
    compare(left.host, right.host) ||
    compare(left.subset, right.subset) ||
    compare(left.port, right.port) ||
    compare(left.direction, right.direction)
  )
}
