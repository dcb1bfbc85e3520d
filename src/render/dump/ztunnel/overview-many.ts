import type { ZtunnelOverview } from '#dump/ztunnel/overview.ts'
import { ageText, capturedText, haveOneAge } from '#render/dump/captured.ts'
import { unknown } from '#render/dump/refs.ts'
import { boxBorders, boxed, isScreen } from '#render/list/boxed.ts'
import { cellWidth } from '#render/list/cell.ts'
import type { Column } from '#render/list/column.ts'
import { fitted, fittedNames, fittedPath, wrapped } from '#render/list/fit.ts'
import { listText } from '#render/list/text.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { problemsOf } from './overview-facts.ts'

/** More lines would not fit on a screen. */
const mostLines = 6
/** Of more, each takes one line whatever it costs. */
const mostWrapped = 2
const mostName = 30
const leastProblems = 12

/** A line for each ztunnel below what all should hold alike; those at which something stands out go first. */
export async function* manyZtunnels(
  ztunnels: readonly ZtunnelOverview[],
  present: Date,
  look: Look,
  width: number,
): AsyncIterable<string> {
  const versions = [...new Set(ztunnels.map(({ version }) => version))]
  const shared = versions.length === 1 ? `, all ${versions[0]}` : ''
  yield paint(look).bold(fitted(`${ztunnels.length} ztunnels${shared}`, width))
  yield fitted(
    `each holds ${span(ztunnels, one => one.workloads?.total)} workloads, ${span(ztunnels, one => one.services?.total)} services and ${span(ztunnels, one => one.policies?.total)} policies`,
    width,
  )
  const captured = capturedText(ztunnels, present)
  if (captured !== undefined) yield fitted(captured, width)
  const ordered = [...ztunnels].sort((a, b) => Number(standsOut(b)) - Number(standsOut(a)))
  const shown = ordered.length > mostLines ? ordered.slice(0, mostLines) : ordered
  yield* await tableOf(shown, columnsOf(ztunnels, versions.length > 1, present), look, width)
  const rest = ordered.slice(shown.length)
  const others = rest.filter(standsOut).length
  if (rest.length > 0)
    yield `and ${rest.length} more, ${others === 0 ? 'at none of which anything' : `at ${others} of which something`} stands out`
}

const standsOut = (ztunnel: ZtunnelOverview): boolean => problemsOf(ztunnel).length > 0

/** `51`; `50 to 51` where they differ. */
const span = (
  ztunnels: readonly ZtunnelOverview[],
  countOf: (ztunnel: ZtunnelOverview) => number | undefined,
): string => {
  const counts = ztunnels.map(countOf).filter(count => count !== undefined)
  if (counts.length === 0) return unknown
  const [least, most] = [Math.min(...counts), Math.max(...counts)]
  return least === most ? `${most}` : `${least} to ${most}`
}

const tableOf = async (
  shown: readonly ZtunnelOverview[],
  columns: readonly Column<ZtunnelOverview>[],
  look: Look,
  width: number,
): Promise<Iterable<string>> => {
  if (!isScreen(look)) {
    const problems = column('STANDS OUT', ztunnel => problemTexts(ztunnel).join(', '))
    return listText({ columns: [...columns, problems], rows: shown, name: ({ file }) => file }, look)
  }
  const widths = columns.map(({ header, text }) => Math.max(...[header, ...shown.map(text)].map(cellWidth)))
  const others = widths.reduce((sum, width) => sum + width, boxBorders(columns.length + 1))
  const room = Math.max(width - others, leastProblems)
  return boxed({
    head: [...columns.map(({ header }) => header), 'STANDS OUT'],
    rows: shown.map(ztunnel => [
      ...columns.map(({ text }) => [text(ztunnel)]),
      shown.length > mostWrapped
        ? [fittedNames(problemTexts(ztunnel), room)]
        : wrapped(problemTexts(ztunnel).join(', '), room),
    ]),
  })
}

const column = (header: string, text: (ztunnel: ZtunnelOverview) => string): Column<ZtunnelOverview> => ({
  key: header.toLowerCase(),
  header,
  text,
})

const columnsOf = (
  ztunnels: readonly ZtunnelOverview[],
  withVersion: boolean,
  present: Date,
): readonly Column<ZtunnelOverview>[] => [
  column('ZTUNNEL', ({ node, file }) => fittedPath(isShared(ztunnels, node) ? file : (node ?? file), mostName)),
  ...(withVersion ? [column('VERSION', ({ version }) => version.replace(/ \(.*\)$/, ''))] : []),
  ...(haveOneAge(ztunnels, present) ? [] : [column('CAPTURED', ztunnel => ageText(ztunnel, present) || 'now')]),
  column('PODS', ({ pods }) => `${pods?.total ?? unknown}`),
  column('CERTIFICATES', ({ certificates }) => `${certificates?.identities ?? unknown}`),
]

/** Several dumps are of one node. */
const isShared = (ztunnels: readonly ZtunnelOverview[], node: string | undefined): boolean =>
  ztunnels.filter(one => one.node === node).length > 1

const problemTexts = (ztunnel: ZtunnelOverview): readonly string[] =>
  problemsOf(ztunnel).map(([name, found]) => `${found.length} ${name}`)
