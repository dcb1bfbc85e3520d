import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A Service that asks for the waypoint, in the words of the recorded configurations (specs/waypoint-measured.md §1). */
interface Attached {
  readonly name: string
  readonly vip: string
  readonly port: number
  /** Pods behind it, which declare their port. */
  readonly pods?: readonly string[]
  readonly targetPort?: number
}

const uid = (name: string) => `Kubernetes//Pod/default/${name}`

const workload = (name: string, ip: string, serviceAccount: string, protocol: 'HBONE' | 'TCP') => ({
  uid: uid(name),
  name,
  namespace: 'default',
  serviceAccount,
  trustDomain: 'cluster.local',
  node: 'node1',
  protocol,
  status: 'Healthy',
  networkMode: 'Standard',
  workloadIps: [ip],
  workloadName: serviceAccount,
  workloadType: 'deployment',
  canonicalName: serviceAccount,
  clusterId: 'Kubernetes',
})

const service = (name: string, vip: string, ports: Readonly<Record<string, number>>, pods: readonly string[]) => ({
  name,
  namespace: 'default',
  hostname: `${name}.default.svc.cluster.local`,
  vips: [`/${vip}`],
  ports,
  endpoints: Object.fromEntries(
    pods.map(pod => [uid(pod), { workloadUid: uid(pod), port: ports, status: 'Healthy' }] as const),
  ),
})

const pod = (name: string, ip: string, serviceAccount: string, ports: readonly number[], labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'default',
    labels,
    annotations: name.startsWith('waypoint') ? {} : { 'ambient.istio.io/redirection': 'enabled' },
  },
  spec: {
    nodeName: 'node1',
    serviceAccountName: serviceAccount,
    containers: [{ name: 'app', ports: ports.map(containerPort => ({ containerPort })) }],
  },
  status: { phase: 'Running', podIPs: [{ ip }], conditions: [{ type: 'Ready', status: 'True' }] },
})

export const waypointAddress = '10.244.200.1'

/**
 * A snapshot of the mesh around a recorded waypoint `default/waypoint`: the client `default/sleep-0`, Services, their pods and
 * the ztunnel that serves them. `waypoints` are the addresses of its pods; more objects may be given.
 */
export const meshAround = (
  services: readonly Attached[],
  {
    waypoints = [waypointAddress],
    objects = [],
    network = '',
  }: { waypoints?: readonly string[]; objects?: readonly object[]; network?: string } = {},
): string => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
  const waypointPods = waypoints.map((ip, index) => ({
    name: index === 0 ? 'waypoint-5d8f7c9b8-abcde' : `waypoint-5d8f7c9b8-${index}`,
    ip,
  }))
  const served = services.flatMap(({ pods = [], name, targetPort, port }) =>
    pods.map((ip, index) => ({ name: `${name}-v1-${index}`, ip, account: name, port: targetPort ?? port })),
  )
  const dump = {
    config: { localNode: 'node1', network, clusterDomain: 'cluster.local', dnsProxy: true },
    policies: [],
    workloads: [
      workload('sleep-0', '10.244.9.1', 'sleep', 'HBONE'),
      ...waypointPods.map(({ name, ip }) => workload(name, ip, 'waypoint', 'TCP')),
      ...served.map(({ name, ip, account }) => workload(name, ip, account, 'HBONE')),
    ].map(each => ({ ...each, network })),
    services: [
      service(
        'waypoint',
        '10.96.200.1',
        { 15008: 15008 },
        waypointPods.map(({ name }) => name),
      ),
      ...services.map(({ name, vip, port, targetPort, pods = [] }) => ({
        ...service(
          name,
          vip,
          { [port]: targetPort ?? port },
          pods.map((_, index) => `${name}-v1-${index}`),
        ),
        waypoint: { destination: 'default/waypoint.default.svc.cluster.local', hboneMtlsPort: 15008 },
      })),
    ],
  }
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'waypoint' }
  const items = [
    pod('sleep-0', '10.244.9.1', 'sleep', []),
    ...waypointPods.map(({ name, ip }) => pod(name, ip, 'waypoint', [15008], labels)),
    ...served.map(({ name, ip, account, port }) => pod(name, ip, account, [port])),
    ...objects,
  ]
  writeFileSync(join(folder, 'ztunnel.json'), JSON.stringify(dump))
  writeFileSync(join(folder, 'objects.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  return folder
}
