import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { programmedRules } from '#decode/cni-log.ts'
import { asRecord, list } from '#model/kubernetes.ts'
import type { RedirectionSource } from '#model/note.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure, interrupted } from './failure.ts'
import { type CommandOutput, netnsScript, splitOutputs } from './netns-script.ts'
import { execIn, type PodName } from './pod-access.ts'
import type { ClusterPod } from './pods.ts'

/** The rules of one network namespace and how they became known. */
export interface FoundRules {
  readonly by: RedirectionSource
  readonly how: string
  readonly outputs: readonly CommandOutput[]
  /** Why the surer ways did not lead there. */
  readonly because: readonly string[]
}

export interface Ways {
  /** istio-cni on the node of the pod. */
  readonly agent: ClusterPod | undefined
  readonly debugImage: string | undefined
}

/** In order of preference: the node agent's view, a debug container if it is allowed, the agent's log, nothing. */
export const findRules = async (
  server: ApiServer,
  pod: ClusterPod,
  { agent, debugImage }: Ways,
): Promise<FoundRules> => {
  const because: string[] = []
  const attempt = async (
    by: RedirectionSource,
    how: string,
    way: () => Promise<readonly CommandOutput[]>,
  ): Promise<FoundRules | undefined> => {
    try {
      return { by, how, outputs: await way(), because }
    } catch (error) {
      if (!(error instanceof ClusterFailure)) throw error
      because.push(
        [
          error.message,
          ...(error.cause instanceof Error
            ? [error.cause.message]
            : typeof error.cause === 'string'
              ? [error.cause]
              : []),
        ].join(': '),
      )
      return undefined
    }
  }
  if (agent === undefined) because.push(`no istio-cni runs on node ${pod.node}`)
  const { namespace, name } = pod
  return (
    (agent &&
      (await attempt('istio-cni', `nsenter in pod ${agent.namespace}/${agent.name}`, () =>
        inAgent(server, agent, pod.containerIds.join('|')),
      ))) ??
    (debugImage === undefined
      ? undefined
      : await attempt('debug-container', `a debug container of ${debugImage} in pod ${namespace}/${name}`, () =>
          inDebugContainer(server, pod, debugImage),
        )) ??
    (agent &&
      (await attempt('istio-cni-log', `what the log of ${agent.namespace}/${agent.name} says it programmed`, () =>
        fromLog(server, agent, pod),
      ))) ?? { by: 'assumed', how: 'assumed', outputs: [], because }
  )
}

/** What the node's own namespace holds. */
export const nodeRules = (server: ApiServer, agent: ClusterPod): Promise<readonly CommandOutput[]> =>
  inAgent(server, agent, 'node')

const inAgent = (server: ApiServer, agent: ClusterPod, whose: string): Promise<readonly CommandOutput[]> =>
  server.persistently(`rules from pod ${agent.namespace}/${agent.name}`, async signal => {
    if (whose === '') throw new ClusterFailure('unreachable', 'the pod has no running container')
    const mark = randomUUID()
    const container = agent.containers.includes('install-cni') ? 'install-cni' : (agent.containers[0] ?? '')
    const { out, err, code } = await execIn(
      server,
      { ...agent, container },
      ['sh', '-c', netnsScript, 'ambientctl', mark, whose],
      signal,
    )
    if (code !== 0)
      throw new ClusterFailure('unreachable', 'istio-cni cannot enter the network namespace', {
        cause: err.trim() || `exit code ${code}`,
      })
    return complete(out, mark)
  })

const complete = (out: string, mark: string): readonly CommandOutput[] => {
  const outputs = splitOutputs(out, mark)
  if (outputs === undefined) throw new ClusterFailure('unreachable', 'the rules are cut off', { transient: true })
  if (outputs.length === 0)
    throw new ClusterFailure(
      'unreachable',
      'none of the commands that show rules is there: nsenter, iptables-save, nft, ip',
    )
  return outputs
}

const podPath = ({ namespace, name }: PodName): string => `/api/v1/namespaces/${namespace}/pods/${name}`

/** Reading rules needs NET_ADMIN; the container ends by itself, but its entry stays in the pod. */
const inDebugContainer = async (
  server: ApiServer,
  pod: ClusterPod,
  image: string,
): Promise<readonly CommandOutput[]> => {
  const mark = randomUUID()
  const name = `ambientctl-${mark.slice(0, 8)}`
  const container = {
    name,
    image,
    command: ['sh', '-c', netnsScript, 'ambientctl', mark, ''],
    securityContext: { runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } },
  }
  await server.json({
    method: 'PATCH',
    path: `${podPath(pod)}/ephemeralcontainers`,
    what: `a debug container in pod ${pod.namespace}/${pod.name}`,
    right: { verbs: ['patch'], group: '', resource: 'pods/ephemeralcontainers', namespace: pod.namespace },
    body: { spec: { ephemeralContainers: [container] } },
  })
  await server.persistently(`the debug container in pod ${pod.namespace}/${pod.name}`, signal =>
    untilEnded(server, pod, name, signal),
  )
  return complete(await logOf(server, pod, name), mark)
}

const pollInterval = 500

const untilEnded = async (
  server: ApiServer,
  pod: ClusterPod,
  container: string,
  signal: AbortSignal,
): Promise<void> => {
  for (;;) {
    const { status } = asRecord(
      await server.json({
        path: podPath(pod),
        what: `pod ${pod.namespace}/${pod.name}`,
        right: { verbs: ['get'], group: '', resource: 'pods', namespace: pod.namespace },
      }),
    )
    const state = list(asRecord(status).ephemeralContainerStatuses)
      .map(asRecord)
      .find(({ name }) => name === container)?.state
    const { terminated, waiting } = asRecord(state)
    if (terminated !== undefined) return
    const reason = String(asRecord(waiting).reason ?? '')
    if (/Err|BackOff|Invalid/.test(reason))
      throw new ClusterFailure('unreachable', `the debug container does not start: ${reason}`)
    await sleep(pollInterval, undefined, { signal }).catch(() => {
      throw interrupted()
    })
  }
}

const logOf = async (server: ApiServer, pod: PodName, container: string): Promise<string> => {
  const body = await server.bytes({
    path: `${podPath(pod)}/log?${new URLSearchParams({ container })}`,
    what: `the log of pod ${pod.namespace}/${pod.name}`,
    right: { verbs: ['get'], group: '', resource: 'pods/log', namespace: pod.namespace },
    accept: '*/*',
  })
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  throw new ClusterFailure('unreachable', `the log of pod ${pod.namespace}/${pod.name} is too large`)
}

const fromLog = async (server: ApiServer, agent: ClusterPod, pod: ClusterPod): Promise<readonly CommandOutput[]> => {
  const container = agent.containers.includes('install-cni') ? 'install-cni' : (agent.containers[0] ?? '')
  const rules = programmedRules(await logOf(server, agent, container), pod.namespace, pod.name)
  if (rules.length === 0)
    throw new ClusterFailure('unreachable', `the log of pod ${agent.namespace}/${agent.name} does not name the pod`)
  return rules.map(({ command, text }) => ({ file: `${command}.txt`, text }))
}
