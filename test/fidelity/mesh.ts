import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { asRecord, list } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { follow } from '#trace/follow.ts'
import { parseTarget } from '#trace/request.ts'
import { resolveSource } from '#trace/source.ts'
import type { ClientSees, Hop, Path, Trace, Verdict } from '#trace/trace.ts'
import type { World } from '#trace/world.ts'
import { worldOf } from '#trace/world.ts'
import type { RecordedRequest, SeenClass } from './mesh-request.ts'
import { seenClassOf } from './mesh-request.ts'
import type { Suite, Tally } from './suite.ts'
import { waypointLogFault } from './waypoint-log.ts'

/** Where the objects that a scenario did not record again are found, in this order. */
const bases = (folder: string): readonly string[] => [
  join(dirname(folder), 'scenario-00-base'),
  join(dirname(dirname(folder)), 'mesh-1.30', 'scenario-00-base'),
  'fixtures/recorded/mesh-1.30/scenario-00-base',
]

/** Replays the requests of a real mesh end to end: what the client saw, which server answered, whom it saw, what was logged. */
export const mesh: Suite = {
  engine: 'trace',
  find: root => foldersWith(root, 'requests.jsonl'),
  replay: async (folder, disagree) => {
    const { world, traces } = await tracesOf(folder)
    const missing = new Map<string, number>()
    const tally = { agreed: 0, disagreed: 0, undetermined: 0 }
    for (const { recorded, trace } of traces) {
      const judged = judge(world, recorded, trace)
      tally[judged.kind] += 1
      if (judged.kind === 'undetermined') missing.set(judged.what, (missing.get(judged.what) ?? 0) + 1)
      if (judged.kind === 'disagreed')
        disagree({ where: `${recorded.id} ${recorded.from.ns}/${recorded.from.app} → ${recorded.to.label}`, ...judged })
    }
    const notes = [...missing]
      .toSorted((a, b) => b[1] - a[1])
      .map(([what, count]) => `undetermined for ${what}: ${count}`)
    return { engine: 'trace', folder, ...tally, total: traces.length, notes } satisfies Tally
  },
}

interface Traced {
  readonly recorded: RecordedRequest
  /** Or why there is none. */
  readonly trace: Trace | string
}

/** What is predicted of every request of a recorded mesh. */
export const tracesOf = async (
  folder: string,
): Promise<{ readonly world: World; readonly traces: readonly Traced[] }> => {
  const world = worldOf(await readScenario(folder))
  const lines = readFileSync(join(folder, 'requests.jsonl'), 'utf8').split('\n')
  const requests = lines.filter(line => line !== '').map(line => JSON.parse(line) as RecordedRequest)
  return { world, traces: requests.map(recorded => ({ recorded, trace: traceOf(world, recorded) })) }
}

const foldersWith = (root: string, name: string): readonly string[] => {
  if (existsSync(join(root, name))) return [root]
  return readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(entry => foldersWith(join(root, entry.name), name))
    .toSorted()
}

const plain = (file: string): string => file.replace(/\.gz$/, '')

/** A scenario holds only what its change touched; other kinds of objects, and other waypoints, are those of the base state. */
const readScenario = (folder: string): Promise<Mesh> => {
  const base = basename(folder) === 'scenario-00-base' ? undefined : bases(folder).find(existsSync)
  const inherited = base === undefined ? [] : ['k8s', 'waypoints'].flatMap(part => missingIn(folder, base, part))
  return readMesh([...inherited, folder])
}

const missingIn = (folder: string, base: string, part: string): readonly string[] => {
  const own = filesIn(join(folder, part)).map(plain)
  return filesIn(join(base, part))
    .filter(file => !own.includes(plain(file)))
    .map(file => join(base, part, file))
}

const filesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : [])

const traceOf = (world: World, recorded: RecordedRequest): Trace | string => {
  try {
    const { from, request, to } = recorded
    const source = resolveSource(world, from.mesh === 'node' ? `node/${nodeName(world)}` : `${from.ns}/${from.pod}`)
    const target = request.kind === 'http' ? (request.url ?? '') : `tcp://${request.addr ?? `${to.host}:${to.port}`}`
    return follow(
      world,
      source,
      parseTarget(target, {
        headers: Object.entries(request.headers ?? {}),
        ...(request.method !== undefined && { method: request.method }),
        ...(request.kind === 'tcp' && { clientSpeaksFirst: request.send === true }),
      }),
    )
  } catch (error) {
    return String(error)
  }
}

const nodeName = (world: World): string =>
  world.pods.find(pod => pod.node !== '' && pod.hostNetwork)?.node ??
  world.pods.find(pod => pod.node !== '')?.node ??
  ''

type Judged =
  | { readonly kind: 'agreed' }
  | { readonly kind: 'undetermined'; readonly what: string }
  | { readonly kind: 'disagreed'; readonly recorded: string; readonly predicted: string }

interface Leaf {
  readonly hops: readonly Hop[]
  readonly verdict: Verdict
}

const leavesOf = (path: Path, before: readonly Hop[] = []): readonly Leaf[] => {
  const hops = [...before, ...path.hops]
  if (path.end.kind !== 'fork') return [{ hops, verdict: path.end }]
  return path.end.branches.flatMap(branch => leavesOf(branch, hops))
}

/** Tokens were taken out of the recording (captures/mesh-1.30/README.md). */
const replaced = /<token: [^>]*>/

const judge = (world: World, recorded: RecordedRequest, trace: Trace | string): Judged => {
  const seen = seenClassOf(recorded)
  if (Object.values(recorded.request.headers ?? {}).some(value => replaced.test(value)))
    return { kind: 'undetermined', what: 'a token that the recording replaced' }
  if (seen === undefined) return { kind: 'undetermined', what: `a result that is no verdict (${recorded.result})` }
  if (typeof trace === 'string') return { kind: 'disagreed', recorded: tell(recorded), predicted: trace }
  const leaves = leavesOf(trace)
  const decided = leaves.filter(leaf => leaf.verdict.kind !== 'undetermined')
  const faults = decided.map(leaf => faultOf(recorded, seen, leaf))
  if (faults.includes(undefined)) return { kind: 'agreed' }
  const open = leaves.filter(leaf => leaf.verdict.kind === 'undetermined' && logFault(recorded, leaf) === undefined)
  const [first] = open
  if (first?.verdict.kind === 'undetermined') return { kind: 'undetermined', what: first.verdict.missing[0].what }
  if (changedSince(world, recorded, leaves))
    return { kind: 'undetermined', what: 'state (a pod turned ready or unready after the request)' }
  if (decided.every(leaf => restsOnListener(leaf)) && processFailed(recorded))
    return { kind: 'undetermined', what: 'listener (declared, but nobody listens)' }
  return {
    kind: 'disagreed',
    recorded: tell(recorded),
    predicted: leaves
      .map(
        leaf =>
          `${verdictText(leaf.verdict)} (${leaf.verdict.kind === 'undetermined' ? logFault(recorded, leaf) : faultOf(recorded, seen, leaf)})`,
      )
      .join(' | '),
  }
}

/**
 * States of the broken meshes were captured after their requests (their README): an answer about a Service whose pod has
 * turned ready or unready in between is an answer about another moment.
 */
const changedSince = (world: World, { when, to }: RecordedRequest, leaves: readonly Leaf[]): boolean =>
  leaves.every(
    ({ verdict }) => verdict.kind === 'rejected' && ['no-endpoints', 'no-healthy-upstream'].includes(verdict.code),
  ) &&
  world.mesh.kubernetes
    .of('Service')
    .filter(service => service.spec.clusterIP === to.host || to.host.startsWith(`${service.name}.${service.namespace}`))
    .flatMap(service =>
      world.pods.filter(
        ({ object }) =>
          object?.namespace === service.namespace &&
          Object.entries(asRecord(service.spec.selector)).every(([key, value]) => object.labels[key] === value),
      ),
    )
    .flatMap(({ object }) => list(object?.status.conditions).map(asRecord))
    .some(({ type, lastTransitionTime }) => type === 'Ready' && String(lastTransitionTime) > when)

const restsOnListener = ({ hops, verdict }: Leaf): boolean =>
  verdict.kind === 'delivered' && hops.some(hop => hop.assumed.some(assumption => assumption.about === 'listener'))

/** The server's kernel refused: no process listens on that address of the pod, which no input told. */
const processFailed = ({ result, ztunnelAccessLog = [] }: RecordedRequest): boolean =>
  result === 'refused' ||
  ztunnelAccessLog.some(({ fields }) => fields.error?.startsWith('connection failed: Connection refused'))

const verdictText = (verdict: Verdict): string =>
  verdict.kind === 'delivered'
    ? `delivered to ${verdict.to.name} ${verdict.address} seen as ${verdict.peer.address} ${verdict.peer.identity ?? 'without identity'}`
    : verdict.kind === 'rejected'
      ? `rejected ${verdict.code} "${verdict.error ?? ''}" sees ${verdict.clientSees.kind}`
      : `undetermined ${verdict.missing[0].what}`

const tell = ({ result, status, error, server, ztunnelAccessLog = [] }: RecordedRequest): string =>
  [
    result,
    status,
    error,
    server?.server,
    server?.peer,
    ...ztunnelAccessLog.map(({ fields }) => `${fields.direction}: ${fields.error ?? 'ok'}`),
  ]
    .filter(part => part !== undefined)
    .join(' · ')

/** The first thing in which this branch differs from what happened, or undefined. */
const faultOf = (recorded: RecordedRequest, seen: SeenClass, leaf: Leaf): string | undefined => {
  const { verdict } = leaf
  if (verdict.kind === 'undetermined') return 'undetermined'
  const predicted = classOf(verdict.clientSees)
  if (!predicted.includes(seen)) return `client sees ${predicted.join(' or ')}`
  if (
    verdict.clientSees.kind === 'response' &&
    verdict.clientSees.status !== undefined &&
    verdict.clientSees.status !== recorded.status
  )
    return `status ${verdict.clientSees.status}`
  const answered = seen === 'response' || seen === 'connected'
  return (
    (answered ? serverFault(recorded, verdict) : undefined) ??
    logFault(recorded, leaf) ??
    waypointLogFault(recorded.waypointAccessLog ?? [], leaf.hops, verdict)
  )
}

const classOf = (sees: ClientSees): readonly SeenClass[] => {
  switch (sees.kind) {
    case 'closed-after-accept':
      return ['closed']
    case 'closed-late':
      return ['closed', 'timeout']
    case 'tls-error':
      return ['garbage', 'closed']
    case 'stalled':
      return ['timeout']
    default:
      return [sees.kind]
  }
}

/** Servers outside the cluster have names of the laboratory, which no object tells. */
const serverFault = ({ server }: RecordedRequest, verdict: Verdict): string | undefined => {
  if (server === undefined) return undefined
  if (verdict.kind !== 'delivered') return 'the server was reached'
  const peer = server.peer?.replace(/:\d+$/, '')
  if (verdict.to.kind === 'Pod' && server.server !== undefined && server.server !== verdict.to.name)
    return `server ${verdict.to.name}`
  return peer !== undefined && verdict.peer.address !== undefined && peer !== verdict.peer.address
    ? `peer ${verdict.peer.address}`
    : undefined
}

/**
 * Fields that a hop predicts; ports that the kernel chose are left out of `src.addr`. A line found by its time alone may
 * belong to a neighbouring request, so one of such lines must fit.
 */
const logFault = ({ ztunnelAccessLog = [] }: RecordedRequest, { hops, verdict }: Leaf): string | undefined => {
  const predicted = hops.flatMap(hop => hop.steps.flatMap(step => ('log' in step.detail ? [step.detail.log] : [])))
  for (const direction of ['outbound', 'inbound']) {
    const lines = ztunnelAccessLog.filter(({ fields }) => fields.direction === direction)
    const exact = lines.filter(({ match }) => match === 'src-port')
    const line = predicted.find(log => log.direction === direction)
    if (line === undefined && exact.length > 0 && verdict.kind !== 'undetermined')
      return `no ${direction} line predicted`
    const faults = (exact.length > 0 ? exact : lines).map(({ fields }) => fieldFault(line ?? {}, fields))
    if (faults.length > 0 && !faults.includes(undefined)) return `${direction} ${faults[0]}`
  }
  return undefined
}

const fieldFault = (
  line: Readonly<Record<string, string>>,
  fields: Readonly<Record<string, string>>,
): string | undefined => {
  for (const [name, value] of Object.entries(line)) {
    const real = name === 'src.addr' ? fields[name]?.replace(/:\d+$/, '') : fields[name]
    if (real !== value) return `${name}=${value}, logged ${real ?? 'nothing'}`
  }
  return undefined
}
