import { isProxyNamed, proxiesNamed } from '#dump/waypoint/proxies.ts'
import { proxyName } from '#dump/waypoint/resource.ts'
import { tableNamed, type WaypointWish, waypointTableNames } from '#dump/waypoint/tables.ts'
import { withoutSecrets } from '#dump/waypoint/without-secrets.ts'
import { UserError } from '#errors.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { Mesh } from '#model/mesh.ts'
import { type Moment, momentOf } from '#model/moment.ts'
import { type State, stateName } from '#model/state.ts'
import type { WaypointView } from '#render/dump/waypoint/view.ts'
import type { Choice } from '#render/list/choose.ts'
import type { Holdings } from './holdings.ts'
import { waypointProvenance } from './provenance.ts'
import { holdingsOf } from './read-mesh.ts'
import { waypointsChosen } from './wanted.ts'
import type { Wish } from './wishes.ts'

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
  const mesh = await meshWith(await holdingsOf(state, waypointsChosen(proxy, namespace)), proxy, namespace)
  const proxies = proxiesNamed(mesh.waypoints, proxy, namespace)
  if (proxies.length === 0) throw notThere(mesh.waypoints, proxy, state)
  const moment = momentOf(present, mesh.takenAt)
  return {
    table: name,
    proxies: proxies.map(withoutSecrets),
    provenance: proxies.map(proxy => waypointProvenance(proxy, mesh, { state, present })),
    wish,
    choice,
    asOf: moment.at,
    present: present.at,
    issues: mesh.issues,
    moment,
  }
}

const isEnvoy: Wish = ({ kind }) => kind.startsWith('envoy-')

/** Of many proxies the named one by its pod, else each is looked at for another name that it may go by. */
const meshWith = async (
  holdings: Holdings,
  proxy: string | undefined,
  namespace: string | undefined,
): Promise<Mesh> => {
  const isNamed: Wish = about => isEnvoy(about) && isProxyNamed({ file: '', subject: about }, proxy, namespace)
  const mesh = await holdings.fetchAll(isNamed, 'name one: dump waypoint TABLE NAMESPACE/POD')
  if (proxy === undefined || proxiesNamed(mesh.waypoints, proxy, namespace).length > 0) return mesh
  for await (const other of holdings.eachPod(isEnvoy))
    if (proxiesNamed(other.waypoints, proxy, namespace).length > 0) return other
  return mesh
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
