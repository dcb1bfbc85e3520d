import type { Provenance } from '#dump/provenance.ts'
import { type WaypointOverview, waypointOverview } from '#dump/waypoint/overview.ts'
import { isValidAt } from '#dump/waypoint/secrets.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import { someOf } from '#render/dump/refs.ts'
import { durationText } from '#render/duration-text.ts'
import { cellWidth } from '#render/list/cell.ts'
import { wrapped } from '#render/list/fit.ts'
import { listText } from '#render/list/text.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { proxyTitle, sourceText } from './provenance.ts'
import { serviceBlocks } from './service-blocks.ts'
import { portText, serviceText } from './services.ts'
import { listOf, type WaypointView } from './view.ts'

/** Every proxy with the ways through it, and what a person should look at. */
export function* overviewText(view: WaypointView, look: Look): Iterable<string> {
  for (const [index, dump] of view.proxies.entries()) {
    if (index > 0) yield ''
    const provenance = view.provenance.slice(index, index + 1)
    yield* titleLines(dump, provenance, view.present, look)
    yield* headLines(waypointOverview(dump), provenance, view.asOf, look)
    yield* serviceLines({ ...view, table: 'services', proxies: [dump], provenance }, look)
  }
}

/** A table where it fits on the screen, or where its columns were chosen. */
const serviceLines = (view: WaypointView, look: Look): Iterable<string> => {
  const services = listOf('services', view)
  if (services.rows.length === 0) return []
  const { columns, wide } = view.choice
  const table = () => listText(services, look)
  if (look.width === Number.POSITIVE_INFINITY || columns !== undefined || wide === true) return table()
  return widest(table()) <= look.width ? table() : serviceBlocks([...services.rows], look)
}

const widest = (lines: Iterable<string>): number => {
  let most = 0
  for (const line of lines) most = Math.max(most, cellWidth(line.replaceAll(/\u001b\[[0-9;]*m/g, '')))
  return most
}

/** Whose state it is, where it is from and how old, as far as that is known. */
function* titleLines(
  dump: EnvoyDump,
  [provenance]: readonly Provenance[],
  present: Date,
  look: Look,
): Iterable<string> {
  for (const line of wrapped(proxyTitle(dump), look.width)) yield paint(look).bold(line)
  const source = provenance === undefined ? '' : sourceText(dump, provenance, present)
  if (source !== '') yield* wrapped(source, look.width)
}

function* headLines(
  overview: WaypointOverview,
  [provenance]: readonly Provenance[],
  asOf: Date,
  look: Look,
): Iterable<string> {
  const { listeners, clusters, policies, knowsEndpoints, partial } = overview
  const colours = paint(look)
  const fitting = function* (text: string, colour = (line: string): string => line): Iterable<string> {
    for (const line of wrapped(text, look.width)) yield colour(line)
  }
  yield [counted(listeners, 'listener'), counted(clusters, 'cluster'), policiesText(policies)].join(', ')
  const { text, valid } = certificateText(overview, provenance?.capturedAt, asOf)
  yield* fitting(text, valid ? undefined : colours.yellow)
  if (overview.tunnelFilters.length > 0)
    yield* fitting(`every tunnel passes first: ${overview.tunnelFilters.join(' → ')}`, colours.yellow)
  if (!knowsEndpoints && !partial)
    yield* fitting('endpoints are not in the dump: take it with include_eds, or add /clusters', colours.yellow)
  if (overview.services.length === 0 && !partial) yield colours.yellow('no chain in force leads to a service')
  const without = overview.services
    .filter(({ healthy, hosts }) => hosts === 'listed' && healthy === 0)
    .map(row => `${serviceText(row)}:${portText(row)}`)
  if (without.length > 0) yield* fitting(`without a healthy endpoint: ${someOf([...new Set(without)])}`, colours.yellow)
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
const policiesText = (count: number): string =>
  count === 0
    ? 'no policy or token issuer'
    : count === 1
      ? '1 policy or token issuer'
      : `${count} policies and token issuers`

const certificateText = (
  { certificate }: WaypointOverview,
  capturedAt: Date | undefined,
  asOf: Date,
): { readonly text: string; readonly valid: boolean } => {
  if (certificate === undefined) return { text: 'no certificate in the dump', valid: true }
  const { uris, notBefore, notAfter } = certificate
  const span = durationText(Date.parse(notAfter) - asOf.getTime())
  return isValidAt(certificate, asOf)
    ? { text: `certificate of ${uris.join(',')}, valid for ${span}`, valid: true }
    : {
        text: `certificate of ${uris.join(',')} is not valid: ${notBefore} to ${notAfter}${capturedAt === undefined ? '; nothing tells when the dump was taken' : ''}`,
        valid: false,
      }
}
