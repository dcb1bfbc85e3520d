import type { NonEmpty, ObjectRef } from '#model/evidence.ts'
import { refOf } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import type { Pod, World } from '#trace/world.ts'
import { ztunnelPresence } from '#trace/ztunnel-presence.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { citeLine, citeMetadata, podRef } from '../cite.ts'
import type { DaemonSetGap } from '../events.ts'
import { daemonSetGap, podEvents } from '../events.ts'
import type { Cited } from '../finding.ts'
import { isRunning, redirection } from '../pods.ts'
import { citeRedirection, redirectedPods } from '../redirected.ts'

export default defineCheck({
  code: 'AMB012',
  title: 'A pod waits for a ztunnel that is not there',
  severity: 'error',
  means:
    'A new pod stays in ContainerCreating. A running pod that is enrolled is cut off: its rules are in place and nobody listens behind them, so every connection is refused.',
  causes: [
    'ztunnel does not run on the node: taints, quota, image, or its DaemonSet was changed',
    'ztunnel runs and cannot serve the pod, such as when the application holds one of its ports',
    'ztunnel runs, and istio-cni takes it for gone: up to 1.24.2 connections of ztunnels that end out of order confuse it',
  ],
  fix: 'Bring ztunnel back on the node; istio-cni retries by itself.',
  fixedIn: ['1.24.3'],
  *find(world) {
    const gap = ztunnelGap(world)
    const events = podEvents(world).filter(({ message }) => isAboutZtunnel.test(message))
    yield* withoutZtunnel(gap, unservedNodes(world))
    for (const pod of world.pods) {
      const why = waiting(pod) ?? stuck(pod, events)
      if (why === undefined) continue
      yield {
        objects: [podRef(pod)],
        says: `pod ${pod.namespace}/${pod.name} ${why.says}${gap === undefined ? '' : `; ${gap.says}`}`,
        evidence: [
          why.evidence,
          ...(gap === undefined ? [] : [gap.evidence]),
          ...rulesWithoutListener(world, pod),
          ...logged(world, pod),
        ],
      }
    }
  },
})

/** A ztunnel that gave a dump runs, whatever its readiness says. */
const ztunnelGap = (world: World): DaemonSetGap | undefined => {
  const gap = daemonSetGap(world, /^ztunnel/)
  return gap?.isUnwanted === true || world.mesh.ztunnels.length === 0 ? gap : undefined
}

interface Unserved {
  readonly node: string
  readonly objects: NonEmpty<ObjectRef>
  readonly evidence: readonly Cited[]
}

/** Nodes with captured pods on which no ztunnel runs, as the Pods tell: also where its DaemonSet is gone. */
const unservedNodes = (world: World): readonly Unserved[] => {
  const captured = world.pods.filter(pod => isRunning(pod) && membershipOf(world, pod).captured === 'yes')
  return [...new Set(captured.map(({ node }) => node))].toSorted().flatMap(node => {
    const { runs, evidence } = ztunnelPresence(world, node)
    const ztunnels = evidence.flatMap(one => (one.from === 'object' ? [one.object] : []))
    return runs === 'no' ? [{ node, objects: [{ kind: 'Node', name: node }, ...ztunnels], evidence }] : []
  })
}

/** One finding for all: where no DaemonSet tells, the nodes do. */
function* withoutZtunnel(gap: DaemonSetGap | undefined, unserved: readonly Unserved[]): Iterable<Found> {
  const effect = 'captured pods there are cut off, and new ones cannot start'
  const objects = unserved.flatMap(node => node.objects)
  const evidence = unserved.flatMap(node => node.evidence)
  const [object, ...others] = gap === undefined ? objects : [refOf(gap.object), ...objects]
  const [cited, ...more] = gap === undefined ? evidence : [gap.evidence, ...evidence]
  if (object === undefined || cited === undefined) return
  yield {
    objects: [object, ...others],
    says: `${gap?.says ?? `no ztunnel runs on ${nodesText(unserved)}`}: ${effect}`,
    evidence: [cited, ...more],
  }
}

const namedNodes = 3

const nodesText = (unserved: readonly Unserved[]): string => {
  const names = unserved.slice(0, namedNodes).map(({ node }) => node)
  const more = unserved.length - names.length
  return `${unserved.length === 1 ? 'node' : 'nodes'} ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const isAboutZtunnel = /no ztunnel connection|unable to push CNI event|partial add error/

interface Waiting {
  readonly says: string
  readonly evidence: Cited
}

const waiting = ({ object }: Pod): Waiting | undefined =>
  object?.annotations[redirection] === 'pending'
    ? {
        says: 'is redirected and still waits for ztunnel to serve it',
        evidence: citeMetadata(object, 'annotations', redirection),
      }
    : undefined

/** Events outlive what they tell of: the pod must still lack its sandbox. */
const stuck = (pod: Pod, events: ReturnType<typeof podEvents>): Waiting | undefined => {
  if (pod.object?.status.phase !== 'Pending' || pod.ips.length > 0) return undefined
  const event = events.find(({ pod: about }) => about.namespace === pod.namespace && about.name === pod.name)
  return event === undefined
    ? undefined
    : { says: 'cannot be created: istio-cni has no ztunnel', evidence: event.evidence }
}

const rulesWithoutListener = (world: World, pod: Pod): readonly Cited[] =>
  redirectedPods(world)
    .filter(redirected => redirected.pod === pod)
    .flatMap(({ findings }) => findings.filter(({ code }) => code === 'nobody-listens').flatMap(citeRedirection))

const logged = (world: World, { name }: Pod): Found['evidence'] | readonly [] => {
  const line = world.mesh.logs.find(({ text }) => text.includes(name) && isAboutZtunnel.test(text))
  return line === undefined ? [] : [citeLine(line)]
}
