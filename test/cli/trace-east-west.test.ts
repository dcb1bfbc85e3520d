import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { meshAround } from '../support/around-waypoint.ts'
import { ambientctl } from './ambientctl.ts'

const recorded = (name: string) => `fixtures/recorded/waypoint-1.30/${name}/config_dump.json.gz`
const gateway = recorded('39-eastwest-gateway')

const remoteWorkload = {
  uid: 'east//Pod/default/reviews-v1-0',
  name: 'reviews-v1-0',
  namespace: 'default',
  serviceAccount: 'reviews',
  trustDomain: 'cluster.local',
  network: 'network-1',
  protocol: 'HBONE',
  status: 'Healthy',
  networkMode: 'Standard',
  workloadIps: [],
  networkGateway: { destination: 'network-1/198.51.100.9', hboneMtlsPort: 15008 },
  clusterId: 'east',
}

/** A cluster in network-2 whose Service `reviews` has its only endpoint in network-1. */
const west = ({
  subjectAltNames = ['spiffe://cluster.local/ns/default/sa/waypoint'] as readonly string[],
} = {}): string => {
  const client = {
    ...remoteWorkload,
    uid: 'west//Pod/west/client-0',
    name: 'client-0',
    namespace: 'west',
    serviceAccount: 'client',
    network: 'network-2',
    node: 'west1',
    workloadIps: ['10.10.0.5'],
    networkGateway: undefined,
  }
  const eastwest = {
    ...client,
    uid: 'east/SplitHorizonWorkload/istio-system/eastwest/198.51.100.9/network-1',
    name: 'eastwest',
    namespace: 'istio-system',
    serviceAccount: 'eastwest',
    network: 'network-1',
    node: '',
    workloadIps: ['198.51.100.9'],
  }
  const service = (name: string, vip: string, endpoint: typeof remoteWorkload) => ({
    name,
    namespace: 'default',
    hostname: `${name}.default.svc.cluster.local`,
    vips: [`network-2/${vip}`],
    ports: { 9080: 9080 },
    subjectAltNames,
    endpoints: { [endpoint.uid]: { workloadUid: endpoint.uid, port: { 9080: 9080 }, status: 'Healthy' } },
  })
  const direct = {
    ...remoteWorkload,
    uid: 'east//Pod/default/direct-v1-0',
    name: 'direct-v1-0',
    serviceAccount: 'direct',
  }
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
  const dump = {
    config: { localNode: 'west1', network: 'network-2', clusterDomain: 'cluster.local', dnsProxy: true },
    version: { version: '1.30.3' },
    policies: [],
    workloads: [client, eastwest, remoteWorkload, direct],
    services: [service('reviews', '10.96.77.2', remoteWorkload), service('direct', '10.96.77.3', direct)],
  }
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client-0', namespace: 'west', annotations: { 'ambient.istio.io/redirection': 'enabled' } },
    spec: { nodeName: 'west1', serviceAccountName: 'client', containers: [{ name: 'app' }] },
    status: { phase: 'Running', podIPs: [{ ip: '10.10.0.5' }] },
  }
  writeFileSync(join(folder, 'ztunnel.json'), JSON.stringify(dump))
  writeFileSync(join(folder, 'pods.json'), JSON.stringify(pod))
  return folder
}

const trace = async (to: string, ...snapshots: readonly string[]): Promise<string> => {
  const files = snapshots.flatMap(file => ['--snapshot', file])
  const { code, out, err } = await ambientctl(['trace', 'west/client-0', to, ...files])
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

const reviews = 'http://10.96.77.2:9080/'
const direct = 'http://10.96.77.3:9080/'

/** The gateway of network-1 has its address outside from a Service. */
const metadata = { name: 'eastwest', namespace: 'istio-system' }
const gatewayService = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { clusterIP: '10.96.200.9', selector: { app: 'eastwest' }, ports: [{ name: 'mesh', port: 15008 }] },
  status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } },
}
const gatewaySlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'eastwest' } },
  ports: [{ name: 'mesh', port: 15008 }],
  endpoints: [{ addresses: ['10.244.200.9'], conditions: { ready: true } }],
}

/** The recorded waypoint, with the endpoint of `reviews` in the other network as istiod sends it (specs/waypoint.md §2.3). */
const waypointOfTwoNetworks = (): string => {
  const dump = JSON.parse(gunzipSync(readFileSync(recorded('01-plain'))).toString())
  const target = 'reviews.default.svc.cluster.local:9080'
  const endpoint = {
    endpoint: {
      address: {
        envoy_internal_address: { server_listener_name: 'inner_connect_originate', endpoint_id: '198.51.100.9:15008' },
      },
    },
    health_status: 'HEALTHY',
    metadata: {
      filter_metadata: {
        'envoy.filters.listener.original_dst': { local: '198.51.100.9:15008' },
        istio: { double_hbone: { hbone_target_address: target } },
      },
    },
  }
  for (const { dynamic_endpoint_configs = [] } of dump.configs)
    for (const { endpoint_config } of dynamic_endpoint_configs)
      if (endpoint_config.cluster_name === 'inbound-vip|9080|http|reviews.default.svc.cluster.local')
        endpoint_config.endpoints = [{ locality: {}, lb_endpoints: [endpoint] }]
  const file = join(mkdtempSync(join(tmpdir(), 'ambientctl-')), 'waypoint.json')
  writeFileSync(file, JSON.stringify(dump))
  return file
}

test('a waypoint sends a double tunnel to the gateway of another network, by itself', async () => {
  const here = meshAround([{ name: 'reviews', vip: '10.96.1.2', port: 9080 }])
  const { out } = await ambientctl([
    'trace',
    'default/sleep-0',
    'http://reviews.default:9080/',
    ...[here, waypointOfTwoNetworks()].flatMap(file => ['--snapshot', file]),
  ])
  expect(out).toContain('DOUBLEHBONE to 198.51.100.9:15008 for reviews.default.svc.cluster.local:9080')
  expect(out.replace(/\s+/g, ' ')).toContain(
    'UNDETERMINED what happens in the other network at 198.51.100.9:15008 (for reviews.default.svc.cluster.local:9080): add a snapshot of its cluster',
  )
})

test('what breaks off behind that gateway is an answer of the waypoint to the client', async () => {
  const here = meshAround([{ name: 'reviews', vip: '10.96.1.2', port: 9080 }], {
    objects: [gatewayService, gatewaySlice],
  })
  const files = [here, waypointOfTwoNetworks(), gateway].flatMap(file => ['--snapshot', file])
  const { out } = await ambientctl(['trace', 'default/sleep-0', 'http://reviews.default:9080/', ...files])
  expect(out).toMatch(/gateway istio-system\/eastwest-\S+ +main_internal: chain inbound-vip\|9080\|tcp\|reviews/)
  expect(out).toContain('REJECTED tunnel-refused by gateway istio-system/eastwest')
  expect(out).toContain('client sees: HTTP 503')
})

describe('a double tunnel through the gateway of another network', () => {
  test('ends where nothing of the other cluster is known, and names what is missing', async () => {
    const out = await trace(reviews, west())
    expect(out).toContain('DOUBLEHBONE to 198.51.100.9:15008 for reviews.default.svc.cluster.local:9080')
    expect(out.replace(/\s+/g, ' ')).toContain(
      'UNDETERMINED what happens in the other network at 198.51.100.9:15008 (network network-1, for reviews.default.svc.cluster.local:9080): add a snapshot of its cluster, with the config_dump of its east-west gateway',
    )
  })

  test('goes to the waypoint of the service, whose dump is asked for', async () => {
    const out = await trace(reviews, west(), gateway)
    expect(out).toMatch(
      /gateway +gateway istio-system\/eastwest-\S+ +main_internal: chain inbound-vip\|15008\|tcp\|waypoint/,
    )
    expect(out).toContain('198.51.100.9 → istio-system/eastwest')
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /UNDETERMINED what happens in the other network at 10\.244\.200\.1:15008 \(behind istio-system\/eastwest-\S+\)/,
    )
  })

  test('goes on through the waypoint behind it to the pod', async () => {
    const east = meshAround([{ name: 'reviews', vip: '10.96.1.2', port: 9080, pods: ['10.244.1.11'] }], {
      network: 'network-1',
    })
    const out = await trace(reviews, west(), gateway, east, recorded('33-multinetwork'))
    expect(out).toMatch(/gateway .*eastwest/)
    expect(out).toMatch(
      /waypoint +waypoint default\/waypoint-\S+ +main_internal: chain inbound-vip\|9080\|http\|reviews/,
    )
    expect(out).toContain('DELIVERED to default/reviews-v1-0 10.244.1.11:9080')
    expect(out).toContain('spiffe://cluster.local/ns/default/sa/waypoint')
  })

  test('asks for the ztunnel behind it: that of the client does not stand in', async () => {
    const east = meshAround([{ name: 'reviews', vip: '10.96.1.2', port: 9080, pods: ['10.244.1.11'] }], {
      network: 'network-1',
    })
    const objects = join(east, 'objects.json')
    const out = await trace(reviews, west(), gateway, objects, recorded('33-multinetwork'))
    expect(out).toMatch(/UNDETERMINED no ztunnel config_dump of node node1: add it with --snapshot/)
  })

  test('breaks off at an endpoint that takes no HBONE', async () => {
    const out = await trace(direct, west(), gateway)
    expect(out).toContain('REJECTED tunnel-refused by gateway istio-system/eastwest')
    expect(out).toContain('client sees: a connection that opens, then is reset or closed without an answer')
  })

  test('finds the gateway by the Service that has the address outside', async () => {
    const east = meshAround([], { network: 'network-1', objects: [gatewayService, gatewaySlice] })
    const out = await trace(reviews, west(), gateway, east)
    expect(out).toMatch(/gateway istio-system\/eastwest-\S+ +main_internal: chain inbound-vip\|15008/)
    expect(out).toContain('kube-proxy has programmed Service istio-system/eastwest')
    expect(out).not.toContain('no address outside is known')
  })

  test('needs an identity that may answer for the service', async () => {
    const out = await trace(reviews, west({ subjectAltNames: [] }), gateway)
    expect(out.replace(/\s+/g, ' ')).toContain(
      'UNDETERMINED which identities may answer for reviews.default.svc.cluster.local in the other network',
    )
  })
})
