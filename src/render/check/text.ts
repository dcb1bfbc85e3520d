import type { Checked } from '#check/checked.ts'
import type { Severity } from '#check/finding.ts'
import type { Look, Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import { citedText, ignoredText, objectText, summaryOf } from './report.ts'

/** Findings for people: what is wrong, whom it hits, the evidence, what to change. */
export const checkText: Renderer<Checked> = function* ({ findings, ignored = [] }, look) {
  const { bold, dim } = paint(look)
  for (const { code, title, severity, confidence, objects, says, causes, fix, fixedIn, evidence } of findings) {
    yield `${badge(severity, look)} ${bold(code)} ${printable(title)}${confidence === 'certain' ? '' : dim(` (${confidence})`)}`
    yield `  ${printable(says)}`
    yield `  concerns: ${printable(objects.map(objectText).join(', '))}`
    yield `  effect: ${printable(causes)}`
    yield `  fix: ${printable(fix)}`
    if (fixedIn !== undefined) yield `  cured in: ${fixedIn.join(' and ')}`
    for (const cited of evidence) yield dim(`  ${printable(citedText(cited))}`)
    yield ''
  }
  for (const { finding, reason, expires } of ignored)
    yield dim(printable(`${finding.code} ${objectText(finding.objects[0])}: ${ignoredText(reason, expires)}`))
  const summary = summaryOf(findings, ignored.length)
  yield findings.length === 0 ? summary : `${summary}; ambientctl explain CODE tells more`
}

const badge = (severity: Severity, look: Look): string => {
  const { red, yellow, cyan } = paint(look)
  return severity === 'error' ? red('error  ') : severity === 'warning' ? yellow('warning') : cyan('info   ')
}
