import { At, asObject, Issues } from '#decode/json/at.ts'
import type { Service, ZtunnelDump } from '#model/ztunnel.ts'
import { readConfig } from './config.ts'
import { Draft, unreadable } from './draft.ts'
import { recordKinds } from './sections.ts'
import { newestMinor } from './version.ts'

type ListKind = 'workload' | 'service' | 'policy' | 'certificate' | 'pod'

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

/**
 * One ztunnel from the lists that `istioctl ztunnel-config … -o json|yaml` printed of it; `file` names them all. Its
 * policies are damaged: whether one is a dry run was lost, so that no decision can rest on it.
 */
export const decodeLists = (lists: readonly ListFile[], file: string): ZtunnelDump => {
  const draft = new Draft(file)
  const issues = new Issues(file)
  const sections = new Map<ListKind, string>()
  for (const { value, pointer } of lists) {
    const kind = listKind(value)
    if (kind === undefined || !Array.isArray(value)) continue
    sections.set(kind, pointer)
    draft.begin(pointer, kind, 'array')
    for (const [index, element] of value.entries()) draft.element(pointer, index, element)
  }
  const taken = <K extends ListKind>(kind: K) => {
    const section = sections.get(kind)
    return section === undefined ? [] : draft.take(section, kind, issues)
  }
  const workloads = taken('workload')
  const unhealthy = new Set(workloads.filter(({ status }) => status === 'Unhealthy').map(({ uid }) => uid))
  return {
    file,
    era: 'list',
    version: { minor: newestMinor, range: [22, newestMinor], from: 'shape' },
    lost: lossy,
    missing: [...recordKinds.filter(([kind]) => !sections.has(kind)).map(([, name]) => name), 'config'],
    unreadable: unreadable(draft, kind => sections.get(kind as ListKind)),
    workloads,
    services: taken('service').map(service => withStatus(service, unhealthy)),
    policies: taken('policy').map(policy => ({ ...policy, damaged: true })),
    stagedServices: [],
    certificates: taken('certificate'),
    pods: sections.has('pod') ? taken('pod') : undefined,
    config: readConfig(new At({}, issues), newestMinor),
    build: {},
    unread: {},
    issues: issues.list,
  }
}

/** An endpoint's status is that of its workload; the list of workloads still has it. */
const withStatus = (service: Service, unhealthy: ReadonlySet<string>): Service => {
  const endpoints = service.endpoints.map(endpoint =>
    unhealthy.has(endpoint.workloadUid) ? { ...endpoint, status: 'Unhealthy' as const } : endpoint,
  )
  return { ...service, endpoints }
}
