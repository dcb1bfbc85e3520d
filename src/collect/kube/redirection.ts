import type { RedirectionSource } from '#model/note.ts'
import type { ApiServer } from './api-server.ts'
import type { CniAgent } from './cni-agent.ts'
import { rulesInDebugContainer } from './debug-container.ts'
import { ClusterFailure, reasonOf } from './failure.ts'
import type { CommandOutput } from './netns-script.ts'
import type { ClusterPod } from './pods.ts'

/** The rules of one network namespace and how they became known. */
export interface FoundRules {
  readonly by: RedirectionSource
  readonly how: string
  readonly outputs: readonly CommandOutput[]
  /** Why the surer ways did not lead there, and what would open them. */
  readonly because: readonly string[]
  readonly next: readonly string[]
  /** Of the surest way, when none led there. */
  readonly failure?: ClusterFailure
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
  const failures =
    ways.agent === undefined ? [new ClusterFailure('unreachable', `no istio-cni runs on node ${pod.node}`)] : []
  const told = () => ({
    because: failures.map(reasonOf),
    next: [...new Set(failures.flatMap(({ next }) => next))],
  })
  for (const { by, how, go } of waysTo(server, pod, ways))
    try {
      return { by, how, outputs: await go(), ...told() }
    } catch (error) {
      if (!(error instanceof ClusterFailure)) throw error
      failures.push(error)
    }
  const { because, next } = told()
  const more = ways.debugImage === undefined ? [...next, addContainer] : next
  const failure = noRules(pod, failures[0], because, more)
  return { by: 'assumed', how: 'assumed', outputs: [], because, next: more, failure }
}

const addContainer = '--debug-container IMAGE reads them in a container that is added to the pod'

const noRules = (
  { namespace, name }: ClusterPod,
  first: ClusterFailure | undefined,
  because: readonly string[],
  next: readonly string[],
): ClusterFailure =>
  new ClusterFailure(
    first?.status === 403 ? 'permission' : 'unreachable',
    `the rules of pod ${namespace}/${name} cannot be read`,
    { cause: because.join('; '), next },
  )

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
