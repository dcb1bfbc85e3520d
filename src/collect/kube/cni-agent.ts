import { randomUUID } from 'node:crypto'
import { programmedRules } from '#decode/cni-log.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure } from './failure.ts'
import { type CommandOutput, netnsCommand, splitOutputs, type Whose } from './netns-script.ts'
import { execIn, logOf } from './pod-access.ts'
import { type ClusterPod, mainContainer } from './pods.ts'

/** The istio-cni of one node: it sees the network namespaces of all its pods, and keeps a log of what it did. */
export class CniAgent {
  readonly pod: ClusterPod
  private readonly server: ApiServer
  private log: Promise<string> | undefined

  constructor(server: ApiServer, pod: ClusterPod) {
    this.server = server
    this.pod = pod
  }

  get name(): string {
    return `${this.pod.namespace}/${this.pod.name}`
  }

  /** What the kernel holds for a pod. */
  rulesOf({ uid, containerIds }: ClusterPod): Promise<readonly CommandOutput[]> {
    const words = [...containerIds, ...(uid === '' ? [] : [`pod${uid.replaceAll('-', '[-_]')}`])]
    return this.show({ cgroup: words.join('|') })
  }

  /** What the node's own namespace holds. */
  rulesOfNode(): Promise<readonly CommandOutput[]> {
    return this.show(this.pod.hostNetwork ? 'own' : 'node')
  }

  /** What its log says it programmed for a pod, as the input of iptables-restore. */
  async intendedRules({ namespace, name }: ClusterPod): Promise<readonly CommandOutput[]> {
    this.log ??= logOf(this.server, this.pod, mainContainer(this.pod))
    const rules = programmedRules(await this.log, namespace, name)
    if (rules.length === 0) throw new ClusterFailure('unreachable', `the log of pod ${this.name} does not name the pod`)
    return rules.map(({ command, text }) => ({ file: `${command}.txt`, text }))
  }

  private show(whose: Whose): Promise<readonly CommandOutput[]> {
    return this.server.persistently(`rules from pod ${this.name}`, async signal => {
      const mark = randomUUID()
      const place = { ...this.pod, container: mainContainer(this.pod) }
      const { out, err, code } = await execIn(this.server, place, netnsCommand(mark, whose), signal)
      if (code !== 0)
        throw new ClusterFailure('unreachable', 'istio-cni cannot enter the network namespace', {
          cause: err.trim() || `exit code ${code}`,
        })
      return completeOutputs(out, mark)
    })
  }
}

/** Throws a ClusterFailure when the output is cut off, or nothing that shows rules was there. */
export const completeOutputs = (out: string, mark: string): readonly CommandOutput[] => {
  const outputs = splitOutputs(out, mark)
  if (outputs === undefined) throw new ClusterFailure('unreachable', 'the rules are cut off', { transient: true })
  if (outputs.length === 0)
    throw new ClusterFailure('unreachable', 'none of the commands that show rules is there: iptables-save, nft, ip')
  return outputs
}
