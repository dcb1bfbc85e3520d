import type { Evidence } from '#model/evidence.ts'
import { asRecord, type KubernetesObject, type KubernetesObjects, list, refOf, text } from '#model/kubernetes.ts'
import type { RedirectionFinding } from '../recognise/finding.ts'
import type { Recognition } from '../recognise/recognition.ts'

/** The istio-cni that runs on a node, as its image tells. */
export interface CniRelease {
  readonly minor: number
  /** `1.30.3`, `1.30-alpha`: the tag up to the variant. */
  readonly version: string
  readonly evidence: readonly Evidence[]
}

/** From the Pod of that node, else from the DaemonSet; undefined where neither was recorded or the tag is no release. */
export const cniReleaseOf = (kubernetes: KubernetesObjects, node: string | undefined): CniRelease | undefined => {
  const pods = kubernetes.of('Pod').filter(pod => isCni(pod) && (node === undefined || pod.spec.nodeName === node))
  const sets = kubernetes.of('DaemonSet').filter(isCni)
  for (const object of [...pods, ...sets]) {
    const found = releaseOf(object)
    if (found !== undefined) return found
  }
  return undefined
}

const isCni = ({ labels, name }: KubernetesObject): boolean =>
  labels['k8s-app'] === 'istio-cni-node' || /^istio-cni-node\b/.test(name)

const releaseOf = (object: KubernetesObject): CniRelease | undefined => {
  const spec = object.kind === 'Pod' ? object.spec : asRecord(asRecord(object.spec.template).spec)
  const below = object.kind === 'Pod' ? '/spec' : '/spec/template/spec'
  for (const [index, container] of list(spec.containers).entries()) {
    const [, version, minor] = /install-cni:v?(1\.(\d+)[.\d]*)/.exec(text(asRecord(container).image) ?? '') ?? []
    if (version !== undefined)
      return {
        minor: Number(minor),
        version,
        evidence: [
          {
            from: 'object',
            file: object.file,
            pointer: `${object.pointer}${below}/containers/${index}/image`,
            object: refOf(object),
          },
        ],
      }
  }
  return undefined
}

/** Rules outlive the release that made them: an upgraded istio-cni changes them when the pod starts anew (§1.8). */
export const otherRelease = (
  { releases, rules }: Recognition,
  running: CniRelease | undefined,
): readonly RedirectionFinding[] => {
  if (releases === undefined || running === undefined) return []
  const { oldest, newest = Number.POSITIVE_INFINITY } = releases
  if (running.minor >= oldest && running.minor <= newest) return []
  const [rule] = rules.filter(({ owner }) => owner === 'ambient' || owner === 'ambient-node')
  return [
    {
      code: 'other-release',
      severity: 'risk',
      about: `istio-cni ${running.version}`,
      evidence: [...running.evidence, ...(rule === undefined ? [] : [rule.evidence])],
    },
  ]
}
