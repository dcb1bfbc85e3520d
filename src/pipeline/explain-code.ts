import { readLogLine } from '#decode/access-log/line.ts'
import { UserError } from '#errors.ts'
import { catalogue, entryOf, nearest } from '#explain/catalogue.ts'
import { classify } from '#explain/classify.ts'
import type { Explanation } from '#explain/explanation.ts'

/** `explain CODE`; every code without one. Throws a UserError for a code that does not exist. */
export const explainCode = (code: string | undefined): Explanation => {
  if (code === undefined) return { kind: 'list', entries: catalogue }
  const entry = entryOf(code)
  if (entry !== undefined) return { kind: 'entry', entry }
  const meant = nearest(code)
  throw new UserError('usage', `there is no code ${code}`, {
    next: [...(meant === undefined ? [] : [`did you mean ambientctl explain ${meant}?`]), 'ambientctl explain'],
  })
}

/** `explain --log LINE`. */
export const explainLog = (text: string): Explanation => {
  const line = readLogLine(text)
  if (line === undefined) throw new UserError('usage', 'the log line is empty')
  return { kind: 'log', classified: classify(line) }
}
