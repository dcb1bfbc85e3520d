import type { Right } from './right.ts'

/** A kind of object that says something about a mesh, and where the API has it. */
export interface Kind {
  readonly kind: string
  readonly group: string
  /** The newest first: the first that the cluster serves is read. */
  readonly versions: readonly string[]
  readonly plural: string
  /** Belongs to no namespace. */
  readonly clusterScoped?: true
  /** What an answer cannot say without it. */
  readonly costs: string
}

const istioNetworking = { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'] } as const
const istioSecurity = { group: 'security.istio.io', versions: ['v1', 'v1beta1'] } as const
const gatewayApi = { group: 'gateway.networking.k8s.io', versions: ['v1', 'v1beta1', 'v1alpha2'] } as const
const core = { group: '', versions: ['v1'] } as const

/** In the order in which they are asked for. Secrets are never read. */
export const kinds: readonly Kind[] = [
  { ...core, kind: 'Pod', plural: 'pods', costs: 'nothing can be found: neither ztunnels, waypoints nor applications' },
  { ...core, kind: 'Namespace', plural: 'namespaces', clusterScoped: true, costs: 'which namespaces are in the mesh' },
  { ...core, kind: 'Node', plural: 'nodes', clusterScoped: true, costs: 'requests from and to node addresses' },
  { ...core, kind: 'Service', plural: 'services', costs: 'names and addresses of services, the way without the mesh' },
  { ...core, kind: 'ServiceAccount', plural: 'serviceaccounts', costs: 'waypoints that service accounts name' },
  {
    group: 'discovery.k8s.io',
    versions: ['v1'],
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    costs: 'endpoints of services without the mesh',
  },
  {
    group: 'networking.k8s.io',
    versions: ['v1'],
    kind: 'NetworkPolicy',
    plural: 'networkpolicies',
    costs: 'what network policies refuse',
  },
  {
    group: 'apps',
    versions: ['v1'],
    kind: 'DaemonSet',
    plural: 'daemonsets',
    costs: 'settings of ztunnel and istio-cni',
  },
  { ...gatewayApi, kind: 'GatewayClass', plural: 'gatewayclasses', clusterScoped: true, costs: 'who serves a Gateway' },
  { ...gatewayApi, kind: 'Gateway', plural: 'gateways', costs: 'why a waypoint is used, or not' },
  { ...gatewayApi, kind: 'HTTPRoute', plural: 'httproutes', costs: 'which object a route comes from' },
  { ...gatewayApi, kind: 'GRPCRoute', plural: 'grpcroutes', costs: 'which object a route comes from' },
  { ...gatewayApi, kind: 'TCPRoute', plural: 'tcproutes', costs: 'which object a route comes from' },
  { ...gatewayApi, kind: 'TLSRoute', plural: 'tlsroutes', costs: 'which object a route comes from' },
  { ...gatewayApi, kind: 'ReferenceGrant', plural: 'referencegrants', costs: 'why a route is not accepted' },
  {
    ...istioSecurity,
    kind: 'AuthorizationPolicy',
    plural: 'authorizationpolicies',
    costs: 'which object a rule comes from',
  },
  {
    ...istioSecurity,
    kind: 'PeerAuthentication',
    plural: 'peerauthentications',
    costs: 'where strict mTLS comes from',
  },
  {
    ...istioSecurity,
    kind: 'RequestAuthentication',
    plural: 'requestauthentications',
    costs: 'where a JWT rule comes from',
  },
  { ...istioNetworking, kind: 'ServiceEntry', plural: 'serviceentries', costs: 'which object a host comes from' },
  { ...istioNetworking, kind: 'WorkloadEntry', plural: 'workloadentries', costs: 'workloads that are no pods' },
  {
    ...istioNetworking,
    kind: 'DestinationRule',
    plural: 'destinationrules',
    costs: 'which object a setting comes from',
  },
  { ...istioNetworking, kind: 'VirtualService', plural: 'virtualservices', costs: 'which object a route comes from' },
  { ...istioNetworking, kind: 'EnvoyFilter', plural: 'envoyfilters', costs: 'which filter was put in by hand' },
  { ...istioNetworking, kind: 'Sidecar', plural: 'sidecars', costs: 'sidecars beside the mesh' },
  {
    group: 'telemetry.istio.io',
    versions: ['v1', 'v1alpha1'],
    kind: 'Telemetry',
    plural: 'telemetries',
    costs: 'where access logs are set',
  },
  {
    group: 'extensions.istio.io',
    versions: ['v1alpha1'],
    kind: 'WasmPlugin',
    plural: 'wasmplugins',
    costs: 'which filter was put in by hand',
  },
]

export const kindNamed = (name: string): Kind => {
  const found = kinds.find(({ kind }) => kind === name)
  if (found === undefined) throw new Error(`no kind ${name} is known`)
  return found
}

export const rightToList = ({ group, plural }: Kind, namespace?: string): Right => ({
  verbs: ['list'],
  group,
  resource: plural,
  ...(namespace !== undefined && { namespace }),
})
