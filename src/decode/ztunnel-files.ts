import type { DecodeIssue } from '#model/issue.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { nameOf } from './input.ts'
import type { RecognisedPart } from './parts.ts'
import { decodeZtunnel } from './ztunnel/dump.ts'
import { decodeLists } from './ztunnel/list.ts'

/**
 * The ztunnels of a snapshot, one dump each. Whole dumps go first; istioctl's lists of one folder are put together, and
 * count only where there is no whole dump.
 */
export const decodeZtunnels = (parts: readonly RecognisedPart[], issues: DecodeIssue[]): readonly ZtunnelDump[] => {
  const whole = parts.filter(part => part.kind === 'ztunnel-dump')
  const lists = parts.filter(part => part.kind === 'ztunnel-list')
  const dumps = oncePerZtunnel(
    whole.map(part => part.ztunnel ?? decodeZtunnel(part.value, part.file.path)),
    issues,
  )
  if (dumps.length === 0) return [...byFolder(lists)].map(([folder, found]) => decodeFolder(folder, found))
  for (const { file } of lists) issues.push(aside(file.path, 'a list of a ztunnel whose whole dump is here as well'))
  return dumps
}

/** The dump nearest to the top stands for a ztunnel that was saved several times. */
export const oncePerZtunnel = <D extends Identified>(dumps: readonly D[], issues: DecodeIssue[]): readonly D[] => {
  const found = new Map<string, D>()
  const depth = (dump: D) => dump.file.split('/').length
  for (const dump of [...dumps].sort((a, b) => depth(a) - depth(b))) {
    const key = identity(dump)
    const other = found.get(key)
    if (other === undefined) found.set(key, dump)
    else issues.push(aside(dump.file, `the ztunnel of node ${dump.config.localNode}, already read from ${other.file}`))
  }
  return dumps.filter(dump => found.get(identity(dump)) === dump)
}

type Identified = Pick<ZtunnelDump, 'file' | 'config'>

const identity = ({ config, file }: Identified): string =>
  config.localNode === undefined ? file : JSON.stringify([config.clusterId, config.network, config.localNode])

export const aside = (file: string, found: string): DecodeIssue => ({
  severity: 'note',
  file,
  at: '',
  expected: 'one dump of each ztunnel',
  found,
})

export const byFolder = (parts: readonly RecognisedPart[]): ReadonlyMap<string, readonly RecognisedPart[]> => {
  const folders = new Map<string, RecognisedPart[]>()
  for (const part of parts) {
    const folder = part.file.path.split('/').slice(0, -1).join('/')
    folders.set(folder, [...(folders.get(folder) ?? []), part])
  }
  return folders
}

const decodeFolder = (folder: string, parts: readonly RecognisedPart[]): ZtunnelDump => {
  const [first] = parts
  if (parts.length === 1 && first !== undefined)
    return decodeLists([{ value: first.value, pointer: '' }], first.file.path)
  return decodeLists(
    parts.map(part => ({ value: part.value, pointer: nameOf(part.file) })),
    folder === '' ? '.' : folder,
  )
}
