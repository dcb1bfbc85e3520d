import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Format, waypointLines } from './waypoint-tables.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-'))
afterAll(() => rmSync(folder, { recursive: true }))

const type = (name: string) => `type.googleapis.com/envoy.${name}`
const canary = (place: string) => `CANARY-${place}`
const base64 = (text: string) => Buffer.from(text).toString('base64')

const symmetricKeys = JSON.stringify({ keys: [{ kty: 'oct', kid: 'k1', k: canary('symmetric-key') }] })

const chain = {
  name: 'c',
  transport_socket: {
    name: 'tls',
    typed_config: {
      '@type': type('extensions.transport_sockets.tls.v3.DownstreamTlsContext'),
      common_tls_context: { tls_certificates: [{ private_key: { inline_string: canary('listener-key') } }] },
    },
  },
  filters: [
    {
      name: 'envoy.filters.network.http_connection_manager',
      typed_config: {
        '@type': type('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'),
        http_filters: [
          {
            name: 'basic',
            typed_config: {
              '@type': type('extensions.filters.http.basic_auth.v3.BasicAuth'),
              users: { inline_string: `alice:${canary('hash')}` },
            },
          },
          {
            name: 'keys',
            typed_config: {
              '@type': type('extensions.filters.http.api_key_auth.v3.ApiKeyAuth'),
              credentials: [{ key: canary('api-key'), client: 'alice' }],
            },
          },
          {
            name: 'aws',
            typed_config: {
              '@type': type('extensions.filters.http.aws_request_signing.v3.AwsRequestSigning'),
              credential_provider: { inline_credential: { access_key_id: 'id', secret_access_key: canary('aws') } },
            },
          },
          {
            name: 'wrapped',
            typed_config: {
              '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct',
              type_url: type('extensions.filters.http.basic_auth.v3.BasicAuth'),
              value: { users: { inline_string: `bob:${canary('wrapped-hash')}` } },
            },
          },
          {
            name: 'wasm',
            typed_config: {
              '@type': type('extensions.filters.http.wasm.v3.Wasm'),
              config: {
                configuration: {
                  '@type': 'type.googleapis.com/google.protobuf.StringValue',
                  value: JSON.stringify({ client_secret: canary('wasm-json') }),
                },
                vm_config: { environment_variables: { key_values: { API_TOKEN: canary('variable') } } },
              },
            },
          },
          {
            name: 'ask',
            typed_config: {
              '@type': type('extensions.filters.http.ext_authz.v3.ExtAuthz'),
              http_service: {
                server_uri: { uri: `http://u:${canary('url-password')}@authz/check?access_token=${canary('query')}` },
                authorization_request: {
                  headers_to_add: [{ key: 'x-api-key', value: canary('authz-header') }],
                },
              },
            },
          },
          {
            name: 'rules',
            typed_config: {
              '@type': type('extensions.filters.http.rbac.v3.RBAC'),
              rules: {
                policies: {
                  'ns[a]-policy[p]-rule[0]': {
                    permissions: [
                      { header: { name: 'x-api-key', string_match: { exact: canary('wanted-key') } } },
                      { header: { name: 'cookie', safe_regex_match: { regex: '(^|; )user=jason' } } },
                      { header: { name: 'Authorization', exact_match: `Bearer ${canary('bearer')}` } },
                    ],
                    principals: [{ any: true }],
                  },
                },
              },
            },
          },
          {
            name: 'jwt',
            typed_config: {
              '@type': type('extensions.filters.http.jwt_authn.v3.JwtAuthentication'),
              providers: {
                a: { issuer: 'i', local_jwks: { inline_string: symmetricKeys } },
                b: { issuer: 'j', local_jwks: { inline_bytes: base64(symmetricKeys) } },
              },
            },
          },
        ],
        route_config: {
          virtual_hosts: [
            {
              name: 'v',
              domains: ['*'],
              request_headers_to_add: [
                { header: { key: 'Authorization', value: `Bearer ${canary('header-token')}` } },
                { header: { key: 'X-Api-Key', value: canary('added-key') } },
                { header: { key: 'x-client-token', value: '%REQ(x-token)%' } },
              ],
              response_headers_to_add: [{ header: { key: 'set-cookie', value: `sid=${canary('set')}; Path=/` } }],
              routes: [
                {
                  match: {
                    prefix: '/',
                    query_parameters: [{ name: 'token', string_match: { exact: canary('parameter') } }],
                    headers: [{ name: 'X-Auth-Token', prefix_match: canary('matcher') }],
                  },
                  route: { cluster: 'x' },
                },
              ],
            },
          ],
        },
      },
    },
  ],
}

const refused = { '@type': type('config.listener.v3.Listener'), name: 'l2', filter_chains: [chain] }
const dump = {
  configs: [
    {
      '@type': type('admin.v3.BootstrapConfigDump'),
      bootstrap: {
        node: { id: 'waypoint~10.0.0.1~wp.ns~ns.svc.cluster.local', metadata: {} },
        static_resources: {
          secrets: [{ name: 's', tls_certificate: { private_key: { inline_bytes: base64(canary('static')) } } }],
        },
      },
    },
    {
      '@type': type('admin.v3.ListenersConfigDump'),
      dynamic_listeners: [
        { name: 'l', active_state: { listener: { ...refused, name: 'l' } } },
        { name: 'l2', error_state: { failed_configuration: refused, details: 'no' } },
      ],
    },
    {
      '@type': type('admin.v3.SecretsConfigDump'),
      dynamic_active_secrets: [
        { name: 'a', secret: { name: 'a', tls_certificate: { private_key: { inline_string: canary('active-key') } } } },
        { name: 'g', secret: { name: 'g', generic_secret: { secret: { inline_string: canary('generic') } } } },
        { name: 't', secret: { name: 't', session_ticket_keys: { keys: [{ inline_string: canary('ticket') }] } } },
        { name: 'p', secret: { name: 'p', tls_certificate: { password: { inline_string: canary('password') } } } },
      ],
      dynamic_warming_secrets: [
        { name: 'w', secret: { name: 'w', tlsCertificate: { privateKey: { inlineString: canary('camel-key') } } } },
      ],
    },
    {
      '@type': type('admin.v3.ClustersConfigDump'),
      dynamic_active_clusters: [
        {
          cluster: {
            '@type': type('config.cluster.v3.Cluster'),
            name: 'x',
            transport_socket: { typed_config: { tls_certificates: [{ pkcs12: { inline_bytes: canary('pkcs12') } }] } },
          },
        },
      ],
    },
  ],
}
const file = join(folder, 'config_dump.json')
writeFileSync(file, JSON.stringify(dump))

const formats: readonly Format[] = ['text', 'wide', 'name', 'csv', 'ndjson', 'json', 'yaml']

test.each(formats)('no key, password or token leaves by %s', async format => {
  for (const table of ['all', 'listeners', 'filters', 'policies', 'secrets', 'clusters', 'bootstrap', 'routes']) {
    const text = (await waypointLines({ snapshot: file, table, format })).join('\n')
    expect(text).not.toContain('CANARY')
    expect(text).not.toContain(base64('CANARY').slice(0, 6))
  }
})

test('what is left out is marked, and everything around it stays', async () => {
  const json = JSON.parse((await waypointLines({ snapshot: file, format: 'json' })).join('\n'))
  expect(json.configs[2].dynamic_active_secrets[0]).toEqual({
    name: 'a',
    secret: { name: 'a', tls_certificate: { private_key: { inline_string: '[redacted]' } } },
  })
  const listeners = JSON.stringify(json.configs[1])
  expect(listeners).toContain('Bearer [redacted]')
  expect(listeners).toContain('%REQ(x-token)%')
  expect(listeners).toContain('"set-cookie","value":"sid=[redacted]; Path=/"')
  expect(listeners).toContain('http://u:[redacted]@authz/check?access_token=[redacted]')
  expect(json.configs).toHaveLength(dump.configs.length)
})

test('policies and routes tell which header they ask for, not what opens the door', async () => {
  const policies = (await waypointLines({ snapshot: file, table: 'policies' })).join('\n')
  expect(policies).toContain('x-api-key=[redacted]')
  expect(policies).toContain('cookie=~(^|; )user=jason')
  expect(policies).toContain('Authorization=Bearer [redacted]')
})
