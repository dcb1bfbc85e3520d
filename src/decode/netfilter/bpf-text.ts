import type { Issues } from '#decode/json/at.ts'
import type { BpfEntry, BpfMap, BpfProgram, ProgramAttachment, TcFilter } from '#model/bpf.ts'
import type { Evidence } from '#model/evidence.ts'
import { filterPlace, mapName, programName } from './bpf.ts'
import { optional } from './ip/rule.ts'

const linesOf = (text: string, issues: Issues): readonly { readonly line: string; readonly evidence: Evidence }[] =>
  text.split('\n').map((line, index) => ({
    line: line.trim(),
    evidence: { from: 'rule', file: issues.file, line: index + 1, text: line.trim() },
  }))

/** `tc filter show dev DEV ingress` as text. A filter is listed twice, first without its program. */
export const readTcFilters = (text: string, issues: Issues): readonly TcFilter[] =>
  linesOf(text, issues).flatMap(({ line, evidence }) => {
    const [, place = '', protocol, preference, kind] = /^filter (.*?)protocol (\S+) pref (\d+) (\S+)/.exec(line) ?? []
    if (protocol === undefined || kind === undefined || !/ handle 0x/.test(line)) return []
    const named = filterPlace(issues.file)
    const [, direction] = /\b(ingress|egress)\b/.exec(place) ?? []
    const program = / handle 0x\w+ (\S+)/.exec(line)?.[1]
    const id = / id (\d+)/.exec(line)?.[1]
    return [
      {
        device: /\bdev (\S+)/.exec(place)?.[1] ?? named.device,
        direction: direction === 'ingress' || direction === 'egress' ? direction : named.direction,
        kind,
        protocol,
        preference: Number(preference),
        ...optional('program', kind === 'bpf' && program !== undefined ? programName(program) : undefined),
        ...optional('programId', id === undefined ? undefined : Number(id)),
        directAction: / direct-action\b/.test(line),
        evidence,
      },
    ]
  })

/** `bpftool net` as text: `vethzt(3) clsact/ingress NAME:[section] id 116`, or `tcx/ingress NAME prog_id 116`. */
export const readBpfNet = (text: string, issues: Issues): readonly ProgramAttachment[] => {
  let section = ''
  return linesOf(text, issues).flatMap(({ line, evidence }) => {
    section = /^(\w+):$/.exec(line)?.[1] ?? section
    const [, device, index, kind = '', name, id] =
      /^(\S+)\((\d+)\) (\S+)(?: (\S+))? (?:prog_)?id (\d+)/.exec(line) ?? []
    if (device === undefined) return []
    const at =
      section === 'xdp'
        ? 'xdp'
        : kind.endsWith('/ingress')
          ? 'tc-ingress'
          : kind.endsWith('/egress')
            ? 'tc-egress'
            : 'other'
    return [{ device, index: Number(index), at, program: programName(name ?? ''), id: Number(id), evidence }]
  })
}

/** `bpftool map dump` without type information: `key: 0a f4 01 0a  value: 04 00 …`. */
export const readBpfDump = (text: string, issues: Issues): readonly BpfMap[] => {
  const entries = [...text.matchAll(/key:\s*([0-9a-f\s]+?)\s*value:\s*((?:[0-9a-f]{2}\b\s*)+)/g)].map(
    ([, key = '', value = '']): BpfEntry => ({ key: bytesOf(key), value: bytesOf(value) }),
  )
  return [
    {
      name: mapName(issues.file),
      entries,
      evidence: { from: 'rule', file: issues.file, line: 1, text: 'key: value:' },
    },
  ]
}

const bytesOf = (text: string): readonly number[] =>
  text
    .trim()
    .split(/\s+/)
    .map(byte => Number.parseInt(byte, 16))

/** `bpftool prog show` as text: `113: sched_cls  name app_outbound  tag 12ff…`, with `map_ids 5,6` further down. */
export const readBpfPrograms = (text: string, issues: Issues): readonly BpfProgram[] => {
  const programs: BpfProgram[] = []
  for (const { line, evidence } of linesOf(text, issues)) {
    const [, id, type, name = ''] = /^(\d+): (\w+)(?:\s+name (\S+))?/.exec(line) ?? []
    if (id !== undefined && type !== undefined) {
      programs.push({
        id: Number(id),
        name,
        type,
        ...optional('tag', / tag (\S+)/.exec(line)?.[1]),
        mapIds: [],
        evidence,
      })
      continue
    }
    const maps = /\bmap_ids ([\d,]+)/.exec(line)?.[1]
    const last = maps === undefined ? undefined : programs.pop()
    if (last !== undefined && maps !== undefined) programs.push({ ...last, mapIds: maps.split(',').map(Number) })
  }
  return programs
}
