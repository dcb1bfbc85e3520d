import { describe, expect, it } from 'vitest'
import { decodeEnvoy, isAgentgatewayDump, isEnvoyConfigDump } from '#decode/envoy/dump.ts'

const admin = 'type.googleapis.com/envoy.admin.v3.'
const decode = (...configs: readonly object[]) => decodeEnvoy({ configDump: { configs } }, 'dump.json')

const bootstrap = (node: object) => ({ '@type': `${admin}BootstrapConfigDump`, bootstrap: { node } })

describe('decodeEnvoy', () => {
  it('names the waypoint, its Gateway and the version it runs', () => {
    const dump = decode(
      bootstrap({
        id: 'waypoint~10.1.3.9~wp-5f-x1.shop~shop.svc.cluster.local',
        metadata: { NAMESPACE: 'shop', LABELS: { 'gateway.networking.k8s.io/gateway-name': 'wp' } },
        user_agent_build_version: { version: { major_number: 1, minor_number: 38, patch: 3 } },
      }),
    )
    expect(dump.subject).toMatchObject({
      role: 'waypoint',
      pod: 'wp-5f-x1',
      namespace: 'shop',
      ip: '10.1.3.9',
      gateway: { kind: 'Gateway', namespace: 'shop', name: 'wp' },
    })
    expect(dump.server).toEqual({ text: '1.38.3', minor: 38, from: 'user_agent_build_version' })
  })

  it('tells an east-west gateway from a waypoint', () => {
    const labels = { 'gateway.istio.io/managed': 'istio.io-eastwest-controller' }
    const dump = decode(bootstrap({ id: 'waypoint~10.1.1.1~ew.istio-system~x', metadata: { LABELS: labels } }))
    expect(dump.subject.role).toBe('east-west')
  })

  it('derives the Envoy version from Istio, and says when it assumed one', () => {
    expect(decode(bootstrap({ metadata: { ISTIO_VERSION: '1.24.6' } })).server).toMatchObject({
      minor: 32,
      from: 'istio_version',
    })
    expect(decode().server.from).toBe('assumed')
  })

  it('keeps every state of a listener apart, a nameless rejection included', () => {
    const state = (version: string) => ({ version_info: version, listener: { name: 'main_internal' } })
    const dump = decode({
      '@type': `${admin}ListenersConfigDump`,
      dynamic_listeners: [
        { name: 'main_internal', active_state: state('1'), warming_state: state('2'), draining_state: state('0') },
        { error_state: { details: 'no ranges', failed_configuration: { name: 'x' } } },
      ],
    })
    expect(dump.listeners.map(({ state, version }) => [state, version])).toEqual([
      ['active', '1'],
      ['warming', '2'],
      ['draining', '0'],
      ['rejected', undefined],
    ])
    expect(dump.listeners[0]?.pointer).toBe('/configs/0/dynamic_listeners/0/active_state/listener')
    expect(dump.listeners[3]?.rejection?.details).toBe('no ranges')
  })

  it('knows that a dump without include_eds has no endpoints', () => {
    expect(decode({ '@type': `${admin}ListenersConfigDump` }).endpoints).toBeUndefined()
    expect(decode({ '@type': `${admin}EndpointsConfigDump` }).endpoints).toEqual([])
  })

  it('never keeps a private key', () => {
    const dump = decode({
      '@type': `${admin}SecretsConfigDump`,
      dynamic_active_secrets: [
        { name: 'default', secret: { tls_certificate: { private_key: { inline_bytes: 'c2VjcmV0' } } } },
      ],
    })
    expect(dump.secrets[0]?.name).toBe('default')
    expect(JSON.stringify(dump)).not.toContain('c2VjcmV0')
  })

  it("reads the control plane's lowerCamelCase form as Envoy's own, map keys and metadata untouched", () => {
    const dump = decode({
      '@type': `${admin}ClustersConfigDump`,
      versionInfo: '7',
      dynamicActiveClusters: [
        {
          versionInfo: '7',
          cluster: {
            name: 'c',
            connectTimeout: '10s',
            metadata: { filterMetadata: { istio: { someKey: 1 } } },
            typedExtensionProtocolOptions: { aB: { idleTimeout: '1s' } },
          },
        },
      ],
    })
    expect(dump.form).toBe('proto-json')
    expect(dump.clusters[0]).toMatchObject({
      state: 'active',
      version: '7',
      config: {
        connect_timeout: '10s',
        metadata: { filter_metadata: { istio: { someKey: 1 } } },
        typed_extension_protocol_options: { aB: { idle_timeout: '1s' } },
      },
    })
  })

  it('loses only the element that it cannot read', () => {
    const dump = decode({
      '@type': `${admin}ClustersConfigDump`,
      static_clusters: [{ cluster: 'x' }, { cluster: { name: 'ok' } }],
    })
    expect(dump.clusters.map(({ name }) => name)).toEqual(['ok'])
    expect(dump.issues[0]?.at).toBe('/configs/0/static_clusters/0/cluster')
  })

  it('reads the elements of a dump taken with resource=, and says that it is partial', () => {
    const dump = decode({
      '@type': `${admin}ListenersConfigDump.DynamicListener`,
      name: 'l',
      active_state: { listener: {} },
    })
    expect(dump.listeners).toHaveLength(1)
    expect(dump.partial).toBe(true)
  })

  it('adds live health from /clusters', () => {
    const clusters = {
      cluster_statuses: [
        {
          name: 'c',
          host_statuses: [
            {
              address: { socket_address: { address: '10.0.0.1', port_value: 80 } },
              health_status: { eds_health_status: 'HEALTHY', failed_outlier_check: true },
            },
          ],
        },
      ],
    }
    expect(decodeEnvoy({ clusters }, 'x').health?.get('c')?.[0]).toMatchObject({
      address: '10.0.0.1:80',
      healthy: false,
      flags: ['failed_outlier_check'],
    })
  })
})

it('recognises dumps by their shape', () => {
  expect(isEnvoyConfigDump({ configs: [{ '@type': `${admin}ListenersConfigDump` }] })).toBe(true)
  expect(isEnvoyConfigDump({ configs: [] })).toBe(false)
  expect(isAgentgatewayDump({ binds: [], policies: [] })).toBe(true)
})
