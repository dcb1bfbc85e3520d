import type { Divergence, Variant } from '#dump/ztunnel/divergence.ts'
import { boxBorders, boxed, isScreen, mostBoxedRows } from '#render/list/boxed.ts'
import { cellText } from '#render/list/cell.ts'
import { wrapped } from '#render/list/fit.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { someOf } from './refs.ts'

/**
 * Resources that not every ztunnel holds the same; a sentence when all agree, nothing for a single dump. A box where somebody
 * looks at a few; of more than `most` the others are counted.
 */
export async function* divergenceText(
  found: readonly Divergence[],
  dumps: number,
  look: Look,
  most = Number.POSITIVE_INFINITY,
): AsyncIterable<string> {
  if (dumps < 2) return
  yield ''
  if (found.length === 0) {
    yield `The ${dumps} dumps agree.`
    return
  }
  yield paint(look).bold(
    `${found.length} ${found.length === 1 ? 'resource differs' : 'resources differ'} between ${dumps} dumps`,
  )
  const shown = found.length > most ? found.slice(0, most) : found
  if (isScreen(look) && shown.length <= mostBoxedRows) yield* await boxOf(shown, look)
  else yield* linesOf(shown)
  if (shown.length < found.length)
    yield `and ${found.length - shown.length} more, which workloads, services and policies list`
}

function* linesOf(found: readonly Divergence[]): Iterable<string> {
  for (const { kind, key, variants } of found) {
    yield cellText(`${kind} ${key}`)
    for (const variant of variants) yield cellText(`  ${variantText(variant)}`)
  }
}

const variantText = ({ files, content, differs }: Variant): string => {
  const where = someOf(files)
  if (content === 'absent') return `absent from ${where}`
  return differs.length === 0 ? `held by ${where}` : `held by ${where} with another ${differs.join(', ')}`
}

const head = ['RESOURCE', 'CONTENT', 'DUMPS'] as const

const boxOf = (found: readonly Divergence[], look: Look): Promise<readonly string[]> => {
  const room = Math.max(look.width, 60) - boxBorders(head.length)
  const content = Math.floor(room / 4)
  const other = Math.floor((room - content) / 2)
  const rows = found.flatMap(({ kind, key, variants }) =>
    variants.map((variant, index) => [
      index === 0 ? wrapped(`${kind} ${key}`, other) : [],
      wrapped(contentText(variant), content),
      wrapped(someOf(variant.files), other),
    ]),
  )
  return boxed({ head, rows })
}

const contentText = ({ content, differs }: Variant): string => {
  if (content === 'absent') return 'absent'
  return differs.length === 0 ? 'held' : `another ${differs.join(', ')}`
}
