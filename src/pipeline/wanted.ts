import { isPodNamed, isProxyNamed } from '#collect/kube/choose.ts'
import type { Task } from '#collect/kube/gather.ts'
import type { ClusterPod } from '#collect/kube/pods.ts'
import { isZtunnel } from '#collect/kube/pods.ts'
import { UserError } from '#errors.ts'
import type { Choose } from './collect-state.ts'
import { meshTasks } from './mesh-tasks.ts'
import { noZtunnel, requireMesh } from './no-mesh.ts'

/**
 * The whole mesh: what `check` and `test` look at. Rules are read in every pod, which takes its time in a large one. That a
 * ztunnel which does not run gives no dump is no failure, but a finding.
 */
export const wholeMesh =
  (parts: { readonly rules: boolean; readonly logs: boolean }): Choose =>
  async cluster => {
    const all = await meshTasks(cluster, { ...parts, metrics: 'ztunnels' })
    const started = (await cluster.ztunnels()).filter(pod => pod.started)
    const dumps = new Set(started.flatMap(pod => cluster.ztunnel(pod).paths))
    const isRequired = ({ paths }: Task) => paths.some(path => dumps.has(path))
    return { tasks: all.filter(task => !isRequired(task)), required: all.filter(isRequired) }
  }

export interface ZtunnelChoice {
  /** The ztunnel of this node. */
  readonly node?: string | undefined
  /** A ztunnel, or a pod whose node's ztunnel is meant. */
  readonly pod?: string | undefined
  readonly namespace?: string | undefined
  /** Without a choice: every ztunnel, or any one because all hold the same. */
  readonly otherwise: 'every' | 'any'
}

/** istioctl's rules for choosing a ztunnel (specs/istioctl.md §2.1). */
export const ztunnelsChosen =
  (choice: ZtunnelChoice): Choose =>
  async cluster => {
    const home = cluster.server.access.namespace
    const chosen = chooseZtunnels(await cluster.ztunnels(), await cluster.pods(), { ...choice, home })
    return {
      tasks: cluster.objects(['Pod', 'Namespace', 'Service', 'Gateway', 'AuthorizationPolicy']),
      required: chosen.map(pod => cluster.ztunnel(pod)),
    }
  }

const chooseZtunnels = (
  ztunnels: readonly ClusterPod[],
  pods: readonly ClusterPod[],
  { node, pod, namespace, home, otherwise }: ZtunnelChoice & { readonly home: string | undefined },
): readonly ClusterPod[] => {
  if (ztunnels.length === 0) throw noZtunnel(pods)
  if (node !== undefined) return onNode(ztunnels, node)
  if (pod === undefined || isDaemonSet(pod)) return otherwise === 'every' ? ztunnels : ztunnels.slice(0, 1)
  const named = pods.filter(candidate => isPodNamed(candidate, pod, namespace))
  const near = named.filter(candidate => isZtunnel(candidate) || candidate.namespace === home)
  const [first, ...others] = near.length > 0 ? near : named
  if (others.length > 0)
    throw new UserError('usage', `several pods are called "${pod}"`, {
      next: [`one of: ${named.map(found => `${found.namespace}/${found.name}`).join(', ')}`],
    })
  if (first === undefined)
    throw new UserError('usage', `no pod is called "${pod}"`, {
      next: [
        `ztunnels: ${ztunnels
          .map(({ namespace, name }) => `${namespace}/${name}`)
          .slice(0, 8)
          .join(', ')}`,
      ],
    })
  return isZtunnel(first) ? [first] : onNode(ztunnels, first.node)
}

export const isDaemonSet = (name: string): boolean => /^(ds|daemonsets?)\/ztunnel(\.|$)/.test(name)

const onNode = (ztunnels: readonly ClusterPod[], node: string): readonly ClusterPod[] => {
  const found = ztunnels.filter(pod => pod.node === node)
  if (found.length > 0) return found
  throw new UserError('unreachable', `no ztunnel runs on node ${node}`, {
    next: [
      `nodes with a ztunnel: ${ztunnels
        .map(pod => pod.node)
        .slice(0, 8)
        .join(', ')}`,
      'kubectl get pods -A -l app=ztunnel -o wide',
    ],
  })
}

/** Waypoints by the name of pod, Deployment or Gateway; every one without a name. */
export const waypointsChosen =
  (name: string | undefined, namespace: string | undefined): Choose =>
  async cluster => {
    const waypoints = await cluster.waypoints()
    const candidates = name === undefined ? waypoints : [...waypoints, ...(await cluster.pods()).filter(hasEnvoy)]
    const chosen = candidates.filter(
      (pod, index) => candidates.indexOf(pod) === index && isProxyNamed(pod, name, namespace),
    )
    if (chosen.length === 0)
      throw new UserError('unreachable', name === undefined ? 'no waypoint runs there' : `no proxy is called ${name}`, {
        next: [
          waypoints.length === 0
            ? 'the cluster has no waypoint: istioctl waypoint apply makes one'
            : `waypoints: ${waypoints
                .map(({ namespace, name }) => `${namespace}/${name}`)
                .slice(0, 8)
                .join(', ')}`,
        ],
      })
    return { tasks: [], required: chosen.map(pod => cluster.waypoint(pod)) }
  }

const hasEnvoy = ({ containers, running }: ClusterPod): boolean => running && containers.includes('istio-proxy')

/** The rules of a pod with those of its node, of a node, or of every enrolled pod. */
export const redirectionChosen =
  ({
    pod,
    namespace,
    node,
  }: {
    readonly pod?: string | undefined
    readonly namespace?: string | undefined
    readonly node?: string | undefined
  }): Choose =>
  async cluster => {
    const tasks = cluster.objects(['Pod', 'Namespace', 'DaemonSet'])
    if (node !== undefined) return { tasks, required: [cluster.nodeRedirection(node)] }
    if (pod === undefined) requireMesh(await cluster.pods())
    const around = namespace ?? cluster.server.access.namespace ?? 'default'
    const own = (await cluster.pods()).filter(candidate => candidate.running && !candidate.hostNetwork)
    const chosen = own.filter(candidate =>
      pod === undefined
        ? candidate.enrolled && (namespace === undefined || candidate.namespace === namespace)
        : isPodNamed(candidate, pod, around),
    )
    if (chosen.length === 0)
      throw new UserError(
        'usage',
        pod === undefined ? 'no pod is in the mesh there' : `no running pod is called "${pod}"`,
        {
          next: ['kubectl get pods -A', 'pods of the host network have no rules of their own: --node NAME'],
        },
      )
    const nodes = [...new Set(chosen.map(candidate => candidate.node))]
    const ztunnels = (await cluster.ztunnels()).filter(ztunnel => nodes.includes(ztunnel.node))
    return {
      tasks: [
        ...tasks,
        ...nodes.map(name => cluster.nodeRedirection(name)),
        ...ztunnels.map(ztunnel => cluster.ztunnel(ztunnel)),
      ],
      required: chosen.map(candidate => cluster.redirection(candidate)),
    }
  }
