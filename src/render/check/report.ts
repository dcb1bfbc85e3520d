import type { Checked, IgnoredFinding } from '#check/checked.ts'
import { fails, findingKey } from '#check/checked.ts'
import type { Cited, Finding, Severity } from '#check/finding.ts'
import { entryOf } from '#explain/catalogue.ts'
import type { ObjectRef } from '#model/evidence.ts'
import { evidenceText } from '#render/evidence.ts'
import { printable } from '#render/printable.ts'
import type { Item, Report, Rule } from '#render/report/item.ts'
import { version } from '../../../package.json'

/** Findings as a report; without any it has one item that passed, so that a panel shows that something ran. */
export const checkReport = ({ findings, ignored = [], failOn }: Checked): Report => ({
  title: 'ambientctl check',
  summary: summaryOf(findings, ignored.length),
  version,
  items: [
    ...(findings.length === 0 ? [nothing] : findings.map(finding => itemOf(finding, failOn))),
    ...ignored.map(ignoredItem),
  ],
  rules: rulesOf([...findings, ...ignored.map(({ finding }) => finding)]),
})

const rulesOf = (findings: readonly Finding[]): readonly Rule[] =>
  [...new Set(findings.map(({ code }) => code))].toSorted().map(code => ruleOf(code, findings))

export const summaryOf = (findings: readonly Finding[], ignored = 0): string =>
  `${countsOf(findings)}${ignored > 0 ? `, ${ignored} ignored` : ''}`

const countsOf = (findings: readonly Finding[]): string => {
  const count = (severity: Severity): number => findings.filter(finding => finding.severity === severity).length
  return findings.length === 0
    ? 'nothing found'
    : `${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}, ${counted(count('info'), 'note')}`
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

export const objectText = ({ kind, namespace, name }: ObjectRef): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

export const citedText = ({ value, ...evidence }: Cited): string =>
  `${evidenceText(evidence)}${value === undefined ? '' : ` = ${value}`}`

const nothing: Item = {
  rule: 'check',
  name: 'nothing found',
  group: 'ambientctl check',
  outcome: 'passed',
  severity: 'info',
  message: 'no check found anything',
  details: [],
  key: 'nothing',
}

const itemOf = (finding: Finding, failOn: Checked['failOn']): Item => {
  const { code, title, severity, confidence, objects, says, causes, fix, evidence } = finding
  const [object] = objects
  return {
    rule: code,
    name: printable(`${title} (${objectText(object)})`),
    group: code,
    outcome: fails(finding, failOn) ? 'failed' : 'noted',
    severity,
    message: printable(says),
    details: [
      `effect: ${causes}`,
      `fix: ${fix}`,
      `confidence: ${confidence}`,
      ...evidence.map(citedText),
      `ambientctl explain ${code}`,
    ].map(printable),
    object: printable(objectText(object)),
    place: placeOf(evidence[0]),
    key: findingKey(finding),
  }
}

const ignoredItem = ({ finding, reason, expires }: IgnoredFinding): Item => {
  const item = itemOf(finding, 'never')
  return { ...item, outcome: 'ignored', message: `${item.message} (${printable(ignoredText(reason, expires))})` }
}

export const ignoredText = (reason: string, expires: string): string => `ignored until ${expires}: ${reason}`

const placeOf = (evidence: Cited): NonNullable<Item['place']> => ({
  file: printable(evidence.file),
  ...(evidence.from === 'rule' && { line: evidence.line }),
})

/** The text of `explain`. */
const ruleOf = (code: string, findings: readonly Finding[]): Rule => {
  const entry = entryOf(code)
  const finding = findings.find(one => one.code === code)
  const title = entry?.title ?? finding?.title ?? code
  return {
    id: code,
    title,
    severity: entry?.severity ?? finding?.severity ?? 'warning',
    means: entry?.means ?? title,
    help: [
      entry?.means ?? title,
      ...(entry === undefined || entry.causes.length === 0
        ? []
        : [`Usual causes:\n\n${entry.causes.map(cause => `- ${cause}`).join('\n')}`]),
      ...(entry?.fix === undefined ? [] : [`Fix: ${entry.fix}`]),
      `\`ambientctl explain ${code}\``,
    ].join('\n\n'),
  }
}
