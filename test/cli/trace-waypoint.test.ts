import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { meshAround } from '../support/around-waypoint.ts'
import { ambientctl } from './ambientctl.ts'

const recorded = (name: string) => `fixtures/recorded/waypoint-1.30/${name}/config_dump.json.gz`

const reviews = { name: 'reviews', vip: '10.96.1.2', port: 9080, pods: ['10.244.1.11', '10.244.1.12', '10.244.1.13'] }
const around = meshAround([
  reviews,
  { name: 'ratings', vip: '10.96.1.3', port: 9080, pods: ['10.244.2.11'] },
  { name: 'grpcsvc', vip: '10.96.1.7', port: 9090, pods: ['10.244.7.11'] },
  { name: 'any', vip: '10.96.1.5', port: 7000, pods: ['10.244.5.11'] },
])

const trace = async (configuration: string, to: string, ...more: readonly string[]): Promise<string> => {
  const dump = configuration.includes('/') ? configuration : recorded(configuration)
  const args = ['trace', 'default/sleep-0', to, '--snapshot', around, '--snapshot', dump, ...more]
  const { code, out, err } = await ambientctl(args)
  expect(err).toBe('')
  expect(code).toBe(0)
  return out
}

test.each(['text', 'json', 'yaml', 'mermaid', 'dot'])('%s tells no credential of a request', async format => {
  const headers = ['authorization: Bearer CANARY-token', 'x-api-key: CANARY-key', 'cookie: sid=CANARY-session']
  const given = headers.flatMap(header => ['-H', header])
  const args = ['--snapshot', 'fixtures/demo', '--verbosity', 'detailed', '-o', format]
  const { code, out } = await ambientctl(['trace', 'deploy/web.shop', 'http://cart.shop/', ...given, ...args])
  expect(code).toBe(0)
  expect(out).not.toContain('CANARY')
  if (format === 'text')
    expect(out).toContain('authorization: Bearer [redacted]; x-api-key: [redacted]; cookie: sid=[redacted]')
})

test('nor what a policy asks for', async () => {
  const header = ['-H', 'x-token: abc', '--verbosity', 'detailed']
  const out = await trace('10-authz-when', 'http://reviews.default:9080/x', ...header)
  expect(out).toContain('header {"name":"x-token","string_match":{"exact":"[redacted]"}}')
  expect(out).not.toMatch(/"abc"|ABC2/)
})

describe('what the client sees of an answer of the waypoint', () => {
  test('a redirect with its location', async () => {
    const out = await trace('14-vs-rewrite-redirect', 'http://reviews.default:9080/r1/x')
    expect(out).toContain('route rd-uri (VirtualService default/reviews)')
    expect(out).toContain('client sees: HTTP 301 to http://new.example/moved')
  })

  test.each([
    ['19-grpcroute', 'grpc://grpcsvc.default:9090/nope.S/X', '12 UNIMPLEMENTED', 'waypoint-no-route'],
    ['19-grpcroute', 'grpc://grpcsvc.default:9090/pkg.Bad/X', '2 UNKNOWN', 'waypoint-no-cluster'],
    ['15-vs-faults', 'grpc://reviews.default:9080/abgrpc', '14 UNAVAILABLE', 'waypoint-fault'],
    ['06-authz-deny-service', 'grpc://reviews.default:9080/deny', '7 PERMISSION_DENIED', 'waypoint-rbac-denied'],
  ])('a gRPC status: %s %s is %s', async (configuration, to, status, code) => {
    const out = await trace(configuration, to)
    expect(out).toContain(code)
    expect(out).toContain(`client sees: HTTP 200, grpc-status ${status}`)
  })

  test('TLS that meets a chain of HTTP fails in its handshake', async () => {
    const out = await trace('14-vs-rewrite-redirect', 'https://reviews.default:9080/')
    expect(out).toContain('client sees: a TLS handshake that fails: the answer is HTTP 400 in clear text')
  })

  test('a refusal names the policies of which no rule matched', async () => {
    const out = await trace('05-authz-allow-gateway', 'http://reviews.default:9080/nothing-allows-this')
    expect(out).toContain('rbac: denied: no rule matched of AuthorizationPolicy default/')
    expect(out).toContain('answers 403 rbac_access_denied_matched_policy[none]')
  })

  test('a client that waits where the server would speak first', async () => {
    const out = await trace('20-tcp-tls-routes', 'tcp://any.default:7000')
    expect(out).toContain('AMBIGUOUS')
    expect(out).toContain('listener filters: wait for the first bytes of the client')
    expect(out).toContain('client sees: an open connection on which nothing arrives')
  })
})

describe('what the backend gets', () => {
  test('headers that the route sets and removes, and the new host', async () => {
    const out = await trace('14-vs-rewrite-redirect', 'http://reviews.default:9080/ops', '-H', 'x-rem: 1')
    expect(out).toContain('host reviews.default:9080 becomes hset.example (route)')
    expect(out).toMatch(/sets x-set: dest; x-add: a;/)
    expect(out).toContain('removes user-agent, x-rem')
  })

  test('headers whose values no dump tells by their formats, where it goes all the same', async () => {
    const dump = gunzipSync(readFileSync(recorded('14-vs-rewrite-redirect'))).toString()
    const changed = dump.replaceAll(/("key": "x-add",\s*"value": )"a"/g, '$1"t=%START_TIME(%s)%"')
    expect(changed).not.toBe(dump)
    const file = join(mkdtempSync(join(tmpdir(), 'ambientctl-test-')), 'config_dump.json')
    writeFileSync(file, changed)
    const out = await trace(file, 'http://reviews.default:9080/ops')
    expect(out).toContain('sets what no dump tells: x-add: t=%START_TIME(%s)%')
    expect(out).toMatch(/DELIVERED to default\/reviews-v\d-0/)
  })

  test('timeout and mirror in the summary, retries in detail', async () => {
    const timed = await trace('17-vs-retry-timeout-mirror', 'http://reviews.default:9080/to')
    expect(timed).toContain('times out after 0.2 s')
    expect(timed).not.toContain('retries')
    const mirrored = await trace('17-vs-retry-timeout-mirror', 'http://reviews.default:9080/mirror')
    expect(mirrored).toMatch(
      /┄ mirrors 100 % to cluster inbound-vip\|9080\|http\|ratings\.default\.svc\.cluster\.local, whose answer nobody sees/,
    )
    const detailed = await trace('17-vs-retry-timeout-mirror', 'http://reviews.default:9080/to', '--verbosity=detailed')
    expect(detailed).toMatch(/retries \d+ times on /)
  })

  test('a mirror is a side branch: its own way, no part of the verdict', async () => {
    const mirror = (...more: readonly string[]) =>
      trace('17-vs-retry-timeout-mirror', 'http://reviews.default:9080/mirror', ...more)
    const [, copy = ''] = /( ┄ mirrors 100 %.*?)\n 5 /s.exec(await mirror()) ?? []
    expect(copy).toMatch(/┄ +6 inbound .* to 10\.244\.2\.11:9080/)
    expect(copy).toMatch(/┄ +DELIVERED to default\/ratings-v1-0 10\.244\.2\.11:9080/)
    const { outcome, hops } = JSON.parse(await mirror('-o', 'json'))
    expect(outcome).toBe('delivered')
    const [aside] = hops.flatMap((hop: { aside?: readonly unknown[] }) => hop.aside ?? [])
    expect(aside).toMatchObject({ percent: 100, end: { kind: 'delivered', address: '10.244.2.11:9080' } })
    expect(await mirror('-o', 'mermaid')).toMatch(/n\d+ -\.->\|"mirrors 100 % to cluster/)
    expect(await mirror('-o', 'dot')).toMatch(/n\d+ -> n\d+ \[label="mirrors 100 %.*style=dashed\]/)
  })

  test('the same in JSON', async () => {
    const out = await trace('17-vs-retry-timeout-mirror', 'http://reviews.default:9080/to', '-o', 'json')
    const { hops } = JSON.parse(out) as { hops: { steps: { kind: string; detail: Record<string, unknown> }[] }[] }
    const upstream = hops.flatMap(({ steps }) => steps).find(({ kind }) => kind === 'upstream')?.detail
    expect(upstream).toMatchObject({ policy: { timeoutMs: 200, mirrors: [] }, changed: { set: [], removed: [] } })
  })
})

describe('the object that a step comes from', () => {
  test('is told by names and metadata of Envoy', async () => {
    expect(await trace('21-dr-subsets', 'http://reviews.default:9080/')).toContain('(DestinationRule default/reviews)')
    const extensions = await trace('28-wasm-trafficextension', 'http://reviews.default:9080/')
    expect(extensions).toContain('decides at run time (WasmPlugin default/w)')
    expect(extensions).toContain('decides at run time (TrafficExtension default/lua)')
  })

  test('is the route of a stream, which no configuration names', async () => {
    const virtualService = (name: string, port: number) => ({
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name, namespace: 'default' },
      spec: { hosts: ['tcpvs'], tcp: [{ match: [{ port }], route: [{ destination: { host: 'db2' } }] }] },
    })
    const snapshot = meshAround([{ name: 'tcpvs', vip: '10.96.1.12', port: 6000 }], {
      objects: [virtualService('tcpvs', 6000), virtualService('other-port', 6001)],
    })
    const files = [snapshot, recorded('20-tcp-tls-routes')].flatMap(file => ['--snapshot', file])
    const { out } = await ambientctl(['trace', 'default/sleep-0', 'tcp://10.96.1.12:6000', ...files])
    expect(out).toContain('cluster outbound|5432||db2.default.svc.cluster.local (VirtualService default/tcpvs)')
  })

  test('is the route of a share of the streams, also of the share that stays', async () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1alpha2',
      kind: 'TCPRoute',
      metadata: { name: 't', namespace: 'default' },
      spec: { parentRefs: [{ kind: 'Service', group: '', name: 'db' }] },
    }
    const db = { name: 'db', vip: '10.96.1.9', port: 5432, pods: ['10.244.4.11'] }
    const snapshot = meshAround([db], { objects: [route] })
    const files = [snapshot, recorded('20-tcp-tls-routes')].flatMap(file => ['--snapshot', file])
    const { out } = await ambientctl(['trace', 'default/sleep-0', 'tcp://10.96.1.9:5432', ...files])
    expect(out).toContain('cluster inbound-vip|5432|tcp|db.default.svc.cluster.local, 25 % (TCPRoute default/t)')
    expect(out).toContain('cluster outbound|5432||db2.default.svc.cluster.local, 75 % (TCPRoute default/t)')
  })

  test('is found among the objects where Envoy does not name it', async () => {
    const route = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'GRPCRoute' }
    const filter = { apiVersion: 'networking.istio.io/v1alpha3', kind: 'EnvoyFilter' }
    const patch = { operation: 'INSERT_BEFORE', value: { name: 'my.lua' } }
    const spec = { configPatches: [{ applyTo: 'HTTP_FILTER', patch }] }
    const objects = [
      { ...route, metadata: { name: 'g', namespace: 'default' }, spec: {} },
      { ...filter, metadata: { name: 'lua', namespace: 'default' }, spec },
      { ...filter, metadata: { name: 'not-for-this-namespace', namespace: 'elsewhere' }, spec },
    ]
    const snapshot = meshAround([reviews, { name: 'grpcsvc', vip: '10.96.1.7', port: 9090, pods: ['10.244.7.11'] }], {
      objects,
    })
    const told = async (configuration: string, to: string) =>
      (
        await ambientctl([
          'trace',
          'default/sleep-0',
          to,
          '--snapshot',
          snapshot,
          '--snapshot',
          recorded(configuration),
        ])
      ).out
    expect(await told('19-grpcroute', 'grpc://grpcsvc.default:9090/pkg.Svc/Do')).toContain('(GRPCRoute default/g)')
    expect(await told('27-envoyfilter', 'http://reviews.default:9080/')).toContain(
      'my.lua: decides at run time (EnvoyFilter default/lua)',
    )
  })
})

test('a refused token names the RequestAuthentication of its issuer', async () => {
  const metadata = { name: 'jwt', namespace: 'default' }
  const jwt = {
    apiVersion: 'security.istio.io/v1',
    kind: 'RequestAuthentication',
    metadata,
    spec: { jwtRules: [{ issuer: 'https://a.example' }] },
  }
  const other = { ...jwt, metadata: { ...metadata, name: 'other' }, spec: { jwtRules: [{ issuer: 'https://else' }] } }
  const args = ['trace', 'default/sleep-0', 'http://reviews.default:9080/', '-H', 'authorization: Bearer a']
  const snapshot = meshAround([reviews], { objects: [jwt, other] })
  const { out } = await ambientctl([...args, '--snapshot', snapshot, '--snapshot', recorded('11-jwt')])
  expect(out).toContain('jwt_authn: denied (RequestAuthentication default/jwt)')
  expect(out).toContain('client sees: HTTP 401 "Jwt is not in the form of')
})

test('a waypoint that is no Envoy is named as that, and no dump of it is asked for', async () => {
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'waypoint', namespace: 'default' },
    spec: { gatewayClassName: 'istio-agentgateway-waypoint' },
  }
  const snapshot = meshAround([reviews], { objects: [gateway] })
  const { out } = await ambientctl(['trace', 'default/sleep-0', 'http://reviews.default:9080/', '--snapshot', snapshot])
  expect(out).toContain('UNDETERMINED waypoint default/waypoint-5d8f7c9b8-abcde is no Envoy')
  expect(out).toContain('(istio-agentgateway-waypoint)')
})

test('of several pods of a waypoint each is a branch, and the one without a dump is assumed to be alike', async () => {
  const snapshot = meshAround([reviews], { waypoints: ['10.244.200.1', '10.244.200.2'] })
  const { out } = await ambientctl([
    'trace',
    'default/sleep-0',
    'http://reviews.default:9080/',
    '--snapshot',
    snapshot,
    '--snapshot',
    recorded('01-plain'),
  ])
  expect(out).toMatch(/2 branches: one endpoint is drawn/)
  expect(out).toMatch(/50 % .*10\.244\.200\.1.*50 % .*10\.244\.200\.2/)
  expect(out).toContain('waypoint default/waypoint-5d8f7c9b8-1 is configured as the other pod of its Gateway')
})

test('a route without a cluster is told only to the request that takes it', async () => {
  expect(await trace('19-grpcroute', 'grpc://grpcsvc.default:9090/pkg.Bad/X')).toContain('why  AMB039')
  expect(await trace('19-grpcroute', 'grpc://grpcsvc.default:9090/pkg.Svc/Do')).not.toContain('AMB039')
})

test('weights and percentages are told apart', async () => {
  expect(await trace('13-vs-match', 'http://reviews.default:9080/weights')).toMatch(
    /2 branches: a cluster is drawn by weight\n.*10 % inbound-vip\|9080\|http\/v1\|.*90 % inbound-vip\|9080\|http\/v2\|/,
  )
  expect(await trace('15-vs-faults', 'http://reviews.default:9080/ab50')).toContain('2 branches: a percentage decides')
})

test('why a pod that is called by its address has no waypoint', async () => {
  const snapshot = 'fixtures/recorded/mesh-1.30/scenario-00-base'
  const { out } = await ambientctl(['trace', 'shop/web', 'http://10.244.0.36:8080/', '--snapshot', snapshot])
  expect(out).toMatch(
    /workload shop\/cart-\S+ has no waypoint: Gateway shop\/waypoint is for service traffic only, asked for by Namespace shop\n/,
  )
})

describe('a filter whose decision no dump shows', () => {
  test('is named with its waypoint, its policy and whom it asks, and what follows if it passes with what the client then sees', async () => {
    const out = await trace('08-authz-custom', 'http://reviews.default:9080/check')
    expect(out).toMatch(
      /UNDETERMINED envoy\.filters\.http\.ext_authz decides at run time \(waypoint default\/waypoint-/,
    )
    expect(out).toContain(
      'decides at run time, asks outbound|8000||ext-authz.default.svc.cluster.local (AuthorizationPolicy default/ext)',
    )
    expect(out).toMatch(/┆ +DELIVERED to default\/reviews-v1-0 .*\n +┆ +client sees: the response of the application/)
  })

  test('is named once where it stands in both listeners', async () => {
    const out = await trace('27-envoyfilter', 'http://reviews.default:9080/a')
    expect(out.match(/my\.lua decides at run time \(waypoint/g)).toHaveLength(1)
  })
})

test('branches of a percentage are never shown as one', async () => {
  const out = await trace('15-vs-faults', 'http://reviews.default:9080/de25')
  expect(out).toMatch(/├ 25 % inbound-vip\S+ with DI\n/)
  expect(out).toMatch(/├ 75 % inbound-vip\S+\n/)
})

test('branches that end differently say each what the client sees', async () => {
  const out = await trace('15-vs-faults', 'http://reviews.default:9080/ab50')
  expect(out).toMatch(/├ 50 % 418 fault_filter_abort/)
  expect(out).toMatch(/├ 50 % inbound-vip\|9080/)
  const seen = out.split('\n').filter(line => line.includes('client sees:'))
  expect(seen.length).toBeGreaterThan(1)
  for (const line of seen) expect(line).toMatch(/^ +│/)
})

test('a gateway whose first decision is a draw begins with its socket, and says that it goes past a waypoint', async () => {
  const snapshot = 'fixtures/recorded/mesh-1.30/scenario-22-ingress'
  const base = 'fixtures/recorded/mesh-1.30/scenario-00-base/k8s'
  const args = ['trace', 'ingress/edge-istio', 'http://cart.example.com/admin', '--snapshot', base]
  const { code, out } = await ambientctl([...args, '--snapshot', snapshot])
  expect(code).toBe(0)
  expect(out).toMatch(/1 gateway +gateway ingress\/edge-istio-\S+ +10\.244\.0\.123:80 is listened on/)
  expect(out).toMatch(/2 branches: one endpoint is drawn/)
  expect(out).toMatch(
    /mind {2}AMB006 .*\n.*HTTPRoute shop\/edge-cart sends requests of a gateway to Service shop\/cart/,
  )
  const client = ['trace', 'deploy/web.shop', 'http://cart.shop/admin', '--snapshot', base]
  const { out: inMesh } = await ambientctl([...client, '--snapshot', snapshot])
  expect(inMesh).toContain('shop/cart')
  expect(inMesh).not.toContain('AMB006')
})
