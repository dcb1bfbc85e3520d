import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { asRecord, list, text } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { completeOutputs } from './cni-agent.ts'
import { ClusterFailure, interrupted } from './failure.ts'
import { type CommandOutput, netnsCommand } from './netns-script.ts'
import { logOf, type PodName, podPath } from './pod-access.ts'
import type { Right } from './right.ts'

const rightToDebug = (namespace?: string): Right => ({
  verbs: ['patch'],
  group: '',
  resource: 'pods/ephemeralcontainers',
  namespace,
})

/** Reading rules needs NET_ADMIN; the container ends by itself, but its entry stays in the pod. */
export const rulesInDebugContainer = async (
  server: ApiServer,
  pod: PodName,
  image: string,
): Promise<readonly CommandOutput[]> => {
  const mark = randomUUID()
  const name = `ambientctl-${mark.slice(0, 8)}`
  const container = {
    name,
    image,
    command: netnsCommand(mark, 'own'),
    securityContext: { runAsUser: 0, capabilities: { add: ['NET_ADMIN'] } },
  }
  const what = `the debug container in pod ${pod.namespace}/${pod.name}`
  await server.json({
    method: 'PATCH',
    path: `${podPath(pod)}/ephemeralcontainers`,
    what,
    right: rightToDebug(pod.namespace),
    body: { spec: { ephemeralContainers: [container] } },
  })
  await server.persistently(what, signal => untilEnded(server, pod, name, signal))
  return completeOutputs(await logOf(server, pod, name), mark)
}

const pollInterval = 500

const untilEnded = async (server: ApiServer, pod: PodName, name: string, signal: AbortSignal): Promise<void> => {
  for (;;) {
    const { terminated, waiting } = asRecord(await stateOf(server, pod, name, signal))
    if (terminated !== undefined) {
      const { exitCode, reason, message } = asRecord(terminated)
      if (exitCode === 0) return
      throw new ClusterFailure('unreachable', `the debug container ended with ${exitCode}`, {
        cause: text(message) ?? text(reason),
      })
    }
    const { reason = '', message } = asRecord(waiting)
    if (/Err|BackOff|Invalid/.test(String(reason)))
      throw new ClusterFailure('unreachable', `the debug container does not start: ${reason}`, { cause: text(message) })
    await sleep(pollInterval, undefined, { signal }).catch(() => {
      throw interrupted()
    })
  }
}

/** By a list of one pod, because that right is there anyway. */
const stateOf = async (server: ApiServer, { namespace, name }: PodName, container: string, signal: AbortSignal) => {
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` })
  const found = await server.answer(
    {
      path: `/api/v1/namespaces/${namespace}/pods?${query}`,
      what: `pod ${namespace}/${name}`,
      right: { verbs: ['list'], group: '', resource: 'pods', namespace },
    },
    signal,
  )
  const [pod] = list(asRecord(found).items)
  if (pod === undefined) throw new ClusterFailure('unreachable', `pod ${namespace}/${name} is gone`)
  return list(asRecord(asRecord(pod).status).ephemeralContainerStatuses)
    .map(asRecord)
    .find(status => status.name === container)?.state
}
