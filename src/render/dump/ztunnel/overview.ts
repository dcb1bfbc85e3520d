import type { Divergence } from '#dump/ztunnel/divergence.ts'
import type { ZtunnelOverview } from '#dump/ztunnel/overview.ts'
import { cellText } from '#render/list/cell.ts'
import type { Column } from '#render/list/column.ts'
import { jsonText } from '#render/list/json.ts'
import { listText } from '#render/list/text.ts'
import { yamlText } from '#render/list/yaml.ts'
import type { Look, Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { divergenceText } from './divergence.ts'
import { durationText } from './duration-text.ts'
import { schemaVersion } from './listing.ts'
import { someOf, unknown } from './refs.ts'

export interface ZtunnelOverviews {
  /** The time that expiry is judged at. */
  readonly asOf: Date
  readonly ztunnels: readonly ZtunnelOverview[]
  readonly divergences: readonly Divergence[]
}

function* text({ asOf, ztunnels, divergences }: ZtunnelOverviews, look: Look): Iterable<string> {
  if (ztunnels.length > mostInFull) yield* oneLineEach(ztunnels, look)
  else
    for (const [index, ztunnel] of ztunnels.entries()) {
      if (index > 0) yield ''
      yield* overviewLines(ztunnel, asOf, look)
    }
  if (rootsDiffer(ztunnels)) yield paint(look).yellow('The ztunnels trust different roots.')
  yield* divergenceText(divergences, ztunnels.length, look)
}

/** More would not fit on a screen: each is then one line. */
const mostInFull = 2

const oneLineEach = (ztunnels: readonly ZtunnelOverview[], look: Look): Iterable<string> =>
  listText({ columns: lineColumns, rows: ztunnels, name: ({ file }) => file }, look)

const column = (header: string, text: (ztunnel: ZtunnelOverview) => string): Column<ZtunnelOverview> => ({
  key: header.toLowerCase(),
  header,
  text,
})

const lineColumns: readonly Column<ZtunnelOverview>[] = [
  column('ZTUNNEL', ({ node, file }) => node ?? file),
  column('VERSION', ({ version }) => version),
  column('WORKLOADS', ({ workloads }) => `${workloads.total}`),
  column('SERVICES', ({ services }) => `${services.total}`),
  column('POLICIES', ({ policies }) => `${policies.total}`),
  column('PODS', ({ pods }) => (pods === undefined ? unknown : `${pods.total}`)),
  column('CERTIFICATES', ({ certificates }) => `${certificates.identities}`),
  column('STANDS OUT', ztunnel =>
    problemsOf(ztunnel)
      .map(([name, found]) => `${found.length} ${name}`)
      .join(', '),
  ),
]

const rootsDiffer = (ztunnels: readonly ZtunnelOverview[]): boolean =>
  new Set(ztunnels.map(({ certificates }) => certificates.roots.join())).size > 1

function* overviewLines(ztunnel: ZtunnelOverview, asOf: Date, look: Look): Iterable<string> {
  const { workloads, services, policies, pods, certificates } = ztunnel
  const colours = paint(look)
  yield colours.bold(
    cellText(
      `ztunnel ${ztunnel.version} on ${ztunnel.node ?? `${unknown} node`}, network ${ztunnel.network || 'default'} (${ztunnel.file})`,
    ),
  )
  yield row('workloads', `${workloads.total}`, `${workloads.hbone} HBONE, ${workloads.tcp} TCP`)
  yield row('services', `${services.total}`, `${services.withWaypoint} with a waypoint`)
  yield row(
    'policies',
    `${policies.total}`,
    `${policies.allow} allow, ${policies.deny} deny, ${policies.dryRun} of them dry run`,
  )
  yield pods === undefined
    ? row('pods', unknown, 'this dump does not tell which pods it serves')
    : row('pods', `${pods.total}`, `served here; ${pods.inbound} inbound and ${pods.outbound} outbound connections`)
  yield row('certificates', `${certificates.identities}`, expiryText(certificates.next, asOf))
  if (certificates.roots.length > 0)
    yield row('trusted roots', `${certificates.roots.length}`, someOf(certificates.roots.map(beginningOf), 1))
  const problems = problemsOf(ztunnel)
  if (problems.length === 0) yield colours.green('nothing stands out')
  for (const [name, found] of problems)
    yield `${colours.yellow(name.padEnd(labelWidth))} ${cellText(`${found.length}: ${someOf(found)}`)}`
  if (ztunnel.lost.length > 0) yield row('not told', '', `by a dump of this age or form: ${ztunnel.lost.join(', ')}`)
}

/** Enough of a fingerprint to tell roots apart on one line; `certificates -o wide` has all of it. */
const beginningOf = (fingerprint: string): string => `SHA-256 ${fingerprint.slice(0, 23)}…`

const labelWidth = 20
const numberWidth = 7

const row = (label: string, count: string, rest: string): string =>
  cellText(`${label.padEnd(labelWidth)} ${count.padStart(numberWidth)}  ${rest}`)

const expiryText = (next: ZtunnelOverview['certificates']['next'], asOf: Date): string =>
  next === undefined
    ? 'none is valid'
    : `the next to expire in ${durationText(Date.parse(next.expires) - asOf.getTime())} is ${next.identity}`

/** What a person should look at, most urgent first; only what is there. */
const problemsOf = ({ workloads, services, pods, certificates, unresolved, staged }: ZtunnelOverview) =>
  (
    [
      ['no certificate', certificates.failed.map(({ identity, state }) => `${identity} (${state})`)],
      ['expired', certificates.expired],
      ['pending pods', pods?.pending ?? []],
      ['unhealthy', workloads.unhealthy],
      ['no healthy endpoint', services.withoutEndpoint],
      ['unresolved', unresolved],
      ['unknown service', staged],
    ] as const
  ).filter(([, found]) => found.length > 0)

function* json({ asOf, ztunnels, divergences }: ZtunnelOverviews): Iterable<string> {
  yield jsonText({ schemaVersion, asOf: asOf.toISOString(), ztunnels, divergence: divergences })
}

function* yaml({ asOf, ztunnels, divergences }: ZtunnelOverviews): Iterable<string> {
  yield yamlText({
    schemaVersion,
    asOf: asOf.toISOString(),
    ztunnels: JSON.parse(JSON.stringify(ztunnels)),
    divergence: divergences,
  })
}

export const ztunnelOverviewRenderers = { text, json, yaml } satisfies Record<string, Renderer<ZtunnelOverviews>>
