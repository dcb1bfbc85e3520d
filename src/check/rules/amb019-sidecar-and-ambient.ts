import type { KubernetesObject } from '#model/kubernetes.ts'
import { refOf } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeMetadata, podRef } from '../cite.ts'
import { dataplaneMode, hasSidecar, redirection, sidecarStatus, wantsMesh } from '../pods.ts'
import { citeRedirection, redirectedPods } from '../redirected.ts'

export default defineCheck({
  code: 'AMB019',
  title: 'Sidecar and ambient meet in one place',
  severity: 'error',
  means:
    'Injection wins: a pod with a sidecar, or with the mark of one, stays out of ambient. Where rules of both act in one pod, connections loop and probes are refused.',
  causes: [
    'a namespace carries both istio.io/dataplane-mode=ambient and the label of injection',
    'the annotation sidecar.istio.io/status was copied to a pod without a sidecar',
    'istio-init ran in a pod that istio-cni had redirected',
  ],
  fix: 'Decide for one: remove the label of injection or of ambient, and recreate the pods.',
  *find(world) {
    for (const namespace of world.mesh.kubernetes.of('Namespace')) yield* bothLabels(namespace)
    for (const pod of world.mesh.kubernetes.of('Pod')) yield* sidecarPods(world, pod)
    for (const { pod, findings } of redirectedPods(world)) {
      if (membershipOf(world, pod).captured === 'no') continue
      for (const finding of findings) {
        if (!finding.code.startsWith('sidecar-chains')) continue
        const [first, ...others] = citeRedirection(finding)
        if (first === undefined) continue
        const active = finding.code === 'sidecar-chains-active'
        yield {
          objects: [podRef(pod)],
          says: active
            ? `pod ${pod.namespace}/${pod.name} is redirected to ztunnel, and rules of a sidecar act before: ${finding.about}`
            : `pod ${pod.namespace}/${pod.name} holds chains of a sidecar to which nothing jumps: ${finding.about}`,
          evidence: [first, ...others],
          severity: active ? 'error' : 'info',
        }
      }
    }
  },
})

function* bothLabels(namespace: KubernetesObject): Generator<Found> {
  const injection = ['istio-injection', 'istio.io/rev'].find(key =>
    key === 'istio-injection' ? namespace.labels[key] === 'enabled' : namespace.labels[key] !== undefined,
  )
  if (injection !== 'istio-injection' || namespace.labels[dataplaneMode] !== 'ambient') return
  yield {
    objects: [refOf(namespace)],
    says: `namespace ${namespace.name} asks for ambient and for sidecars: its new pods get sidecars`,
    evidence: [citeMetadata(namespace, 'labels', injection), citeMetadata(namespace, 'labels', dataplaneMode)],
    severity: 'warning',
  }
}

function* sidecarPods(world: World, object: KubernetesObject): Generator<Found> {
  const pod = world.podNamed(object.namespace, object.name)
  if (pod === undefined || !wantsMesh(world, pod) || object.annotations[redirection] !== undefined) return
  if (hasSidecar(object)) {
    yield {
      objects: [refOf(object)],
      says: `pod ${object.namespace}/${object.name} should be in ambient and has a sidecar, which keeps it out`,
      evidence: [cite(object, '/spec/containers', 'istio-proxy')],
      severity: 'warning',
    }
  } else if (object.annotations[sidecarStatus] !== undefined) {
    yield {
      objects: [refOf(object)],
      says: `pod ${object.namespace}/${object.name} has no sidecar, but the annotation of one, which keeps it out of ambient: its traffic is plaintext`,
      evidence: [citeMetadata(object, 'annotations', sidecarStatus)],
    }
  }
}
