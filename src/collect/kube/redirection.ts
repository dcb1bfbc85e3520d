import type { RedirectionSource } from '#model/note.ts'
import type { ApiServer } from './api-server.ts'
import type { CniAgent } from './cni-agent.ts'
import { rulesInDebugContainer } from './debug-container.ts'
import { ClusterFailure } from './failure.ts'
import type { CommandOutput } from './netns-script.ts'
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
  readonly agent: CniAgent | undefined
  readonly debugImage: string | undefined
}

interface Way {
  readonly by: RedirectionSource
  readonly how: string
  readonly go: () => Promise<readonly CommandOutput[]>
}

/** In order of preference: the node agent's view, a debug container if it is allowed, the agent's log, nothing. */
export const findRules = async (server: ApiServer, pod: ClusterPod, ways: Ways): Promise<FoundRules> => {
  const because = ways.agent === undefined ? [`no istio-cni runs on node ${pod.node}`] : []
  for (const { by, how, go } of waysTo(server, pod, ways))
    try {
      return { by, how, outputs: await go(), because }
    } catch (error) {
      if (!(error instanceof ClusterFailure)) throw error
      because.push(whyOf(error))
    }
  return { by: 'assumed', how: 'assumed', outputs: [], because }
}

function* waysTo(server: ApiServer, pod: ClusterPod, { agent, debugImage }: Ways): Iterable<Way> {
  if (agent !== undefined) yield { by: 'istio-cni', how: `nsenter in pod ${agent.name}`, go: () => agent.rulesOf(pod) }
  if (debugImage !== undefined)
    yield {
      by: 'debug-container',
      how: `a debug container of ${debugImage} in pod ${pod.namespace}/${pod.name}`,
      go: () => rulesInDebugContainer(server, pod, debugImage),
    }
  if (agent !== undefined)
    yield {
      by: 'istio-cni-log',
      how: `intended: what the log of ${agent.name} says it programmed`,
      go: () => agent.intendedRules(pod),
    }
}

const whyOf = ({ message, cause }: ClusterFailure): string => {
  const deeper = cause instanceof Error ? cause.message : typeof cause === 'string' ? cause : undefined
  return deeper === undefined ? message : `${message}: ${deeper}`
}
