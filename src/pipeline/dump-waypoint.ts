import { proxiesNamed } from '#dump/waypoint/proxies.ts'
import { proxyName } from '#dump/waypoint/resource.ts'
import { tableNamed, type WaypointWish, waypointTableNames } from '#dump/waypoint/tables.ts'
import { UserError } from '#errors.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { WaypointView } from '#render/dump/waypoint/view.ts'
import type { Choice } from '#render/list/choose.ts'
import { readMesh } from './read-mesh.ts'

export interface WaypointQuestion {
  readonly snapshots: readonly string[]
  /** A table's name or one of istioctl's aliases; `all` without one. */
  readonly table?: string | undefined
  /** Pod, Deployment or Gateway; every proxy without one. */
  readonly proxy?: string | undefined
  readonly namespace?: string | undefined
  readonly wish: WaypointWish
  readonly choice: Choice
}

/** What Envoys of a snapshot hold. Throws a UserError for a table or proxy that is not there. */
export const dumpWaypoint = async ({
  snapshots,
  table = 'all',
  proxy,
  namespace,
  wish,
  choice,
}: WaypointQuestion): Promise<WaypointView & { readonly issues: readonly DecodeIssue[] }> => {
  const name = tableNamed(table)
  if (name === undefined)
    throw new UserError('usage', `dump waypoint has no table ${table}`, {
      next: [`tables: all, ${waypointTableNames.join(', ')}`],
    })
  const mesh = await readMesh(snapshots)
  const proxies = proxiesNamed(mesh.waypoints, proxy, namespace)
  if (proxies.length === 0) throw notThere(mesh.waypoints, proxy, snapshots)
  return { table: name, proxies, wish, choice, issues: mesh.issues }
}

const notThere = (dumps: readonly EnvoyDump[], proxy: string | undefined, snapshots: readonly string[]): UserError => {
  if (dumps.length === 0)
    return new UserError('input', `no Envoy config dump in ${snapshots.join(', ')}`, {
      next: ["save one: kubectl exec POD -- pilot-agent request GET 'config_dump?include_eds' > waypoint.json"],
    })
  return new UserError('input', `no dump of ${proxy ?? 'a proxy in that namespace'}`, {
    next: [`proxies: ${dumps.map(proxyName).join(', ')}`],
  })
}
