import { UserError } from '#errors.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { KubernetesObjects } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { decodeEnvoys } from './envoy-files.ts'
import { readFailureCounts } from './failure-counts.ts'
import { type InputFile, nameOf } from './input.ts'
import { decodeKubernetes } from './kubernetes-files.ts'
import { readLog } from './logs.ts'
import { decodeNetns } from './netfilter/netns.ts'
import { familyOf, namespaceFolder, netnsSubject } from './netns.ts'
import { type RecognisedPart, readParts } from './parts.ts'
import { capturesOf, takenAtOf } from './taken-at.ts'
import { decodeZtunnel } from './ztunnel/dump.ts'
import { decodeZtunnels } from './ztunnel-files.ts'

/** What one file holds, decoded as far as that goes without the others. */
export interface ReadFile {
  readonly file: InputFile
  readonly parts: readonly RecognisedPart[]
  readonly issues: readonly DecodeIssue[]
}

/** A file that the user named and that is no input throws a UserError; one that was found in a folder is an issue. */
export const readFile = async (file: InputFile): Promise<ReadFile> => {
  const issues: DecodeIssue[] = []
  const parts = await readParts(file, issues)
  return { file, parts: parts.map(withoutText), issues }
}

/** Text that is decoded is not kept: it is as large as what it says. */
const withoutText = (part: RecognisedPart): RecognisedPart => {
  if (part.use === 'netns' || part.use === 'log' || part.use === 'metrics') return part
  if (part.kind !== 'ztunnel-dump') return { ...part, text: '' }
  const ztunnel = part.ztunnel ?? decodeZtunnel(part.value, part.file.path)
  return { ...part, ztunnel, value: undefined, text: '' }
}

/** One Mesh from everything that was collected. */
export const decodeSnapshot = async (files: readonly InputFile[]): Promise<Mesh> => {
  const read: ReadFile[] = []
  for (const file of files) read.push(await readFile(file))
  requireAnything(read)
  return decodeMesh(read)
}

/** `unread` are proxies whose dumps are there and were not decoded for this answer. */
export const decodeMesh = (read: readonly ReadFile[], unread: Mesh['unread'] = []): Mesh => {
  const issues = read.flatMap(file => file.issues)
  const parts = read.flatMap(file => file.parts)
  const of = (use: RecognisedPart['use']) => parts.filter(part => part.use === use)
  const kubernetes = decodeKubernetes(of('kubernetes'), issues)
  const ztunnels = decodeZtunnels(of('ztunnel'), issues)
  const waypoints = decodeEnvoys(of('envoy'), issues)
  const netns = decodeAllNetns(of('netns'), namespacesOf(kubernetes, ztunnels))
  return {
    ztunnels,
    waypoints,
    netns,
    kubernetes,
    failures: of('metrics').flatMap(({ text, file }) => readFailureCounts(text, file.path)),
    logs: of('log').flatMap(({ text, file }) => readLog(text, file.path)),
    issues: [...issues, ...[...ztunnels, ...waypoints, ...netns].flatMap(part => part.issues)],
    takenAt: takenAtOf(parts),
    captures: capturesOf(parts),
    ...(unread.length > 0 && { unread }),
  }
}

/** Nothing to answer from: what is broken in the files is the likely cause, else the next step is to collect something. */
export const requireAnything = (read: readonly ReadFile[]): void => {
  if (read.some(({ parts }) => parts.some(({ use }) => use !== 'aside' && use !== 'metrics'))) return
  const issues = read.flatMap(file => file.issues)
  const broken = issues.filter(issue => issue.severity === 'error').map(({ file, found }) => `${file} ${found}`)
  const where = read.length === 1 ? read[0]?.file.path : `${read.length} files`
  throw new UserError('input', `nothing about a mesh in ${where}`, {
    next: broken.length > 0 ? broken.slice(0, 3) : collectFirst,
  })
}

const collectFirst = [
  'give a ztunnel or Envoy config dump, Kubernetes objects, iptables-save output, or a directory of them',
  'istioctl ztunnel-config all -o json > ztunnel.json saves a ztunnel; kubectl get pods,services -A -o json the objects',
]

const namespacesOf = (kubernetes: KubernetesObjects, ztunnels: readonly ZtunnelDump[]): ReadonlySet<string> =>
  new Set([
    ...kubernetes.of('Namespace').map(namespace => namespace.name),
    ...ztunnels.flatMap(dump => dump.workloads.map(workload => workload.namespace)),
  ])

/** The files of one folder are one network namespace. */
const decodeAllNetns = (parts: readonly RecognisedPart[], namespaces: ReadonlySet<string>): Mesh['netns'] => {
  const given = (part: RecognisedPart): string => part.file.place.slice(0, -1).join('/')
  const all = new Set(parts.map(given))
  const folders = new Map<string, RecognisedPart[]>()
  for (const part of parts) {
    const folder = namespaceFolder(given(part), nameOf(part.file), all)
    folders.set(folder, [...(folders.get(folder) ?? []), part])
  }
  return [...folders].map(([folder, found]) =>
    decodeNetns(
      netnsSubject(folder.split('/'), namespaces),
      found.map(({ file, kind, text }) => ({
        kind,
        family: familyOf(kind, nameOf(file), text),
        file: file.path,
        text,
      })),
    ),
  )
}
