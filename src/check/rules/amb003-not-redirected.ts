import { membershipOf } from '#trace/membership.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { podRef } from '../cite.ts'
import { isRunning } from '../pods.ts'
import type { Redirected } from '../redirected.ts'
import { citeRedirection, redirectedPods } from '../redirected.ts'

export default defineCheck({
  code: 'AMB003',
  title: 'A pod is announced as part of the mesh but its traffic is not redirected',
  severity: 'error',
  means:
    'What the pod sends is plaintext, and plaintext reaches it past STRICT and every policy, without a line in any log. Where mangle, the ip rule or its table is lost, clients in the mesh time out. Probes go on, so the pod stays ready.',
  causes: [
    'the rules were lost after a reboot of the node, or something flushed them',
    'another agent removed the ip rule or routing table 100',
    'rules were written with an iptables back end that something else replaced',
  ],
  fix: 'Delete the pod so that istio-cni programs a new one, then find out who removes the rules. From 1.29 on istio-cni repairs the rules of running pods when it starts.',
  fixedIn: ['1.29.0'],
  *find(world) {
    for (const redirected of redirectedPods(world)) {
      const { pod, recognition } = redirected
      const { captured, evidence } = membershipOf(world, pod)
      if (captured !== 'yes') continue
      if (recognition.kind === 'none') yield* withoutRules(redirected, evidence)
      else yield* incomplete(redirected)
    }
    for (const pod of world.pods) if (isRunning(pod)) yield* unknownToZtunnel(world, pod)
  },
})

/** One empty back end proves nothing while the other was not collected and the kernel made no table of it. */
function* withoutRules({ pod, netns }: Redirected, announced: readonly Found['evidence'][number][]): Generator<Found> {
  const backEnds = new Set(netns.rulesets.map(({ backEnd }) => backEnd))
  const both = backEnds.has('iptables-nft') && backEnds.has('iptables-legacy')
  const touched = netns.iptables.length + netns.nft.length > 0
  const [file] = netns.rulesets.map(ruleset => ruleset.file)
  if ((!both && !touched) || file === undefined || netns.rulesets.some(({ warnsOfLegacy }) => warnsOfLegacy && !both))
    return
  yield {
    objects: [podRef(pod)],
    says: `pod ${pod.namespace}/${pod.name} is announced as redirected, and its network namespace holds no rule of Istio`,
    evidence: [{ from: 'absence', file, lookedFor: 'ISTIO_PRERT, ISTIO_OUTPUT' }, ...announced],
    confidence: both ? 'certain' : 'likely',
  }
}

function* incomplete({ pod, recognition, findings }: Redirected): Generator<Found> {
  const broken = findings.filter(
    finding =>
      finding.ambient === 'AMB003' &&
      finding.severity === 'broken' &&
      !recognition.rules.some(
        ({ owner, role, families }) =>
          owner === 'ambient' &&
          role !== undefined &&
          role === finding.role &&
          (finding.family === undefined || families.includes(finding.family)) &&
          recognition.backEnds.length > 1,
      ),
  )
  const [first, ...others] = broken.flatMap(citeRedirection)
  if (first === undefined) return
  yield {
    objects: [podRef(pod)],
    says: `the redirection of pod ${pod.namespace}/${pod.name} is incomplete: ${broken.map(({ code, about }) => `${code.replaceAll('-', ' ')} (${about})`).join(', ')}`,
    evidence: [first, ...others],
  }
}

function* unknownToZtunnel(world: World, pod: World['pods'][number]): Generator<Found> {
  const enrolment = membershipOf(world, pod)
  const [announced] = enrolment.evidence
  if (enrolment.captured !== 'yes' || announced === undefined || world.workloadState(pod) !== 'absent') return
  const file = world.ztunnelOn(pod.node)?.index.dump.file
  if (file === undefined) return
  yield {
    objects: [podRef(pod)],
    says: `pod ${pod.namespace}/${pod.name} is announced as redirected, and the ztunnel of its node does not serve it`,
    evidence: [{ from: 'absence', file, lookedFor: `workloadState of ${pod.namespace}/${pod.name}` }, announced],
    confidence: 'likely',
  }
}
