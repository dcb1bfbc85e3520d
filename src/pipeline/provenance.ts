import type { ZtunnelSource } from '#decode/ztunnel/source.ts'
import type { Provenance } from '#dump/provenance.ts'
import type { ZtunnelProvenance } from '#dump/ztunnel/provenance.ts'
import type { Capture } from '#model/capture.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import { type KubernetesObjects, text } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { Moment } from '#model/moment.ts'
import type { State } from '#model/state.ts'
import { versionText } from '#render/dump/ztunnel/version.ts'
import type { Ztunnels } from './read-ztunnels.ts'

interface Asked {
  readonly state: State
  readonly present: Moment
}

/** The state of a cluster is from the present; that of a file as the index of its snapshot says. */
const capturedAtOf = (capture: Capture | undefined, { state, present }: Asked): Date | undefined =>
  state.kind === 'files' ? capture?.at : present.at

/** The dump tells the pod itself, unless it is istiod's view of a proxy. */
export const waypointProvenance = (
  { file, subject: { namespace, pod } }: EnvoyDump,
  { captures }: Mesh,
  asked: Asked,
): Provenance => {
  const capture = captures?.get(file)
  return {
    file,
    pod: pod === undefined || namespace === undefined ? capture?.pod : `${namespace}/${pod}`,
    capturedAt: capturedAtOf(capture, asked),
  }
}

/** A file that no index lists may be of another mesh than the objects of a snapshot beside it. */
export const ztunnelProvenance = (
  { file, facts }: ZtunnelSource,
  { captures, kubernetes }: Ztunnels,
  asked: Asked,
): ZtunnelProvenance => {
  const node = facts.config.localNode
  const capture = captures.get(file)
  const isStray = capture === undefined && captures.size > 0
  return {
    file,
    node,
    pod: capture?.pod ?? (isStray ? undefined : ztunnelOn(node, kubernetes)),
    version: versionText(facts),
    capturedAt: capturedAtOf(capture, asked),
  }
}

/** The pod of a node's ztunnel; undefined where none or, while one follows the other, several are there. */
const ztunnelOn = (node: string | undefined, kubernetes: KubernetesObjects): string | undefined => {
  const [pod, ...others] = kubernetes
    .of('Pod')
    .filter(({ labels, spec }) => labels.app === 'ztunnel' && node !== undefined && text(spec.nodeName) === node)
  return pod === undefined || others.length > 0 ? undefined : `${pod.namespace}/${pod.name}`
}
