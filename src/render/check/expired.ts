import type { Ignore } from '#assertion/suite.ts'
import type { Finding } from '#check/finding.ts'
import { printable } from '#render/printable.ts'
import { objectText } from './report.ts'

/** For standard error: each `ignore` that is over and would still be needed, with what it covered. */
export function* expiredText(expired: readonly { readonly what: Finding; readonly by: Ignore }[]): Iterable<string> {
  for (const by of new Set(expired.map(one => one.by))) {
    const covered = expired
      .filter(one => one.by === by)
      .map(({ what }) => `${what.code} ${objectText(what.objects[0])}`)
    const { place, expires, reason } = by
    const where = `${place.file}:${place.line}:${place.column}`
    yield printable(`${where}: no longer ignored since ${expires} is over (${reason}): ${covered.join(', ')}`)
  }
}
