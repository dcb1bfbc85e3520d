import type { NetnsRedirection } from '#dump/redirection/view.ts'
import type { NetnsSubject } from '#model/netfilter.ts'
import type { RedirectionFinding, RedirectionSeverity } from '#redirection/recognise/finding.ts'
import type { Recognition } from '#redirection/recognise/recognition.ts'
import { evidenceText } from '#render/evidence.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import { enrolmentFacts } from './enrolment.ts'
import { findingWords } from './finding-words.ts'
import { trafficText } from './traffic.ts'
import { kindWords, missingRuleWords, roleWords } from './words.ts'

export const subjectText = (subject: NetnsSubject, folder?: string): string => {
  if (subject.kind === 'pod') return `pod ${subject.namespace}/${subject.pod ?? subject.app ?? '?'}`
  if (subject.kind === 'unknown') return folder === undefined ? 'network namespace' : folder
  return subject.node === undefined ? subject.kind : `${subject.kind} ${subject.node}`
}

/** What it is, what happens to each kind of traffic, what is wrong. */
export function* netnsText(view: NetnsRedirection, look: Look): Iterable<string> {
  const { bold } = paint(look)
  yield `${bold(printable(subjectText(view.subject, view.folder)))}  ${headline(view)}`
  const facts = factsOf(view)
  const width = Math.max(20, ...facts.map(([name]) => name.length))
  for (const [name, value] of facts) yield `  ${name.padEnd(width)} ${printable(value)}`
  yield* trafficText(view, look)
  yield* findingsText(view.findings, look)
}

const headline = ({ recognition, enrolment }: NetnsRedirection): string =>
  recognition.kind === 'none' && enrolment?.actual.rules === 'unknown'
    ? 'no rules of Istio in what was recorded, which is not all'
    : kindWords[recognition.kind]

const yesNo = (holds: boolean): string => (holds ? 'yes' : 'no')

type Fact = readonly [string, string]

const factsOf = ({ recognition, source, enrolment, running }: NetnsRedirection): readonly Fact[] => [
  ...(source === undefined ? [] : [['rules', 'intended: what was programmed, not what the kernel holds'] as const]),
  ...(enrolment === undefined ? [] : enrolmentFacts(enrolment)).map(
    ([name, value]): Fact => (source === 'intended' && name === 'actual' ? ['as intended', value] : [name, value]),
  ),
  ...rulesFacts(recognition),
  ...(running === undefined || recognition.releases === undefined
    ? []
    : [['runs now', `istio-cni ${running.version}`] as const]),
]

const rulesFacts = ({ features, releases, families, backEnds, probeSets }: Recognition): readonly Fact[] => [
  ...(backEnds.length === 0 ? [] : [['back end', backEnds.join(', ')] as const]),
  ...(features === undefined
    ? []
    : ([
        ['mode', features.mode === 'tproxy' ? 'TPROXY' : 'REDIRECT'],
        ['families', families.map(family => `IPv${family}`).join(', ')],
        [
          'DNS capture',
          features.dns === 'udp-unguarded' ? "UDP only, ztunnel's own included" : yesNo(features.dns === 'on'),
        ],
        ['bypasses inbound', yesNo(features.bypassInbound)],
        ['virtual interfaces', features.virtualInterfaces.join(', ') || 'none'],
        ['probe addresses', features.probeAddresses.join(', ') || 'none'],
      ] as const)),
  ...(releases === undefined
    ? []
    : [
        [
          'as programmed by',
          `istio-cni 1.${releases.oldest}${releases.newest === undefined ? ' or later' : releases.newest === releases.oldest ? '' : ` to 1.${releases.newest}`}`,
        ] as const,
      ]),
  ...probeSets.map(
    ({ name, members, source }) =>
      [
        `set ${name}`,
        `${members.length} ${members.length === 1 ? 'pod' : 'pods'}${source === undefined ? '' : ` as ${source}`}`,
      ] as const,
  ),
]

const badges: Readonly<Record<RedirectionSeverity, string>> = { broken: 'broken', risk: 'risk  ', note: 'note  ' }

function* findingsText(findings: readonly RedirectionFinding[], look: Look): Iterable<string> {
  const { red, yellow, cyan, dim } = paint(look)
  const colours = { broken: red, risk: yellow, note: cyan }
  yield ''
  if (findings.length === 0) yield '  nothing missing, nothing foreign'
  for (const finding of findings) {
    const code = [finding.code, finding.ambient].filter(Boolean).join(' ')
    yield `  ${colours[finding.severity](badges[finding.severity])} ${code}  ${printable(findingText(finding))}`
    const [first, ...others] = finding.evidence
    if (first !== undefined)
      yield dim(`         ${printable(evidenceText(first))}${others.length === 0 ? '' : ` and ${others.length} more`}`)
    const { next } = findingWords[finding.code]
    if (next !== undefined) yield `         next: ${next}`
  }
}

const findingText = ({ code, family, role, about }: RedirectionFinding): string => {
  const where = `${family === undefined ? '' : `IPv${family} `}${about}`
  if (code !== 'rule-missing' || role === undefined) return `${where}: ${findingWords[code].means}`
  const effect = missingRuleWords[role]
  return `${where}: the rule that ${roleWords[role]} is missing${effect === undefined ? '' : `; ${effect}`}`
}
