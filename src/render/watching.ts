import type { Look } from './look.ts'
import { paint } from './paint.ts'
import { printable } from './printable.ts'

export type Watching = { readonly kind: 'waiting' } | { readonly kind: 'changed'; readonly files: readonly string[] }

/** What `--watch` is at, for standard error. */
export function* watching(at: Watching, look: Look): Iterable<string> {
  const { dim } = paint(look)
  if (at.kind === 'waiting') yield dim('waiting for a change; Ctrl-C ends')
  else {
    const [first = '', ...others] = at.files
    yield ''
    yield dim(printable(`changed: ${first}${others.length === 0 ? '' : ` and ${others.length} more`}`))
  }
}
