import { At, asObject, Issues } from '#decode/json/at.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { ZtunnelDump, ZtunnelRecordKind } from '#model/ztunnel.ts'
import { readConfig } from './config.ts'
import { Draft } from './draft.ts'
import type { RecordKind } from './sections.ts'
import { newestMinor } from './version.ts'

type ListKind = Exclude<RecordKind, 'staged' | 'vip'>

/** Members that tell the records of one of istioctl's lists apart. */
const signs: Readonly<Record<ListKind, readonly (readonly string[])[]>> = {
  workload: [
    ['workloadIps', 'protocol'],
    ['workloadIp', 'protocol'],
  ],
  service: [
    ['hostname', 'endpoints'],
    ['hostname', 'vips'],
  ],
  policy: [
    ['scope', 'action', 'rules'],
    ['scope', 'action', 'groups'],
  ],
  certificate: [
    ['identity', 'certChain'],
    ['identity', 'ca_cert'],
  ],
  pod: [
    ['state', 'connections'],
    ['state', 'info'],
  ],
}

const kinds = Object.keys(signs) as readonly ListKind[]

/** What a list holds, by its first element; undefined when it is none of istioctl's. */
export const listKind = (value: unknown): ListKind | undefined => {
  const first = Array.isArray(value) ? asObject(value[0]) : undefined
  if (first === undefined) return undefined
  return kinds.find(kind => signs[kind].some(names => names.every(name => Object.hasOwn(first, name))))
}

export interface ListFile {
  readonly value: unknown
  /** Pointer prefix of its records: empty, or the file's name when several lists make one dump. */
  readonly pointer: string
}

/** What istioctl's structs cannot hold and so drop (specs/istioctl.md §2.1, defect 1). */
const lossy = [
  'networkMode, nativeTunnel and services of workloads',
  'HBONE ports of waypoints and gateways',
  'weighted waypoints',
  'status of endpoints',
  'dry-run marks of policies',
  'uids of pods',
  'configuration and version',
]

/** One ztunnel from the lists that `istioctl ztunnel-config … -o json|yaml` printed of it; `file` names them all. */
export const decodeLists = (lists: readonly ListFile[], file: string): ZtunnelDump => {
  const drafts = new Map<ListKind, Draft>()
  const issues: DecodeIssue[] = []
  for (const { value, pointer } of lists) {
    const kind = listKind(value)
    if (kind === undefined || !Array.isArray(value)) continue
    const draft = new Draft(file)
    draft.begin(pointer, kind, 'array')
    for (const [index, element] of value.entries()) draft.element(pointer, index, element)
    drafts.set(kind, draft)
  }
  const taken = <K extends ListKind>(kind: K) => {
    const found = new Issues(file)
    const draft = drafts.get(kind)
    const records = draft === undefined ? [] : [...draft.outline.keys()].flatMap(name => draft.take(name, kind, found))
    issues.push(...found.list)
    return records
  }
  const missing: [ListKind, ZtunnelRecordKind][] = [
    ['workload', 'workloads'],
    ['service', 'services'],
    ['policy', 'policies'],
    ['certificate', 'certificates'],
  ]
  return {
    file,
    era: 'list',
    version: { minor: newestMinor, range: [22, newestMinor], from: 'shape' },
    lost: lossy,
    missing: [...missing.filter(([kind]) => !drafts.has(kind)).map(([, name]) => name), 'config'],
    workloads: taken('workload'),
    services: taken('service'),
    policies: taken('policy'),
    stagedServices: [],
    certificates: taken('certificate'),
    pods: drafts.has('pod') ? taken('pod') : undefined,
    config: readConfig(new At({}, new Issues(file)), newestMinor),
    build: {},
    unread: {},
    issues,
  }
}
