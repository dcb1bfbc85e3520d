import { objectText } from '#dump/waypoint/origin.ts'
import { type WaypointOverview, waypointOverview } from '#dump/waypoint/overview.ts'
import { isValidAt } from '#dump/waypoint/secrets.ts'
import { durationText } from '#render/dump/ztunnel/duration-text.ts'
import { someOf } from '#render/dump/ztunnel/refs.ts'
import { cellText } from '#render/list/cell.ts'
import { listText } from '#render/list/text.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { listOf, type WaypointView } from './view.ts'

/** Every proxy with the ways through it, and what a person should look at. */
export function* overviewText(view: WaypointView, look: Look): Iterable<string> {
  for (const [index, dump] of view.proxies.entries()) {
    if (index > 0) yield ''
    yield* headLines(waypointOverview(dump), view.asOf, look)
    const services = listOf('services', { ...view, table: 'services', proxies: [dump] })
    if (services.rows.length > 0) yield* listText(services, look)
  }
}

function* headLines(overview: WaypointOverview, asOf: Date, look: Look): Iterable<string> {
  const { role, proxy, gateway, istio, envoy, listeners, clusters, policies, knowsEndpoints } = overview
  const colours = paint(look)
  const whose = gateway === undefined ? '' : ` of ${objectText(gateway)}`
  const version = envoy.from === 'assumed' ? `Envoy ${envoy.text} assumed` : `Envoy ${envoy.text}`
  yield colours.bold(
    cellText(
      `${role === 'unknown' ? 'proxy' : role} ${proxy}${whose}: ${istio === undefined ? '' : `Istio ${istio}, `}${version}`,
    ),
  )
  yield [counted(listeners, 'listener'), counted(clusters, 'cluster'), policiesText(policies)].join(', ')
  yield certificateLine(overview, asOf, look)
  if (!knowsEndpoints) yield colours.yellow('endpoints are not in the dump: take it with include_eds, or add /clusters')
  if (overview.services.length === 0) yield colours.yellow('no chain in force leads to a service')
  const without = overview.services
    .filter(({ healthy }) => healthy === 0)
    .map(({ service, ports }) => `${service}:${ports}`)
  if (knowsEndpoints && without.length > 0)
    yield colours.yellow(cellText(`without a healthy endpoint: ${someOf([...new Set(without)])}`))
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
const policiesText = (count: number): string =>
  count === 0
    ? 'no policy or token issuer'
    : count === 1
      ? '1 policy or token issuer'
      : `${count} policies and token issuers`

const certificateLine = ({ certificate }: WaypointOverview, asOf: Date, look: Look): string => {
  if (certificate === undefined) return 'no certificate in the dump'
  const colours = paint(look)
  const span = durationText(Date.parse(certificate.notAfter) - asOf.getTime())
  const identity = certificate.uris.join(',')
  return isValidAt(certificate, asOf)
    ? cellText(`certificate of ${identity}, valid for ${span}`)
    : colours.yellow(
        cellText(`certificate of ${identity} is not valid: ${certificate.notBefore} to ${certificate.notAfter}`),
      )
}
