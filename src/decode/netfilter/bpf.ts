import { At, asObject, type Issues } from '#decode/json/at.ts'
import type { BpfEntry, BpfMap, BpfProgram, ProgramAttachment, TcFilter } from '#model/bpf.ts'
import { optional } from './ip/rule.ts'

type Part = Partial<{
  readonly maps: readonly BpfMap[]
  readonly programs: readonly BpfProgram[]
  readonly attachments: readonly ProgramAttachment[]
  readonly filters: readonly TcFilter[]
}>

/** `bpftool -j` of maps, programs and attachments, and `tc -j filter`, told apart by their members. */
export const readBpf = (value: unknown, issues: Issues): Part => {
  const rows = (Array.isArray(value) ? value : []).flatMap((entry, index) => {
    const members = asObject(entry)
    return members === undefined ? [] : [new At(members, issues, `/${index}`)]
  })
  const [first] = rows
  if (first === undefined) return {}
  if (first.has('tc') || first.has('xdp')) return { attachments: rows.flatMap(attachmentsOf) }
  if (first.has('key') && first.has('value')) return { maps: [dumpedMap(rows, issues.file)] }
  if (first.has('bytes_key')) return { maps: rows.flatMap(listedMap) }
  if (first.has('tag')) return { programs: rows.flatMap(programOf) }
  return first.has('pref') ? { filters: rows.flatMap(filterOf) } : {}
}

const evidenceOf = (at: At) => ({ from: 'dump', file: at.issues.file, pointer: at.pointer }) as const

/**
 * The dump does not say which map it is; the file's name does: `bpftool-map-app_info.json`. What bpftool prints without
 * `-j` has numbers in the order of the machine instead of bytes, and is not used.
 */
const dumpedMap = (rows: readonly At[], file: string): BpfMap => {
  const entries = rows.map(entryOf)
  const complete = entries.every(entry => entry !== undefined)
  if (!complete) rows[0]?.wrong('key', 'bytes such as "0x0a", as bpftool -j prints them', 'note')
  return {
    name: mapName(file),
    entries: complete ? entries : undefined,
    evidence: { from: 'dump', file, pointer: '' },
  }
}

/** A dump does not say which map it is. */
export const mapName = (file: string): string => /([A-Za-z]\w*)\.\w+$/.exec(file)?.[1] ?? ''

const entryOf = (at: At): BpfEntry | undefined => {
  const key = bytesOf(at.raw('key'))
  const value = bytesOf(at.raw('value'))
  return key === undefined || value === undefined ? undefined : { key, value }
}

const bytesOf = (value: unknown): readonly number[] | undefined => {
  if (!Array.isArray(value)) return undefined
  const bytes = value.map(Number)
  return bytes.every(byte => Number.isInteger(byte) && byte >= 0 && byte <= 255) ? bytes : undefined
}

const listedMap = (at: At): readonly BpfMap[] => {
  const name = at.text('name')
  if (name === undefined) return []
  return [
    {
      name,
      ...optional('id', at.number('id')),
      ...optional('type', at.text('type')),
      entries: undefined,
      evidence: evidenceOf(at),
    },
  ]
}

const programOf = (at: At): readonly BpfProgram[] => {
  const id = at.number('id')
  if (id === undefined) return []
  return [
    {
      id,
      name: at.text('name') ?? '',
      type: at.text('type') ?? '',
      ...optional('tag', at.text('tag')),
      mapIds: at.numbers('map_ids'),
      evidence: evidenceOf(at),
    },
  ]
}

const attachmentsOf = (at: At): readonly ProgramAttachment[] => [
  ...at.objects('tc').flatMap(attachmentOf),
  ...at.objects('xdp').flatMap(attachmentOf),
]

const attachmentOf = (at: At): readonly ProgramAttachment[] => {
  const device = at.text('devname')
  const index = at.number('ifindex')
  if (device === undefined || index === undefined) return []
  const kind = at.text('kind') ?? ''
  const place = kind.endsWith('/ingress') || kind === 'tcx/ingress' ? 'tc-ingress' : 'other'
  return [
    {
      device,
      index,
      at: kind.endsWith('egress') ? 'tc-egress' : place === 'other' && at.pointer.includes('/xdp/') ? 'xdp' : place,
      program: programName(at.text('name') ?? ''),
      ...optional('id', at.number('id')),
      evidence: evidenceOf(at),
    },
  ]
}

/** `app_outbound:[*fsobj]` names the program and the section it was loaded from. */
export const programName = (name: string): string => name.replace(/:\[.*\]$/, '')

/** Device and direction where only the file's name tells them: `tc-veth1-ingress.json`. */
export const filterPlace = (file: string): Pick<TcFilter, 'device' | 'direction'> => {
  const [, device, direction] = /tc-(?:filter-)?(.+)-(ingress|egress)\.\w+$/.exec(file.replace(/^.*\//, '')) ?? []
  return { device, direction: direction === 'ingress' || direction === 'egress' ? direction : undefined }
}

/** A filter is listed twice, first without its options. */
const filterOf = (at: At): readonly TcFilter[] => {
  const options = at.object('options')
  const kind = at.text('kind')
  if (options === undefined || kind === undefined) return []
  const named = filterPlace(at.issues.file)
  const program = options.text('bpf_name') ?? options.object('prog')?.text('name')
  return [
    {
      device: at.text('dev') ?? named.device,
      direction: named.direction,
      kind,
      protocol: at.text('protocol') ?? 'all',
      preference: at.number('pref') ?? 0,
      ...optional('program', program === undefined ? undefined : programName(program)),
      ...optional('programId', options.object('prog')?.number('id')),
      directAction: options.flag('direct-action') === true,
      evidence: evidenceOf(at),
    },
  ]
}
