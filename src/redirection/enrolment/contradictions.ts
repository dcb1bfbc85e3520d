import type { Evidence } from '#model/evidence.ts'
import type { Netns } from '#model/netfilter.ts'
import type { RedirectionFinding } from '../recognise/finding.ts'
import { otherBackEndUnknown } from '../recognise/surroundings.ts'
import type { Enrolment } from './enrolment.ts'

/** Where declared, advertised and actual do not agree, and what follows for requests (specs/redirection.md §5.4). */
export const contradictions = (
  { declared, advertised, actual }: Enrolment,
  netns: Netns,
): readonly RedirectionFinding[] => {
  const rulesFile = (netns.rulesets.find(({ family }) => family !== 6) ?? netns.rulesets[0])?.file
  const noRules: readonly Evidence[] =
    rulesFile === undefined ? [] : [{ from: 'absence', file: rulesFile, lookedFor: 'chains of Istio ambient' }]
  const claims = claimsOf({ declared, advertised, actual })
  if (actual.rules === 'unknown' && otherBackEndUnknown(netns) && declared.inMesh !== 'no')
    return [
      {
        code: 'back-end-not-recorded',
        severity: claims.length > 0 ? 'risk' : 'note',
        about: 'iptables-legacy-save, ip6tables-legacy-save',
        evidence: noRules,
      },
    ]
  if (actual.rules === 'none' && claims.length > 0)
    return [
      {
        code: 'enrolled-without-rules',
        ambient: 'AMB003',
        severity: 'broken',
        about: claims.join(', '),
        evidence: [...noRules, ...advertised.evidence, ...actual.evidence],
      },
    ]
  if (actual.rules === 'none' && declared.inMesh === 'yes' && advertised.annotation === 'absent')
    return [
      {
        code: 'declared-not-enrolled',
        severity: 'broken',
        about: declared.by,
        evidence: [...declared.evidence, ...noRules],
      },
    ]
  return actual.rules === 'ambient' ? ofCaptured({ declared, advertised, actual }) : []
}

/** Who says that the pod is redirected. A workload of the mesh is no claim by itself: it may speak HBONE without ztunnel. */
const claimsOf = ({ advertised, actual }: Enrolment): readonly string[] => [
  ...(advertised.annotation === 'enabled' || advertised.annotation === 'pending'
    ? [`annotation ${advertised.annotation}`]
    : []),
  ...(actual.ztunnel === 'up' || actual.ztunnel === 'pending' ? [`workloadState ${actual.ztunnel}`] : []),
]

const ofCaptured = ({ declared, advertised, actual }: Enrolment): readonly RedirectionFinding[] => {
  const found: RedirectionFinding[] = []
  if (advertised.annotation === 'pending' || actual.ztunnel === 'pending' || actual.ztunnel === 'absent')
    found.push({
      code: 'ztunnel-not-serving',
      ambient: 'AMB012',
      severity: 'broken',
      about: [`annotation ${advertised.annotation}`, `workloadState ${actual.ztunnel}`].join(', '),
      evidence: [...advertised.evidence, ...actual.evidence],
    })
  if (actual.ztunnel === 'up' && advertised.protocol === 'absent')
    found.push({
      code: 'workload-unknown',
      ambient: 'AMB013',
      severity: 'broken',
      about: 'workloadState up',
      evidence: actual.evidence,
    })
  if (declared.inMesh === 'no')
    found.push({ code: 'captured-not-declared', severity: 'risk', about: declared.by, evidence: declared.evidence })
  else if (advertised.annotation === 'absent')
    found.push({
      code: 'annotation-missing',
      severity: 'note',
      about: 'ambient.istio.io/redirection',
      evidence: declared.evidence,
    })
  if (advertised.protocol === 'TCP' && actual.ztunnel !== 'absent')
    found.push({ code: 'advertised-as-tcp', severity: 'risk', about: 'protocol TCP', evidence: advertised.evidence })
  return found
}
