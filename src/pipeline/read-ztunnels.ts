import { type InputFile, nameOf } from '#decode/input.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { decodeKubernetes } from '#decode/kubernetes-files.ts'
import { decodeLarge } from '#decode/large.ts'
import { type RecognisedPart, readParts } from '#decode/parts.ts'
import { indexed } from '#decode/snapshot-index.ts'
import { capturesOf, takenAtOf } from '#decode/taken-at.ts'
import { notUtf8 } from '#decode/utf8.ts'
import { largeSource } from '#decode/ztunnel/large-source.ts'
import { dumpSource, eachWorkload, listSource, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { textSource } from '#decode/ztunnel/text-source.ts'
import { aside, byFolder, oncePerZtunnel } from '#decode/ztunnel-files.ts'
import { UserError } from '#errors.ts'
import type { Captures } from '#model/capture.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { type KubernetesObject, type KubernetesObjects, text } from '#model/kubernetes.ts'
import { originOf } from '#model/kubernetes-labels.ts'
import { isMeant } from '#model/pod-reference.ts'
import { type State, stateName } from '#model/state.ts'
import { collectState } from './collect-state.ts'
import { isDaemonSet, type ZtunnelChoice, ztunnelsChosen } from './wanted.ts'
import { bytesAtATime, isOfOne, isZtunnelDump, sizeOf } from './wishes.ts'

export interface Ztunnels {
  readonly sources: readonly ZtunnelSource[]
  readonly kubernetes: KubernetesObjects
  /** What could not be read in files that are no ztunnel dumps, or of which another copy is used. */
  readonly issues: readonly DecodeIssue[]
  readonly takenAt: Date | undefined
  readonly captures: Captures
  /** The pod that was asked for, unless it is a ztunnel itself. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined
}

/** The ztunnel dumps of files and directories, unread, and the Kubernetes objects beside them. */
export const readZtunnels = async (state: State, choice: ZtunnelChoice): Promise<Ztunnels> => {
  const issues: DecodeIssue[] = []
  const parts: RecognisedPart[] = []
  const read: ZtunnelSource[] = []
  const files = await collectState(state, ztunnelsChosen(choice))
  const isLarge = sizeOf(files) > bytesAtATime
  let room = bytesAtATime
  for (const file of isLarge ? await filesOf(choice, await indexed(files)) : files) {
    room -= file.size
    const source = await jsonSource(file, room >= 0 ? 'whole' : 'in pieces')
    if (source === undefined) parts.push(...(await readParts(file, issues)))
    else read.push(source)
  }
  const found = sourcesOf(parts, read, issues, file => pathOf(state, file))
  if (found.length === 0) throw noZtunnel(state)
  const kubernetes = decodeKubernetes(
    parts.filter(({ use }) => use === 'kubernetes'),
    issues,
  )
  const pod = choice.node === undefined ? await podOf(found, kubernetes, choice) : undefined
  const sources = state.kind === 'files' ? chooseSources(found, choice, pod) : found
  return {
    sources,
    kubernetes,
    issues,
    takenAt: takenAtOf(parts),
    captures: capturesOf(parts),
    pod: pod?.isZtunnel === false ? pod : undefined,
  }
}

/** Of many files the ztunnels that are asked for and the Kubernetes objects. */
const filesOf = async (choice: ZtunnelChoice, files: readonly InputFile[]): Promise<readonly InputFile[]> => {
  const untold = files.filter(({ about }) => !isOfOne(about))
  const ztunnels = files.filter(({ about }) => about !== undefined && isZtunnelDump(about))
  const node = choice.node ?? (await nodeOfPod(choice, untold))
  const chosen = ztunnels.filter(({ about }) => about?.node === node)
  const wanted = new Set([...untold, ...(chosen.length > 0 ? chosen : ztunnels)])
  return files.filter(file => wanted.has(file))
}

const nodeOfPod = async (choice: ZtunnelChoice, files: readonly InputFile[]): Promise<string | undefined> => {
  if (choice.pod === undefined || isDaemonSet(choice.pod)) return undefined
  const parts: RecognisedPart[] = []
  for (const file of files) parts.push(...(await readParts(file, [])).filter(({ use }) => use === 'kubernetes'))
  return text(podsNamed(decodeKubernetes(parts, []), choice)[0]?.spec.nodeName)
}

/** A dump in JSON, its sections unread. A broken file is left to `readParts`, which tells it in full. */
const jsonSource = async (file: InputFile, reading: 'whole' | 'in pieces'): Promise<ZtunnelSource | undefined> => {
  const content = reading === 'whole' ? await file.read() : ({ kind: 'large', bytes: () => file.bytes() } as const)
  if (content.kind === 'text') {
    const source = textSource(content.text, file.path)
    if (content.undecoded !== undefined) source?.issues.list.push(notUtf8(file.path, content.undecoded))
    return source
  }
  if (content.kind !== 'large') return undefined
  try {
    return await largeSource(content.bytes, file.path, async () => {
      const found = await decodeLarge(content.bytes(), file.path)
      if (found.kind === 'ztunnel') return found.dump
      throw new Error(`${file.path} was a ztunnel dump when it was first read`)
    })
  } catch (error) {
    if (error instanceof BrokenScan) return undefined
    throw error
  }
}

/**
 * Whole dumps go first; istioctl's lists count where there is no whole dump. Each path that was given holds a ztunnel once:
 * two paths with the same one are two states of it, to be compared.
 */
const sourcesOf = (
  parts: readonly RecognisedPart[],
  read: readonly ZtunnelSource[],
  issues: DecodeIssue[],
  pathOf: (file: string) => string | undefined,
): readonly ZtunnelSource[] => {
  const whole = parts
    .filter(({ kind }) => kind === 'ztunnel-dump')
    .map(({ value, file }) => dumpSource(value, file.path))
  const lists = parts.filter(({ kind }) => kind === 'ztunnel-list')
  const all = [...whole, ...read].map(source => ({ source, file: source.file, config: source.facts.config }))
  if (all.length === 0) return [...byFolder(lists)].map(([folder, found]) => folderSource(folder, found))
  for (const { file } of lists) issues.push(aside(file.path, 'a list of a ztunnel whose whole dump is here as well'))
  const unlike = all.filter(({ file }, index) => all.findIndex(other => other.file === file) === index)
  const paths = new Set(unlike.map(({ file }) => pathOf(file)))
  const ofPath = (path: string | undefined) => unlike.filter(({ file }) => pathOf(file) === path)
  const kept = new Set([...paths].flatMap(path => oncePerZtunnel(ofPath(path), issues)))
  return unlike.filter(dump => kept.has(dump)).map(({ source }) => source)
}

/** The path of the command line that a file is or lies below. */
const pathOf = (state: State, file: string): string | undefined =>
  state.kind === 'files'
    ? state.paths.find(path => file === path || file.startsWith(path.replace(/\/*$/, '/')))
    : undefined

const folderSource = (folder: string, parts: readonly RecognisedPart[]): ZtunnelSource => {
  const [first, ...others] = parts
  const lists = parts.map(({ value, file }) => ({ value, pointer: others.length === 0 ? '' : nameOf(file) }))
  return listSource(lists, others.length === 0 && first !== undefined ? first.file.path : folder || '.')
}

interface ChosenPod {
  readonly namespace: string
  readonly name: string
  readonly node: string | undefined
  readonly isZtunnel: boolean
}

/** The pod that was asked for: by its object, else as any dump holds it. There a ztunnel is told by its name, as in istioctl. */
const podOf = async (
  sources: readonly ZtunnelSource[],
  kubernetes: KubernetesObjects,
  choice: ZtunnelChoice,
): Promise<ChosenPod | undefined> => {
  const { pod } = choice
  const [object] = podsNamed(kubernetes, choice)
  if (object !== undefined)
    return {
      namespace: object.namespace,
      name: object.name,
      node: text(object.spec.nodeName),
      isZtunnel: object.labels.app === 'ztunnel',
    }
  const [source] = sources
  if (source === undefined || pod === undefined || isDaemonSet(pod)) return undefined
  const found: ChosenPod[] = []
  await eachWorkload(source, workload => {
    if (originOf(workload)?.kind !== 'Pod' || !isOf(pod, workload, choice.namespace)) return
    const { namespace, name, node } = workload
    found.push({ namespace, name, node, isZtunnel: name.startsWith('ztunnel') })
  })
  return found[0]
}

/** The dump of the node that is asked for, or of the node of the pod. */
const chooseSources = (
  sources: readonly ZtunnelSource[],
  { node, pod }: ZtunnelChoice,
  found: ChosenPod | undefined,
): readonly ZtunnelSource[] => {
  if (node === undefined && (pod === undefined || isDaemonSet(pod))) return sources
  const wanted = node ?? found?.node
  const chosen = sources.filter(source => source.facts.config.localNode === wanted && wanted !== undefined)
  if (chosen.length > 0) return chosen
  const known = sources.map(source => source.facts.config.localNode ?? source.file)
  throw new UserError('usage', node === undefined ? `no ztunnel of pod ${pod}` : `no ztunnel of node ${node}`, {
    next: [`nodes: ${known.slice(0, 8).join(', ')}`],
  })
}

/** Ztunnels first, as in a cluster. */
const podsNamed = (kubernetes: KubernetesObjects, { pod, namespace }: ZtunnelChoice): readonly KubernetesObject[] => {
  if (pod === undefined) return []
  const named = kubernetes.of('Pod').filter(object => isOf(pod, object, namespace))
  const ztunnels = named.filter(({ labels }) => labels.app === 'ztunnel')
  return ztunnels.length > 0 ? ztunnels : named
}

const isOf = (
  reference: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  home: string | undefined,
): boolean => isMeant(reference, { namespace, pod: name }, home)

const noZtunnel = (state: State): UserError =>
  new UserError('input', `no ztunnel dump in ${stateName(state)}`, {
    next: ['istioctl ztunnel-config all -o json saves one', 'so does GET /config_dump on port 15000 of the ztunnel'],
  })
