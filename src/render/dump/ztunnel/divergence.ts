import type { DifferingValue, Divergence, Scalar, Variant } from '#dump/ztunnel/divergence.ts'
import { someOf } from '#render/dump/refs.ts'
import { boxBorders, boxed, isScreen, mostBoxedRows } from '#render/list/boxed.ts'
import { cellText, cellWidth } from '#render/list/cell.ts'
import { fitted, fittedPath, wrapped } from '#render/list/fit.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'

/**
 * Resources that not every ztunnel holds the same; a sentence when all agree, nothing for a single dump. A box where somebody
 * looks at a few.
 */
export async function* divergenceText(found: readonly Divergence[], dumps: number, look: Look): AsyncIterable<string> {
  yield* headline(found, dumps, look)
  if (found.length === 0) return
  if (isScreen(look) && found.length <= mostBoxedRows) yield* await boxOf(found, look)
  else yield* linesOf(found)
}

/** More would not fit on a screen beside an overview. */
const mostSummed = 5

/** The same for an overview: a line for each of the first few, and how many more there are. */
export async function* divergenceSummary(
  found: readonly Divergence[],
  dumps: number,
  look: Look,
  width: number,
): AsyncIterable<string> {
  yield* headline(found, dumps, look)
  if (found.length === 0) return
  const columns = isScreen(look) ? boxBorders(2) : 2
  const shown = found.length > mostSummed + 1 ? found.slice(0, mostSummed) : found
  const most = Math.floor((width - columns) / 2)
  const texts = shown.map(one => {
    const whole = differenceText(one, dumps, changeText)
    return cellWidth(cellText(whole)) <= most ? whole : differenceText(one, dumps, nameText)
  })
  const differences = Math.min(Math.max(...texts.map(text => cellWidth(cellText(text)))), most)
  const rows = shown.map(({ kind, key }, index) => [
    fittedPath(`${kind} ${key}`, width - columns - differences),
    fitted(texts[index] ?? '', differences),
  ])
  if (isScreen(look)) yield* await boxed({ rows: rows.map(cells => cells.map(cell => [cell])) })
  else for (const [resource = '', difference] of rows) yield `${resource}: ${difference}`
  if (shown.length < found.length)
    yield `and ${found.length - shown.length} more, which workloads, services and policies list with --all-nodes`
}

function* headline(found: readonly Divergence[], dumps: number, look: Look): Iterable<string> {
  if (dumps < 2) return
  yield ''
  yield found.length === 0
    ? `The ${dumps} dumps agree.`
    : paint(look).bold(
        `${found.length} ${found.length === 1 ? 'resource differs' : 'resources differ'} between ${dumps} dumps`,
      )
}

/** What is unlike the most common content: `absent from 2 of 4`. */
const differenceText = ({ variants }: Divergence, dumps: number, textOf: MemberText): string =>
  variants
    .slice(1)
    .map(variant => {
      const where = `${variant.files.length} of ${dumps}`
      return variant.content === 'absent' ? `absent from ${where}` : `${contentText(variant, textOf)} in ${where}`
    })
    .join('; ')

function* linesOf(found: readonly Divergence[]): Iterable<string> {
  for (const { kind, key, variants } of found) {
    yield cellText(`${kind} ${key}`)
    for (const variant of variants) yield cellText(`  ${variantText(variant)}`)
  }
}

const variantText = (variant: Variant): string => {
  const { files, content, differs } = variant
  const where = someOf(files)
  if (content === 'absent') return `absent from ${where}`
  return differs.length === 0 ? `held by ${where}` : `held by ${where} with another ${membersText(variant, changeText)}`
}

const head = ['RESOURCE', 'CONTENT', 'DUMPS'] as const

const boxOf = (found: readonly Divergence[], look: Look): Promise<readonly string[]> => {
  const room = Math.max(look.width, 60) - boxBorders(head.length)
  const content = Math.floor(room / 4)
  const other = Math.floor((room - content) / 2)
  const rows = found.flatMap(({ kind, key, variants }) =>
    variants.map((variant, index) => [
      index === 0 ? wrapped(`${kind} ${key}`, other) : [],
      wrapped(contentText(variant, changeText), content),
      wrapped(someOf(variant.files), other),
    ]),
  )
  return boxed({ head, rows })
}

const contentText = (variant: Variant, textOf: MemberText): string => {
  const { content, differs } = variant
  if (content === 'absent') return 'absent'
  return differs.length === 0 ? 'held' : `another ${membersText(variant, textOf)}`
}

type MemberText = (member: string, value: DifferingValue | undefined) => string

const membersText = ({ differs, values }: Variant, textOf: MemberText): string =>
  differs
    .map(name =>
      textOf(
        name,
        values.find(({ member }) => member === name),
      ),
    )
    .join(', ')

const nameText: MemberText = member => member

/** `status (Unhealthy, not Healthy)` */
const changeText: MemberText = (member, value) =>
  value === undefined ? member : `${member} (${scalarText(value.here)}, not ${scalarText(value.common)})`

const mostScalar = 40

const scalarText = (value: Scalar | undefined): string => {
  if (value === undefined) return 'none'
  return value === '' ? '""' : fitted(String(value), mostScalar)
}
