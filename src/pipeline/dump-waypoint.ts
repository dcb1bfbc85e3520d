import { proxiesNamed } from '#dump/waypoint/proxies.ts'
import { proxyName } from '#dump/waypoint/resource.ts'
import { tableNamed, type WaypointWish, waypointTableNames } from '#dump/waypoint/tables.ts'
import { UserError } from '#errors.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import { type State, stateName } from '#model/state.ts'
import type { WaypointView } from '#render/dump/waypoint/view.ts'
import type { Choice } from '#render/list/choose.ts'
import { meshOf } from './read-mesh.ts'
import { waypointsChosen } from './wanted.ts'

export interface WaypointQuestion {
  readonly state: State
  /** A table's name or one of istioctl's aliases; an overview without one. */
  readonly table?: string | undefined
  /** Pod, Deployment or Gateway; every proxy without one. */
  readonly proxy?: string | undefined
  readonly namespace?: string | undefined
  readonly wish: WaypointWish
  readonly choice: Choice
  readonly present: Moment
}

/** What Envoys of a snapshot hold. Throws a UserError for a table or proxy that is not there. */
export const dumpWaypoint = async ({
  state,
  table,
  proxy,
  namespace,
  wish,
  choice,
  present,
}: WaypointQuestion): Promise<WaypointView & { readonly issues: readonly DecodeIssue[]; readonly moment: Moment }> => {
  const name = table === undefined ? 'overview' : tableNamed(table)
  if (name === undefined)
    throw new UserError('usage', `dump waypoint has no table ${table}`, {
      next: [`tables: all, ${waypointTableNames.join(', ')}`],
    })
  const mesh = await meshOf(state, waypointsChosen(proxy, namespace))
  const proxies = proxiesNamed(mesh.waypoints, proxy, namespace)
  if (proxies.length === 0) throw notThere(mesh.waypoints, proxy, state)
  const moment = momentOf(present, mesh.takenAt)
  return { table: name, proxies, wish, choice, asOf: moment.at, issues: mesh.issues, moment }
}

const notThere = (dumps: readonly EnvoyDump[], proxy: string | undefined, state: State): UserError => {
  if (dumps.length === 0)
    return new UserError('input', `no Envoy config dump in ${stateName(state)}`, {
      next: ["save one: kubectl exec POD -- pilot-agent request GET 'config_dump?include_eds' > waypoint.json"],
    })
  return new UserError('input', `no dump of ${proxy ?? 'a proxy in that namespace'}`, {
    next: [`proxies: ${dumps.map(proxyName).join(', ')}`],
  })
}
