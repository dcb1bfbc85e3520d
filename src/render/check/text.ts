import type { Cited, Finding, Severity } from '#check/finding.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { evidenceText } from '#render/evidence.ts'
import type { Look, Renderer } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'

/** Findings for people: what is wrong, whom it hits, the evidence, what to change. */
export const checkText: Renderer<readonly Finding[]> = function* (findings, look) {
  const { bold, dim } = paint(look)
  for (const { code, title, severity, confidence, objects, says, causes, fix, evidence } of findings) {
    yield `${badge(severity, look)} ${bold(code)} ${printable(title)}${confidence === 'certain' ? '' : dim(` (${confidence})`)}`
    yield `  ${printable(says)}`
    yield `  concerns: ${printable(objects.map(objectText).join(', '))}`
    yield `  effect: ${printable(causes)}`
    yield `  fix: ${printable(fix)}`
    for (const cited of evidence) yield dim(`  ${printable(citedText(cited))}`)
    yield ''
  }
  yield summaryOf(findings)
}

const summaryOf = (findings: readonly Finding[]): string => {
  const count = (severity: Severity): number => findings.filter(finding => finding.severity === severity).length
  return findings.length === 0
    ? 'nothing found'
    : `${count('error')} errors, ${count('warning')} warnings, ${count('info')} notes; ambientctl explain CODE tells more`
}

const badge = (severity: Severity, look: Look): string => {
  const { red, yellow, cyan } = paint(look)
  return severity === 'error' ? red('error  ') : severity === 'warning' ? yellow('warning') : cyan('info   ')
}

const objectText = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const citedText = ({ value, ...evidence }: Cited): string =>
  `${evidenceText(evidence)}${value === undefined ? '' : ` = ${value}`}`
