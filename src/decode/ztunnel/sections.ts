import { type At, escapePointer, type Issues } from '#decode/json/at.ts'
import { noteRepeated } from '#decode/json/exact.ts'
import type {
  Authorization,
  CertificateEntry,
  PodState,
  Service,
  StagedService,
  Workload,
  ZtunnelRecordKind,
} from '#model/ztunnel.ts'
import { readAuthorization } from './authorization.ts'
import { readCertificateEntry } from './certificate.ts'
import { readPodState } from './pod.ts'
import { readEndpointMap, readService } from './service.ts'
import type { Vip } from './vip.ts'
import { readWorkload } from './workload.ts'

export interface Records {
  readonly workload: Workload
  readonly service: Service
  readonly policy: Authorization
  readonly certificate: CertificateEntry
  readonly pod: PodState
  readonly staged: StagedService
  readonly vip: Vip
}

export type RecordKind = keyof Records

type Readers = {
  readonly [K in Exclude<RecordKind, 'vip'>]: (at: At, key: string | undefined) => Records[K] | undefined
}

/** How one object of a section becomes a record; `key` is its key when the section is a map. */
export const recordReaders: Readers = {
  workload: readWorkload,
  service: readService,
  policy: readAuthorization,
  certificate: readCertificateEntry,
  pod: readPodState,
  staged: (at, service = '') => ({ service, endpoints: readEndpointMap(at, new Map()) }),
}

/** The members of a dump that are lists or maps of records, in any era (specs/ztunnel.md §3.1). */
const sections: Readonly<Record<string, RecordKind>> = {
  workloads: 'workload',
  by_uid: 'workload',
  by_addr: 'workload',
  services: 'service',
  servicesByHostname: 'service',
  by_host: 'service',
  by_vip: 'service',
  policies: 'policy',
  by_key: 'policy',
  certificates: 'certificate',
  workloadState: 'pod',
  stagedServices: 'staged',
  staged_services: 'staged',
  vips: 'vip',
}

export const sectionKind = (name: string): RecordKind | undefined =>
  Object.hasOwn(sections, name) ? sections[name] : undefined

/** Kinds of record that every dump should hold, under the name of their list. */
export const recordKinds = [
  ['workload', 'workloads'],
  ['service', 'services'],
  ['policy', 'policies'],
  ['certificate', 'certificates'],
] as const satisfies readonly (readonly [RecordKind, ZtunnelRecordKind])[]

/** Members that say nothing beyond the sections: indexes of them, or the input of a test set-up. */
export const redundant: ReadonlySet<string> = new Set([
  'staticConfig',
  'static_config',
  'static_workloads',
  'name_index',
  'by_hostname',
  'by_namespace',
  'workload_to_services',
  'workload_to_vip',
  'policies_by_namespace',
  'proxy_mode',
])

/** Two of ztunnel's stores have this member from 1.19 to 1.21, and no table needs either (specs/ztunnel.md §3.1). */
const printedTwice: ReadonlySet<string> = new Set(['by_hostname'])

/** Notes members of a dump that it has several times. */
export const noteRepeatedMembers = (issues: Issues, names: readonly string[]): void => {
  const odd = [...new Set(names)].filter(name => !printedTwice.has(name))
  noteRepeated(
    issues,
    '',
    odd.map(name => `/${escapePointer(name)}`),
  )
}
