import type { Divergence } from '#dump/ztunnel/divergence.ts'
import type { ZtunnelOverview } from '#dump/ztunnel/overview.ts'
import { capturedText } from '#render/dump/captured.ts'
import { unknown } from '#render/dump/refs.ts'
import { boxBorders, boxed, isScreen } from '#render/list/boxed.ts'
import { fitted, fittedPath } from '#render/list/fit.ts'
import { jsonText } from '#render/list/json.ts'
import { yamlText } from '#render/list/yaml.ts'
import type { Look, StreamRenderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { divergenceSummary } from './divergence.ts'
import { schemaVersion } from './listing.ts'
import { countWidth, type Fact, factsOf, labelWidth } from './overview-facts.ts'
import { manyZtunnels } from './overview-many.ts'

export interface ZtunnelOverviews {
  /** The time that expiry is judged at. */
  readonly asOf: Date
  /** The time that ages count to. */
  readonly present: Date
  readonly ztunnels: readonly ZtunnelOverview[]
  readonly divergences: readonly Divergence[]
}

/** Of text for a pipe or a file; a narrower screen breaks its lines. */
const usualWidth = 80
const leastWidth = 60

async function* text(overviews: ZtunnelOverviews, look: Look): AsyncIterable<string> {
  const { ztunnels, divergences } = overviews
  const width = isScreen(look) ? Math.max(look.width, leastWidth) : usualWidth
  const [only, ...others] = ztunnels
  if (only !== undefined && others.length === 0) yield* oneZtunnel(only, overviews, look, width)
  else {
    yield* manyZtunnels(ztunnels, overviews.present, look, width)
  }
  if (rootsDiffer(ztunnels)) yield paint(look).yellow('The ztunnels trust different roots.')
  yield* divergenceSummary(divergences, ztunnels.length, look, width)
}

const rootsDiffer = (ztunnels: readonly ZtunnelOverview[]): boolean =>
  new Set(ztunnels.flatMap(({ certificates }) => (certificates === undefined ? [] : [certificates.roots.join()])))
    .size > 1

/** Whose state it is and how old, as far as that is known. */
function* whoseAndWhen(ztunnel: ZtunnelOverview, present: Date, width: number): Iterable<string> {
  const { pod } = ztunnel
  const known = [pod && `pod ${pod}`, capturedText([ztunnel], present)].filter(part => part !== undefined)
  if (known.length > 0) yield fitted(known.join(', '), width)
}

async function* oneZtunnel(
  ztunnel: ZtunnelOverview,
  overviews: ZtunnelOverviews,
  look: Look,
  width: number,
): AsyncIterable<string> {
  const { version, node, network, file } = ztunnel
  const title = `ztunnel ${version} on ${node ?? `${unknown} node`}, network ${network || 'default'}`
  yield paint(look).bold(fitted(title, width))
  yield fittedPath(file, width)
  yield* whoseAndWhen(ztunnel, overviews.present, width)
  const gaps = isScreen(look) ? boxBorders(3) : 3
  const facts = factsOf(ztunnel, overviews.asOf, width - labelWidth - countWidth - gaps)
  if (isScreen(look)) yield* await boxed({ rows: facts.map(fact => cellsOf(fact, look).map(cell => [cell])) })
  else for (const fact of facts) yield lineOf(cellsOf(fact, look))
  if (!facts.some(({ isUrgent }) => isUrgent)) yield paint(look).green('nothing stands out')
}

/** Padded before they are coloured. */
const cellsOf = ({ label, count, rest, isUrgent }: Fact, look: Look): readonly string[] => [
  isUrgent ? paint(look).yellow(label.padEnd(labelWidth)) : label.padEnd(labelWidth),
  count.padStart(countWidth),
  rest,
]

const lineOf = ([label = '', count = '', rest = '']: readonly string[]): string =>
  `${label} ${count}  ${rest}`.trimEnd()

function* json({ asOf, ztunnels, divergences }: ZtunnelOverviews): Iterable<string> {
  yield jsonText({
    schemaVersion,
    asOf: asOf.toISOString(),
    ztunnels,
    divergence: divergences,
  })
}

function* yaml({ asOf, ztunnels, divergences }: ZtunnelOverviews): Iterable<string> {
  yield yamlText({
    schemaVersion,
    asOf: asOf.toISOString(),
    ztunnels: JSON.parse(JSON.stringify(ztunnels)),
    divergence: divergences,
  })
}

export const ztunnelOverviewRenderers = { text, json, yaml } satisfies Record<string, StreamRenderer<ZtunnelOverviews>>
