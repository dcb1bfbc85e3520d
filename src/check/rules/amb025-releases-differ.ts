import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, podRef } from '../cite.ts'
import { redirectedPods } from '../redirected.ts'

export default defineCheck({
  code: 'AMB025',
  title: 'istio-cni, ztunnel and the rules of pods are of different releases',
  severity: 'warning',
  means:
    'istio-cni and ztunnel agree on the rules of a pod and on the way they talk: pods of different age behave differently, and new pods may not start.',
  causes: ['an update that was not finished, or that left out istio-cni', 'pods that run since before the update'],
  fix: 'Bring istiod, istio-cni and ztunnel to one release, istio-cni before ztunnel; then restart pods that hold old rules.',
  *find(world) {
    yield* differentImages(world)
    yield* oldRules(world)
  },
})

interface Release {
  readonly object: KubernetesObject
  readonly minor: number
  readonly tag: string
  readonly pointer: string
}

/** The release in the tag of an image: `istio/ztunnel:1.30.3-distroless`. */
const releaseOf = (object: KubernetesObject | undefined): Release | undefined => {
  const containers = list(asRecord(asRecord(object?.spec.template).spec).containers).map(asRecord)
  for (const [index, { image }] of containers.entries()) {
    const [, tag, minor] = /:(1\.(\d+)\.\d+)(?:-[\w.-]+)?(?:@.*)?$/.exec(text(image) ?? '') ?? []
    if (object !== undefined && tag !== undefined)
      return { object, tag, minor: Number(minor), pointer: `/spec/template/spec/containers/${index}/image` }
  }
  return undefined
}

const daemonSetNamed = ({ mesh }: World, name: RegExp): KubernetesObject | undefined =>
  mesh.kubernetes.of('DaemonSet').find(one => name.test(one.name))

function* differentImages(world: World): Generator<Found> {
  const cni = releaseOf(daemonSetNamed(world, /^istio-cni/))
  const ztunnel = releaseOf(daemonSetNamed(world, /^ztunnel/))
  if (cni === undefined || ztunnel === undefined || cni.tag === ztunnel.tag) return
  const far = cni.minor !== ztunnel.minor
  const older = cni.minor < ztunnel.minor ? cni : ztunnel
  yield {
    objects: [refOf(older.object), refOf((older === cni ? ztunnel : cni).object)],
    says: `istio-cni is ${cni.tag} and ztunnel is ${ztunnel.tag}`,
    evidence: [cite(cni.object, cni.pointer, cni.tag), cite(ztunnel.object, ztunnel.pointer, ztunnel.tag)],
    severity: far ? 'warning' : 'info',
  }
}

/** Rules of a pod that the installed istio-cni would not write. */
function* oldRules(world: World): Generator<Found> {
  const cni = releaseOf(daemonSetNamed(world, /^istio-cni/))
  if (cni === undefined) return
  for (const { pod, recognition } of redirectedPods(world)) {
    const { releases } = recognition
    const rule = recognition.rules.find(({ owner }) => owner === 'ambient')
    if (releases?.newest === undefined || releases.newest >= cni.minor || rule === undefined) continue
    yield {
      objects: [podRef(pod), refOf(cni.object)],
      says: `pod ${pod.namespace}/${pod.name} holds rules of istio-cni 1.${releases.oldest} to 1.${releases.newest}, and ${cni.tag} is installed`,
      evidence: [rule.evidence, cite(cni.object, cni.pointer, cni.tag)],
    }
  }
}
