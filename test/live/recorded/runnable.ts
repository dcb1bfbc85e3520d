import { accessLog } from '../envoy/access-log.ts'
import { filter, type Json } from '../envoy/json.ts'

/** Where a configuration listens, and what else it needs to run with files of a test instead of a control plane. */
export interface Runnable {
  readonly configuration: Json
  readonly files: Readonly<Record<string, string>>
  readonly address: string
}

type Section = Readonly<Record<string, unknown>>

const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : [])

/** Extensions that only Istio's own build has. */
const ofIstio = /^(stats\.PluginConfig|istio\.|io\.istio\.|envoy\.tcp\.metadataexchange\.)/

const typeOf = ({ typed_config, config_discovery }: Json): string => {
  if (config_discovery !== undefined) return 'istio.discovered'
  const { '@type': type, type_url: wrapped } = (typed_config ?? {}) as { '@type'?: string; type_url?: string }
  return `${wrapped ?? type ?? ''}`.replace(/^.*\//, '')
}

const kept = (filters: unknown): readonly Json[] => listOf(filters).filter(each => !ofIstio.test(typeOf(each)))

/** Every object below `value`, changed from the leaves up. */
const rewrite = (value: unknown, change: (object: Json) => Json): unknown => {
  if (Array.isArray(value)) return value.map(each => rewrite(each, change))
  if (typeof value !== 'object' || value === null) return value
  return change(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rewrite(each, change)])))
}

const filterLists = ['http_filters', 'filters', 'listener_filters'] as const

const withoutIstio = (object: Json): Json => {
  const made: Json = { ...object }
  for (const list of filterLists) if (made[list] !== undefined) made[list] = kept(made[list])
  if (made.factory_key === 'istio.hashable_string') made.factory_key = 'envoy.string'
  if (`${made.object_key}`.startsWith('io.istio.')) made.factory_key ??= 'envoy.string'
  // What has no weight is shown with zero, which Envoy does not take.
  if (made.load_balancing_weight === 0) delete made.load_balancing_weight
  // Secrets come from the static list.
  delete made.sds_config
  return made
}

const numbered = (routeConfig: unknown): unknown => {
  const { virtual_hosts, ...rest } = (routeConfig ?? {}) as Json
  return {
    ...rest,
    virtual_hosts: listOf(virtual_hosts).map((host, at) => ({
      ...host,
      routes: listOf(host.routes).map((route, index) => ({
        ...route,
        name: `${`${route.name ?? ''}`.replace(/@@[\d.]+$/, '')}@@${at}.${index}`,
      })),
    })),
  }
}

const requestNumber: Json = {
  object_key: 'amb.id',
  shared_with_upstream: 'TRANSITIVE',
  factory_key: 'envoy.string',
  format_string: { text_format_source: { inline_string: '%REQ(X-AMB-ID)%' } },
}

const numbersRequests = filter('amb_id', 'extensions.filters.http.set_filter_state.v3.Config', {
  on_request_headers: [requestNumber],
})

const manager = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const streams = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'

const networkFilter = (listener: string, own: Json): Json => {
  const type = typeOf(own)
  const { tracing: _, access_log: __, ...config } = (own.typed_config ?? {}) as Json
  if (type === streams) return { ...own, typed_config: { ...config, access_log: accessLog(`T:${listener}`) } }
  if (type !== manager) return own
  return {
    ...own,
    typed_config: {
      ...config,
      access_log: accessLog(`H:${listener}`),
      ...(config.route_config === undefined || listener !== 'main_internal'
        ? {}
        : { route_config: numbered(config.route_config) }),
      ...(listener === 'connect_terminate'
        ? { http_filters: [numbersRequests, ...withoutNumber(config.http_filters)] }
        : {}),
    },
  }
}

const withoutNumber = (filters: unknown): readonly Json[] =>
  rewrite(listOf(filters), object =>
    object.on_request_headers === undefined
      ? object
      : {
          ...object,
          on_request_headers: listOf(object.on_request_headers).filter(({ object_key }) => object_key !== 'amb.id'),
        },
  ) as readonly Json[]

const chain = (listener: string, own: unknown): Json => {
  const made = own as Json
  return { ...made, filters: listOf(made.filters).map(each => networkFilter(listener, each)) }
}

const listener = (own: Json, address: string): Json => {
  const name = `${own.name}`
  const { access_log: _, default_filter_chain: last, bind_to_port: __, ...rest } = own
  return {
    ...rest,
    access_log: accessLog(`L:${name}`),
    filter_chains: listOf(own.filter_chains).map(each => chain(name, each)),
    ...(last === undefined ? {} : { default_filter_chain: chain(name, last) }),
    ...(name === 'connect_terminate'
      ? { address: { socket_address: { address, port_value: 15008 } }, additional_addresses: [] }
      : {}),
  }
}

/** An Any's type says nothing where a field has one type only. */
const untyped = ({ '@type': _, ...own }: Json): Json => own

const isEds = ({ type }: Json): boolean => type === 'EDS'

const cluster = (own: Json, index: number): Json =>
  isEds(own)
    ? {
        ...own,
        eds_cluster_config: {
          ...(own.eds_cluster_config as Json),
          eds_config: { path_config_source: { path: `./endpoints-${index}.json` }, resource_api_version: 'V3' },
        },
      }
    : own

const assignmentOf = (sections: readonly Section[], name: string): Json | undefined =>
  sections
    .flatMap(section => listOf(section.dynamic_endpoint_configs))
    .map(({ endpoint_config }) => (endpoint_config ?? {}) as Json)
    .find(({ cluster_name }) => cluster_name === name)

const assignment = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'

const endpointFiles = (sections: readonly Section[], clusters: readonly Json[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    clusters.flatMap((own, index) => {
      if (!isEds(own)) return []
      const cluster_name = serviceName(own)
      const known = assignmentOf(sections, cluster_name) ?? { cluster_name }
      const resources = [{ ...known, '@type': assignment }]
      return [[`endpoints-${index}.json`, JSON.stringify({ version_info: '1', resources })]]
    }),
  )

const activeOf = (entry: Json): Json => ((entry.active_state as Json | undefined)?.listener ?? entry.listener) as Json

const secretNames = (value: unknown): { readonly certificates: Set<string>; readonly roots: Set<string> } => {
  const certificates = new Set<string>()
  const roots = new Set<string>()
  rewrite(value, object => {
    for (const { name } of listOf(object.tls_certificate_sds_secret_configs)) certificates.add(`${name}`)
    const root = object.validation_context_sds_secret_config as Json | undefined
    if (root?.name !== undefined) roots.add(`${root.name}`)
    return object
  })
  return { certificates, roots }
}

const secretsFor = (value: unknown): readonly Json[] => {
  const { certificates, roots } = secretNames(value)
  const own = { certificate_chain: { filename: 'waypoint.crt' }, private_key: { filename: 'waypoint.key' } }
  return [
    ...[...certificates].map(name => ({ name, tls_certificate: own })),
    ...[...roots].map(name => ({ name, validation_context: { trusted_ca: { filename: 'ca.crt' } } })),
  ]
}

const nodeOf = (sections: readonly Section[]): Json => {
  const bootstrap = sections.find(({ bootstrap }) => bootstrap !== undefined)?.bootstrap as Json | undefined
  const { id, cluster: own, metadata, locality } = (bootstrap?.node ?? {}) as Json
  return { id, cluster: own, metadata, ...(locality === undefined ? {} : { locality }) }
}

const unique = (resources: readonly Json[]): readonly Json[] => [
  ...new Map(resources.map(resource => [`${resource.name}`, resource])).values(),
]

export const resolverPort = 5353

const resolver = filter(
  'envoy.network.dns_resolver.cares',
  'extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
  { resolvers: [{ socket_address: { address: '127.0.0.1', port_value: resolverPort } }] },
)

/** The waypoint of a dump for a stock Envoy: without Istio's own extensions, with files for what istiod would send. */
export const runnable = (dump: { readonly configs: readonly Section[] }): Runnable => {
  const sections = rewrite(dump.configs, withoutIstio) as readonly Section[]
  const node = nodeOf(sections)
  const address = `${node.id}`.split('~')[1] ?? '127.0.0.1'
  const clusters = unique(
    sections.flatMap(section =>
      [...listOf(section.static_clusters), ...listOf(section.dynamic_active_clusters)].map(
        entry => entry.cluster as Json,
      ),
    ),
  ).map((each, index) => cluster(untyped(each), index))
  const listeners = unique(
    sections.flatMap(section =>
      [...listOf(section.static_listeners), ...listOf(section.dynamic_listeners)].map(activeOf).filter(Boolean),
    ),
  ).map(each => listener(untyped(each), address))
  return {
    address,
    files: endpointFiles(sections, clusters),
    configuration: {
      node,
      admin: { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } },
      bootstrap_extensions: [
        filter('envoy.bootstrap.internal_listener', 'extensions.bootstrap.internal_listener.v3.InternalListener'),
      ],
      typed_dns_resolver_config: resolver,
      layered_runtime: {
        layers: [{ name: 'static', static_layer: { 'envoy.features.enable_all_deprecated_features': true } }],
      },
      static_resources: { listeners, clusters, secrets: secretsFor([listeners, clusters]) },
    },
  }
}

const serviceName = (own: Json): string => {
  const named = (own.eds_cluster_config as Json | undefined)?.service_name
  return `${named ?? own.name}`
}
