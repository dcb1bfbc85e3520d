import type { Divergence, Variant } from '#dump/ztunnel/divergence.ts'
import { cellText } from '#render/list/cell.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { someOf } from './refs.ts'

/** Resources that not every ztunnel holds the same; a sentence when all agree, nothing for a single dump. */
export function* divergenceText(found: readonly Divergence[], dumps: number, look: Look): Iterable<string> {
  if (dumps < 2) return
  yield ''
  if (found.length === 0) {
    yield `The ${dumps} dumps agree.`
    return
  }
  yield paint(look).bold(
    `${found.length} ${found.length === 1 ? 'resource differs' : 'resources differ'} between ${dumps} dumps`,
  )
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
