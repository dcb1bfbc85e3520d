import type { NetnsRedirection, TrafficOutcome } from '#dump/redirection/view.ts'
import type { NetnsSubject } from '#model/netfilter.ts'
import type { RedirectionFinding, RedirectionSeverity } from '#redirection/recognise/finding.ts'
import type { Recognition } from '#redirection/recognise/recognise.ts'
import { evidenceText } from '#render/evidence.ts'
import type { Look } from '#render/look.ts'
import { paint } from '#render/paint.ts'
import { printable } from '#render/printable.ts'
import { fateText } from './fate.ts'
import { findingWords, kindWords, missingRuleWords, roleWords, trafficWords } from './words.ts'

export const subjectText = (subject: NetnsSubject): string => {
  if (subject.kind === 'pod') return `pod ${subject.namespace}/${subject.pod ?? subject.app ?? '?'}`
  if (subject.kind === 'unknown') return 'network namespace'
  return subject.node === undefined ? subject.kind : `${subject.kind} ${subject.node}`
}

/** What it is, what happens to each kind of traffic, what is wrong. */
export function* netnsText(view: NetnsRedirection, look: Look): Iterable<string> {
  const { bold } = paint(look)
  yield `${bold(printable(subjectText(view.subject)))}  ${kindWords[view.recognition.kind]}`
  for (const [name, value] of factsOf(view.recognition)) yield `  ${name.padEnd(20)} ${printable(value)}`
  yield* trafficText(view.traffic, look)
  yield* findingsText(view.findings, look)
}

const yesNo = (holds: boolean): string => (holds ? 'yes' : 'no')

const factsOf = ({
  features,
  releases,
  families,
  backEnds,
  probeSets,
}: Recognition): readonly (readonly [string, string])[] => [
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
      [`set ${name}`, `${members.length} pods${source === undefined ? '' : ` as ${source}`}`] as const,
  ),
]

function* trafficText(traffic: readonly TrafficOutcome[], look: Look): Iterable<string> {
  if (traffic.length === 0) return
  const { dim } = paint(look)
  yield ''
  for (const { kind, family, branches } of traffic)
    for (const { probability, fate, decidedBy } of branches) {
      const chance = branches.length === 1 ? '' : `${Math.round(probability * 100)} % `
      const rule =
        decidedBy === undefined
          ? ''
          : dim(`  ${printable(`${decidedBy.table} ${decidedBy.chain} #${decidedBy.number}`)}`)
      yield `  ${trafficWords[kind].padEnd(26)} IPv${family}  ${printable(`${chance}${fateText(fate, decidedBy)}`)}${rule}`
    }
}

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
  }
}

const findingText = ({ code, family, role, about }: RedirectionFinding): string => {
  const where = `${family === undefined ? '' : `IPv${family} `}${about}`
  if (code === 'rule-missing' && role !== undefined)
    return `${where}: the rule that ${roleWords[role]}${missingRuleWords[role] === undefined ? '' : `; ${missingRuleWords[role]}`}`
  return `${where}: ${findingWords[code]}`
}
