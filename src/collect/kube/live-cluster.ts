import type { InputContent } from '#decode/input.ts'
import type { AccessCheck } from '#model/access.ts'
import { compare } from '#model/compare.ts'
import { asRecord } from '#model/kubernetes.ts'
import type { ClusterQuestion } from '#model/state.ts'
import { unreadable } from '../content.ts'
import type { Item, Subject } from '../item.ts'
import { checkAccess } from './access-check.ts'
import { ApiServer } from './api-server.ts'
import { fetchDump } from './dump.ts'
import { ClusterFailure } from './failure.ts'
import { type Kind, kinds } from './kinds.ts'
import { loadAccess } from './kubeconfig.ts'
import { adminPortOf } from './mesh-config.ts'
import { listObjects, type ObjectList } from './objects.ts'
import { Slots } from './patience.ts'
import { type ClusterPod, isCniAgent, isWaypoint, isZtunnel, readPod } from './pods.ts'
import { findRules, nodeRules } from './redirection.ts'

/** One piece of collecting: what it will bring is known before, so that a snapshot can go on where it stopped. */
export interface Task {
  readonly paths: readonly string[]
  readonly what: string
  run(): Promise<readonly Item[]>
}

/** Streams to pods at a time; API servers and kubelets bear more, but each holds a dump in memory. */
const podStreams = 8
const listRequests = 6

/** Tasks that are under way or wait to be read. */
const window = 12

/** A cluster that answers questions about its mesh, each piece of evidence by its own request. */
export class LiveCluster {
  readonly server: ApiServer
  private readonly question: ClusterQuestion
  private readonly ending = new AbortController()
  private readonly streams = new Slots(podStreams)
  private readonly requests = new Slots(listRequests)
  private readonly lost = new Map<Task, ClusterFailure>()
  private podsRead: Promise<readonly ClusterPod[]> | undefined
  private podList: Promise<ObjectList> | undefined
  private adminPort: Promise<number> | undefined

  private constructor(server: ApiServer, question: ClusterQuestion, ending: AbortController) {
    this.server = server
    this.question = question
    this.ending = ending
  }

  /** Reads the kubeconfig; the cluster itself is first asked when something is needed from it. */
  static async open(question: ClusterQuestion): Promise<LiveCluster> {
    const access = await loadAccess(question, question.environment)
    const ending = new AbortController()
    const patience = { timeout: question.requestTimeout, signal: ending.signal, random: Math.random }
    return new LiveCluster(new ApiServer(access, patience), question, ending)
  }

  /** Ends every request and stream. */
  close(): void {
    this.ending.abort()
    this.server.close()
  }

  /** What the user may do of all that collecting needs. */
  access(): Promise<readonly AccessCheck[]> {
    return checkAccess(this.server, this.question.istioNamespace)
  }

  /** Every pod. Throws when pods cannot be listed: without them nothing can be found. */
  async pods(): Promise<readonly ClusterPod[]> {
    this.podList ??= listObjects(this.server, kindNamed('Pod'))
    this.podsRead ??= this.podList.then(({ items }) => items.map(readPod))
    return this.podsRead
  }

  async ztunnels(): Promise<readonly ClusterPod[]> {
    const found = (await this.pods()).filter(pod => isZtunnel(pod) && pod.running)
    const own = found.filter(pod => pod.namespace === this.question.istioNamespace)
    return sorted(own.length > 0 ? own : found)
  }

  async waypoints(): Promise<readonly ClusterPod[]> {
    return sorted((await this.pods()).filter(pod => isWaypoint(pod) && pod.running))
  }

  /** Lists of all kinds, or of some; a kind that may not be read costs only itself, except pods. */
  objects(names: readonly string[] = kinds.map(({ kind }) => kind)): readonly Task[] {
    return names.map(kindNamed).map(kind => {
      const path = `kubernetes/${kind.plural}.json`
      return {
        paths: [path],
        what: kind.plural,
        run: () => this.requests.run(() => this.objectItem(kind, path)),
      }
    })
  }

  ztunnel(pod: ClusterPod): Task {
    const subject = { node: pod.node, namespace: pod.namespace, pod: pod.name }
    return this.dumps(pod, subject, [[`ztunnel/${pod.node}/config_dump.json`, 'ztunnel-config-dump', '/config_dump']])
  }

  waypoint(pod: ClusterPod): Task {
    const folder = `waypoint/${pod.namespace}/${pod.name}`
    return this.dumps(pod, { namespace: pod.namespace, pod: pod.name }, [
      [`${folder}/config_dump.json`, 'envoy-config-dump', '/config_dump?include_eds'],
      [`${folder}/clusters.json`, 'envoy-clusters', '/clusters?format=json'],
      [`${folder}/server_info.json`, 'envoy-server-info', '/server_info'],
    ])
  }

  /** The rules of a pod's network namespace, by the surest way there is; which one is told. */
  redirection(pod: ClusterPod): Task {
    const folder = `netns/${pod.namespace}/${pod.name}`
    return {
      paths: [folder],
      what: `rules of pod ${pod.namespace}/${pod.name}`,
      run: () =>
        this.streams.run(async () => {
          const agent = await this.agentOn(pod.node)
          const rules = await findRules(this.server, pod, { agent, debugImage: this.question.debugImage })
          this.question.tell({
            kind: 'redirection',
            subject: `${pod.namespace}/${pod.name}`,
            by: rules.by,
            because: rules.because,
          })
          return rules.outputs.map(({ file, text }) =>
            this.item(`${folder}/${file}`, 'netns', { namespace: pod.namespace, pod: pod.name }, rules.how, {
              kind: 'text',
              text,
            }),
          )
        }),
    }
  }

  /** The rules of the node itself. */
  nodeRedirection(node: string): Task {
    const folder = `node/${node}`
    return {
      paths: [folder],
      what: `rules of node ${node}`,
      run: () =>
        this.streams.run(async () => {
          const agent = await this.agentOn(node)
          if (agent === undefined) throw new ClusterFailure('unreachable', `no istio-cni runs on node ${node}`)
          const how = `nsenter in pod ${agent.namespace}/${agent.name}`
          return (await nodeRules(this.server, agent)).map(({ file, text }) =>
            this.item(`${folder}/${file}`, 'netns', { node }, how, { kind: 'text', text }),
          )
        }),
    }
  }

  /**
   * Runs tasks side by side. What one of them cannot have is told and stands as an unreadable item in its place. Only
   * failures that concern everything end the run: credentials that are not accepted, an interruption, our own bugs.
   */
  async *gather(tasks: readonly Task[]): AsyncGenerator<readonly Item[]> {
    const waiting = [...tasks]
    const running = new Set<Promise<void>>()
    const finished: (readonly Item[])[] = []
    let done = 0
    const start = (task: Task): void => {
      const run: Promise<void> = this.settled(task).then(items => {
        running.delete(run)
        finished.push(items)
        this.question.tell({ kind: 'progress', done: ++done, of: tasks.length, what: task.what })
      })
      run.catch(() => undefined)
      running.add(run)
    }
    while (waiting.length + running.size + finished.length > 0) {
      // What is finished waits in memory: no more is begun than the reader keeps up with.
      for (const task of waiting.splice(0, window - running.size - finished.length)) start(task)
      if (finished.length === 0) await Promise.race(running)
      for (const items of finished.splice(0)) yield items
    }
  }

  /** Throws the first failure when none of these tasks brought anything. */
  requireAny(tasks: readonly Task[]): void {
    const [first] = tasks
    const failure = first && this.lost.get(first)
    if (failure !== undefined && tasks.every(task => this.lost.has(task))) throw failure
  }

  private async settled(task: Task): Promise<readonly Item[]> {
    try {
      return await task.run()
    } catch (error) {
      if (!(error instanceof ClusterFailure) || error.status === 401) throw error
      this.lost.set(task, error)
      const why = [error.message, ...(typeof error.cause === 'string' ? [error.cause] : [])].join(': ')
      this.question.tell({ kind: 'lost', what: task.what, why, next: error.next })
      return task.paths.map(path =>
        this.item(path, 'lost', {}, 'not collected', unreadable(`was not collected: ${why}`, error.next)),
      )
    }
  }

  private async objectItem(kind: Kind, path: string): Promise<readonly Item[]> {
    if (kind.kind === 'Pod') await this.pods()
    const found = await (kind.kind === 'Pod' && this.podList !== undefined
      ? this.podList
      : listObjects(this.server, kind))
    const text = JSON.stringify({ ...found, items: byName(found.items) })
    return [this.item(path, 'kubernetes', {}, `list of ${kind.plural}`, { kind: 'text', text })]
  }

  private dumps(
    pod: ClusterPod,
    subject: Subject,
    wanted: readonly (readonly [path: string, kind: string, asked: string])[],
  ): Task {
    const what = `${pod.namespace}/${pod.name}`
    return {
      paths: wanted.map(([path]) => path),
      what: `dump of ${what}`,
      run: () =>
        this.streams.run(async () => {
          const port = await this.port()
          const items: Item[] = []
          for (const [path, kind, asked] of wanted) {
            const how = `port-forward to pod ${what}, port ${port}, ${asked}`
            const again = (why: string) => this.question.tell({ kind: 'again', what: `${asked} of ${what}`, why })
            items.push(this.item(path, kind, subject, how, await fetchDump(this.server, pod, port, asked, again)))
          }
          return items
        }),
    }
  }

  private async port(): Promise<number> {
    this.adminPort ??=
      this.question.adminPort === undefined
        ? adminPortOf(this.server, this.question.istioNamespace)
        : Promise.resolve(this.question.adminPort)
    return this.adminPort
  }

  private async agentOn(node: string): Promise<ClusterPod | undefined> {
    return (await this.pods()).find(pod => isCniAgent(pod) && pod.running && pod.node === node)
  }

  private item(path: string, kind: string, subject: Subject, how: string, content: InputContent): Item {
    return { path, kind, subject, how, capturedAt: this.question.now(), content }
  }
}

const kindNamed = (name: string): Kind => {
  const found = kinds.find(({ kind }) => kind === name)
  if (found === undefined) throw new Error(`no kind ${name} is known`)
  return found
}

const sorted = (pods: readonly ClusterPod[]): readonly ClusterPod[] =>
  pods.toSorted((a, b) => compare(`${a.node} ${a.namespace}/${a.name}`, `${b.node} ${b.namespace}/${b.name}`))

const byName = (items: ObjectList['items']): ObjectList['items'] => {
  const key = (item: unknown) => {
    const { namespace = '', name = '' } = asRecord(asRecord(item).metadata)
    return `${namespace}/${name}`
  }
  return items.toSorted((a, b) => compare(key(a), key(b)))
}
