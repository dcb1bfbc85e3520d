import { setMaxListeners } from 'node:events'
import type { InputContent } from '#decode/input.ts'
import type { AccessCheck } from '#model/access.ts'
import type { Note } from '#model/note.ts'
import type { ClusterQuestion } from '#model/state.ts'
import { contentOf, unreadable } from '../content.ts'
import type { Item, Subject } from '../item.ts'
import { checkAccess } from './access-check.ts'
import { ApiServer } from './api-server.ts'
import { CniAgent } from './cni-agent.ts'
import { Digest } from './digest.ts'
import { fetchDump } from './dump.ts'
import { ClusterFailure, reasonOf } from './failure.ts'
import { agentOn, istioNamespaceOf, waypointsOf, ztunnelsOf } from './find.ts'
import { gather, type Task } from './gather.ts'
import { type Kind, kindNamed, kinds, listName } from './kinds.ts'
import { loadAccess } from './kubeconfig.ts'
import { Lists } from './lists.ts'
import { AdminPorts } from './mesh-config.ts'
import { fieldSelector, listText } from './objects.ts'
import { Slots } from './patience.ts'
import { readLog } from './pod-access.ts'
import { type ClusterPod, mainContainer, nameOf, readPod, subjectOf } from './pods.ts'
import { type Answer, metricsAnswer, waypointAnswers, ztunnelAnswers } from './proxy-answers.ts'
import { findRules } from './redirection.ts'

/** Streams to pods at a time; API servers and kubelets bear more, but each holds a dump in memory. */
const podStreams = 8

/** Lines of a log that are kept: at a line for each connection, minutes of a busy node. */
const logLines = 5000

/** A cluster that answers questions about its mesh, each piece of evidence by its own request. */
export class LiveCluster {
  readonly server: ApiServer
  private readonly question: ClusterQuestion
  private readonly ending: AbortController
  private readonly streams = new Slots(podStreams)
  private readonly lists: Lists
  private readonly adminPorts: AdminPorts
  private readonly digest = new Digest()
  private readonly lost = new Map<Task, ClusterFailure>()
  private readonly required = new Set<Task>()
  private readonly held: Note[] = []
  private readonly agents = new Map<string, CniAgent>()
  private podsRead: Promise<readonly ClusterPod[]> | undefined
  private ztunnelsFound: Promise<readonly ClusterPod[]> | undefined

  private constructor(server: ApiServer, question: ClusterQuestion, ending: AbortController) {
    this.server = server
    this.question = question
    this.ending = ending
    this.adminPorts = new AdminPorts(server)
    const { istioNamespace = 'istio-system', namespace = 'default' } = question
    const named = new Set([istioNamespace, namespace, server.access.namespace ?? 'default'])
    this.lists = new Lists(server, [...named].sort(), partial => this.digest.listed(partial))
  }

  /** Reads the kubeconfig; the cluster itself is first asked when something is needed from it. */
  static async open(question: ClusterQuestion): Promise<LiveCluster> {
    const access = await loadAccess(question, question.environment)
    const ending = new AbortController()
    setMaxListeners(Number.POSITIVE_INFINITY, ending.signal)
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
    return checkAccess(this.server, this.question)
  }

  /** Every pod. Throws when pods cannot be listed: without them nothing can be found. */
  pods(): Promise<readonly ClusterPod[]> {
    this.podsRead ??= this.lists.of(kindNamed('Pod')).then(({ items }) => items.map(readPod))
    return this.podsRead
  }

  /** One for each node. */
  ztunnels(): Promise<readonly ClusterPod[]> {
    this.ztunnelsFound ??= this.pods().then(pods => {
      const { ztunnels, crowds } = ztunnelsOf(pods, this.question)
      for (const { node, chosen, others } of crowds)
        this.tell({ kind: 'several-ztunnels', node, chosen: nameOf(chosen), others: others.map(nameOf) })
      return ztunnels
    })
    return this.ztunnelsFound
  }

  async waypoints(): Promise<readonly ClusterPod[]> {
    return waypointsOf(await this.pods(), this.question)
  }

  /** Lists of all kinds, or of some; a kind that may not be read costs only itself, except pods. */
  objects(names?: readonly string[]): readonly Task[] {
    return (names?.map(kindNamed) ?? kinds).map(kind => {
      const what = listName(kind)
      const path = `kubernetes/${what}.json`
      return { paths: [path], what, run: () => this.objectItem(kind, path) }
    })
  }

  ztunnel(pod: ClusterPod): Task {
    return this.answers(pod, `dump of ${nameOf(pod)}`, ztunnelAnswers(pod))
  }

  waypoint(pod: ClusterPod): Task {
    return this.answers(pod, `dump of ${nameOf(pod)}`, waypointAnswers(pod))
  }

  /** What a proxy counts. */
  metrics(pod: ClusterPod): Task {
    return this.answers(pod, `metrics of ${nameOf(pod)}`, [metricsAnswer(pod)])
  }

  /** The end of the log of a ztunnel or of istio-cni. */
  log(pod: ClusterPod): Task {
    const [path, container] = [`logs/${nameOf(pod)}.log`, mainContainer(pod)]
    return {
      paths: [path],
      what: `log of ${nameOf(pod)}`,
      run: () =>
        this.streams.run(async () => {
          const body = await readLog(this.server, pod, container, logLines)
          const content = body instanceof Uint8Array ? contentOf(body) : ({ kind: 'large', bytes: body } as const)
          return [this.item(path, 'log', subjectOf(pod), `the last ${logLines} lines of the log`, content)]
        }),
    }
  }

  /** The rules of a pod's network namespace, by the surest way there is; which one is told. */
  redirection(pod: ClusterPod): Task {
    const folder = `netns/${nameOf(pod)}`
    const task: Task = {
      paths: [folder],
      what: `rules of pod ${nameOf(pod)}`,
      run: () =>
        this.streams.run(async () => {
          const agent = await this.agent(pod.node)
          const rules = await findRules(this.server, pod, { agent, debugImage: this.question.debugImage })
          this.digest.rulesFound(nameOf(pod), rules)
          if (rules.failure !== undefined) {
            this.lost.set(task, rules.failure)
            return [this.lostItem(folder, rules.because.join('; '), rules.next)]
          }
          return rules.outputs.map(({ file, text }) =>
            this.item(`${folder}/${file}`, 'netns', subjectOf(pod), rules.how, { kind: 'text', text }),
          )
        }),
    }
    return task
  }

  /** The rules of the node itself. */
  nodeRedirection(node: string): Task {
    const folder = `node/${node}`
    return {
      paths: [folder],
      what: `rules of node ${node}`,
      run: () =>
        this.streams.run(async () => {
          const agent = await this.agent(node)
          if (agent === undefined) throw new ClusterFailure('unreachable', `no istio-cni runs on node ${node}`)
          return (await agent.rulesOfNode()).map(({ file, text }) =>
            this.item(`${folder}/${file}`, 'netns', { node }, `nsenter in pod ${agent.name}`, { kind: 'text', text }),
          )
        }),
    }
  }

  /** The istio-cni of a node. */
  async agent(node: string): Promise<CniAgent | undefined> {
    const pod = agentOn(await this.pods(), node)
    if (pod === undefined) return undefined
    const known = this.agents.get(node) ?? new CniAgent(this.server, pod)
    this.agents.set(node, known)
    return known
  }

  /**
   * Runs tasks side by side. What one of them cannot have is told and stands as an unreadable item in its place; of the
   * required ones `requireAny` tells. Only failures that concern everything end the run: credentials that are not
   * accepted, an interruption, our own bugs.
   */
  async *gather(tasks: readonly Task[], required: readonly Task[] = []): AsyncGenerator<readonly Item[]> {
    for (const task of required) this.required.add(task)
    try {
      yield* gather(
        tasks,
        task => this.settled(task),
        note => this.tell(note),
      )
    } finally {
      for (const note of this.digest.take()) this.tell(note)
    }
  }

  /** Why a file, or what is in a folder, was not collected. */
  lossAt(place: string): ClusterFailure | undefined {
    for (const [{ paths }, failure] of this.lost)
      if (paths.some(path => path === place || path.startsWith(`${place}/`))) return failure
    return undefined
  }

  /** Throws the first failure when none of these tasks brought anything. */
  requireAny(tasks: readonly Task[]): void {
    const [first] = tasks
    const failure = first && this.lost.get(first)
    if (failure !== undefined && tasks.every(task => this.lost.has(task))) throw failure
    for (const note of this.held.splice(0)) this.tell(note)
  }

  private async settled(task: Task): Promise<readonly Item[]> {
    try {
      return await task.run()
    } catch (error) {
      const failure = ofThisOnly(error)
      this.lost.set(task, failure)
      const note = lostNote(task.what, failure)
      if (this.required.has(task)) this.held.push(note)
      else this.tell(note)
      return task.paths.map(path => this.lostItem(path, note.why, failure.next))
    }
  }

  private lostItem(path: string, why: string, next: readonly string[]): Item {
    const content = { ...unreadable(`was not collected: ${why}`, next), told: true } as const
    return this.item(path, 'lost', {}, 'not collected', content)
  }

  private async objectItem(kind: Kind, path: string): Promise<readonly Item[]> {
    const list = await this.lists.of(kind)
    const where = list.onlyNamespaces === undefined ? '' : ` in ${list.onlyNamespaces.join(', ')}`
    const which = kind.fields === undefined ? '' : ` with ${fieldSelector(kind.fields)}`
    const content = { kind: 'text', text: listText(list) } as const
    return [this.item(path, 'kubernetes', {}, `list of ${kind.plural}${which}${where}`, content)]
  }

  /** Without the first a proxy is lost; what else it tells is lost by itself. */
  private answers(pod: ClusterPod, what: string, wanted: readonly Answer[]): Task {
    return {
      paths: wanted.map(({ path }) => path),
      what,
      run: () =>
        this.streams.run(async () => {
          const items: Item[] = []
          for (const answer of wanted)
            try {
              items.push(await this.answer(pod, answer))
            } catch (error) {
              if (items.length === 0) throw error
              const failure = ofThisOnly(error)
              const note = lostNote(`${answer.asked} of ${nameOf(pod)}`, failure)
              this.tell(note)
              items.push(this.lostItem(answer.path, note.why, failure.next))
            }
          return items
        }),
    }
  }

  private async answer(pod: ClusterPod, { path, kind, asked, subject, is, port: own }: Answer): Promise<Item> {
    const port = own ?? (await this.adminPort(pod))
    const content = await fetchDump(this.server, pod, { port, path: asked, kinds: is }, why =>
      this.tell({ kind: 'again', what: `${asked} of ${nameOf(pod)}`, why }),
    )
    return this.item(path, kind, subject, `port-forward to pod ${nameOf(pod)}, port ${port}, ${asked}`, content)
  }

  private async adminPort(pod: ClusterPod): Promise<number> {
    const { adminPort, revision } = this.question
    return adminPort ?? this.adminPorts.of(pod, istioNamespaceOf(await this.pods(), this.question), revision)
  }

  tell(note: Note): void {
    this.question.tell(note)
  }

  private item(path: string, kind: string, subject: Subject, how: string, content: InputContent): Item {
    return { path, kind, subject, how, capturedAt: this.question.now(), content }
  }
}

const lostNote = (what: string, failure: ClusterFailure) =>
  ({ kind: 'lost', what, why: reasonOf(failure), next: failure.next }) as const

/** Throws what concerns more than one piece of evidence. */
const ofThisOnly = (error: unknown): ClusterFailure => {
  if (error instanceof ClusterFailure && error.status !== 401) return error
  throw error
}
