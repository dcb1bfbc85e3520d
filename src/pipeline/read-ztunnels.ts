import { readFiles } from '#collect/files.ts'
import { type InputFile, nameOf } from '#decode/input.ts'
import { BrokenScan } from '#decode/json/scan.ts'
import { decodeLarge } from '#decode/large.ts'
import { type RecognisedPart, readParts } from '#decode/parts.ts'
import { decodeKubernetes } from '#decode/snapshot.ts'
import { largeSource } from '#decode/ztunnel/large-source.ts'
import { dumpSource, listSource, type ZtunnelSource } from '#decode/ztunnel/source.ts'
import { aside, byFolder, oncePerZtunnel } from '#decode/ztunnel-files.ts'
import { UserError } from '#errors.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { KubernetesObjects } from '#model/kubernetes.ts'

export interface Ztunnels {
  readonly sources: readonly ZtunnelSource[]
  readonly kubernetes: KubernetesObjects
  /** What could not be read in files that are no ztunnel dumps, or of which another copy is used. */
  readonly issues: readonly DecodeIssue[]
}

/** The ztunnel dumps of files and directories, unread, and the Kubernetes objects beside them. */
export const readZtunnels = async (paths: readonly string[]): Promise<Ztunnels> => {
  const issues: DecodeIssue[] = []
  const parts: RecognisedPart[] = []
  const large: ZtunnelSource[] = []
  for (const file of await readFiles(paths)) {
    const source = await largeSourceOf(file)
    if (source === undefined) parts.push(...(await readParts(file, issues)))
    else large.push(source)
  }
  const sources = sourcesOf(parts, large, issues)
  if (sources.length === 0) throw noZtunnel(paths)
  return {
    sources,
    kubernetes: decodeKubernetes(
      parts.filter(({ use }) => use === 'kubernetes'),
      issues,
    ),
    issues,
  }
}

/** A broken file is left to `readParts`, which tells it in full. */
const largeSourceOf = async (file: InputFile): Promise<ZtunnelSource | undefined> => {
  const { content } = file
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

/** Whole dumps go first, each ztunnel once; istioctl's lists count where there is no whole dump. */
const sourcesOf = (
  parts: readonly RecognisedPart[],
  large: readonly ZtunnelSource[],
  issues: DecodeIssue[],
): readonly ZtunnelSource[] => {
  const whole = parts
    .filter(({ kind }) => kind === 'ztunnel-dump')
    .map(({ value, file }) => dumpSource(value, file.path))
  const lists = parts.filter(({ kind }) => kind === 'ztunnel-list')
  const all = [...whole, ...large].map(source => ({ source, file: source.file, config: source.facts.config }))
  if (all.length === 0) return [...byFolder(lists)].map(([folder, found]) => folderSource(folder, found))
  for (const { file } of lists) issues.push(aside(file.path, 'a list of a ztunnel whose whole dump is here as well'))
  return oncePerZtunnel(all, issues).map(({ source }) => source)
}

const folderSource = (folder: string, parts: readonly RecognisedPart[]): ZtunnelSource => {
  const [first, ...others] = parts
  const lists = parts.map(({ value, file }) => ({ value, pointer: others.length === 0 ? '' : nameOf(file) }))
  return listSource(lists, others.length === 0 && first !== undefined ? first.file.path : folder || '.')
}

const noZtunnel = (paths: readonly string[]): UserError =>
  new UserError('input', `no ztunnel dump in ${paths.join(', ')}`, {
    next: ['istioctl ztunnel-config all -o json saves one', 'so does GET /config_dump on port 15000 of the ztunnel'],
  })
