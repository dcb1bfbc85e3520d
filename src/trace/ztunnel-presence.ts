import type { Evidence, Ternary } from '#model/evidence.ts'
import { asRecord, type KubernetesObject, list, refOf } from '#model/kubernetes.ts'
import { type Path, undetermined } from './trace.ts'
import type { World } from './world.ts'

/** Does a ztunnel run on a node? Where none does nobody listens in the namespaces of the node's captured pods. */
export interface ZtunnelPresence {
  readonly runs: Ternary
  readonly evidence: readonly Evidence[]
}

const unknown: ZtunnelPresence = { runs: 'unknown', evidence: [] }

/** By its dump, else by the Pods, when those of the mesh itself were collected. */
export const ztunnelPresence = (world: World, node: string): ZtunnelPresence => {
  const { kubernetes } = world.mesh
  const unread = (world.mesh.unread ?? []).filter(({ kind }) => kind === 'ztunnel')
  const gaveDump = world.ztunnelOn(node)?.substitute === false || unread.some(({ name }) => name === node)
  if (gaveDump) return { runs: 'yes', evidence: [] }
  const pods = kubernetes.of('Pod')
  const own = pods.filter(pod => isZtunnel(pod) && pod.spec.nodeName === node)
  if (own.length > 0) return { runs: together(own.map(isAlive)), evidence: own.map(containersOf) }
  const [some] = pods.filter(({ namespace }) => homesOf(pods).has(namespace) && kubernetes.knowsIn('Pod', namespace))
  if (node === '' || unread.some(({ name }) => name === '') || some === undefined || !everyPlaceIsKnown(world))
    return unknown
  return {
    runs: 'no',
    evidence: [{ from: 'absence', file: some.file, lookedFor: `Pod of ztunnel (app=ztunnel) on node ${node}` }],
  }
}

/** The end of a request at a ztunnel whose state was not collected. */
export const atUnreadZtunnel = (world: World, node: string): Path =>
  undetermined('ztunnel-dump', node, ztunnelPresence(world, node).runs === 'no' ? 'not-running' : undefined)

const isZtunnel = ({ labels }: KubernetesObject): boolean => labels.app === 'ztunnel'

/** Namespaces in which parts of Istio run. */
const homesOf = (pods: readonly KubernetesObject[]): ReadonlySet<string> =>
  new Set([
    'istio-system',
    ...pods
      .filter(
        ({ labels }) => labels.app === 'istiod' || labels['k8s-app'] === 'istio-cni-node' || labels.app === 'ztunnel',
      )
      .map(({ namespace }) => namespace),
  ])

/** Where Pods were listed in some namespaces only, ztunnel's must be one of them. */
const everyPlaceIsKnown = ({ mesh: { kubernetes } }: World): boolean =>
  kubernetes.knows('Pod') ||
  [...kubernetes.of('Pod').filter(isZtunnel), ...kubernetes.of('DaemonSet').filter(({ name }) => /^ztunnel/.test(name))]
    .map(({ namespace }) => kubernetes.knowsIn('Pod', namespace))
    .includes(true)

/** A pod that is being deleted listens until it has drained; a container that waits for its next start does not. */
const isAlive = ({ status, raw }: KubernetesObject): Ternary => {
  if (status.phase !== undefined && status.phase !== 'Running') return 'no'
  const states = list(status.containerStatuses).map(container => asRecord(asRecord(container).state))
  if (states.length > 0 && states.every(({ running }) => running === undefined)) return 'no'
  return asRecord(raw.metadata).deletionTimestamp === undefined ? 'yes' : 'unknown'
}

const together = (pods: readonly Ternary[]): Ternary =>
  pods.includes('yes') ? 'yes' : pods.includes('unknown') ? 'unknown' : 'no'

const containersOf = (pod: KubernetesObject): Evidence => ({
  from: 'object',
  file: pod.file,
  pointer: `${pod.pointer}/status/containerStatuses`,
  object: refOf(pod),
})
