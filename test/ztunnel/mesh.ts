import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { behaviourOf } from '#ztunnel/behaviour.ts'
import { indexZtunnel, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'

type Members = Readonly<Record<string, unknown>>
export type Named = Readonly<Record<string, Members>>

/** Records as in a config dump of today, by any name; what is left out takes the usual value. */
export interface MeshText {
  readonly config?: Members
  readonly workloads?: Named
  readonly services?: Named
  readonly policies?: Named
  readonly stagedServices?: Members
}

/** An index over a mesh written by hand, behaving as the given release. */
export const indexOf = (mesh: MeshText, version = '1.31.0'): ZtunnelIndex => {
  const [, minor, patch] = version.split('.').map(Number)
  return indexZtunnel(dumpOf(mesh), behaviourOf({ minor: minor ?? 31, patch: patch ?? 0 }))
}

export const dumpOf = ({
  config = {},
  workloads = {},
  services = {},
  policies = {},
  stagedServices = {},
}: MeshText): ZtunnelDump => {
  const dump = decodeZtunnel(
    {
      certificates: [],
      config: {
        network: '',
        illegalPorts: [15008, 15006, 15001],
        localhostAppTunnel: true,
        ipv6Enabled: true,
        ...config,
      },
      policies: Object.entries(policies).map(([name, policy]) => ({ name, dryRun: false, ...policy })),
      services: Object.entries(services).map(([name, service]) => completeService(name, service)),
      stagedServices,
      version: { version: '1.31.0', istioVersion: '1.31.0' },
      workloads: Object.entries(workloads).map(([name, workload]) => completeWorkload(name, workload)),
    },
    'mesh.json',
  )
  const [issue] = dump.issues
  if (issue !== undefined) throw new Error(`${issue.at}: expected ${issue.expected}, found ${issue.found}`)
  return dump
}

const completeWorkload = (name: string, workload: Members): Members => ({
  uid: name,
  name,
  namespace: '',
  serviceAccount: 'default',
  trustDomain: 'cluster.local',
  protocol: 'TCP',
  networkMode: 'Standard',
  status: 'Healthy',
  clusterId: 'Kubernetes',
  capacity: 1,
  ...workload,
})

/** `endpoints` may be a list of uids, or a map from uid to port map. */
const completeService = (name: string, { endpoints = [], ...service }: Members): Members => ({
  name,
  namespace: '',
  subjectAltNames: [],
  canonical: false,
  visibility: 'Public',
  ...service,
  endpoints: Object.fromEntries(
    (Array.isArray(endpoints)
      ? endpoints.map((uid: string) => [uid, {}] as const)
      : Object.entries(endpoints as Record<string, unknown>)
    ).map(([workloadUid, port]) => [workloadUid, { workloadUid, port, status: 'Healthy' }]),
  ),
})
