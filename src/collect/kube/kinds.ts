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
  /** Only objects with these fields say something: `type`, `metadata.name`. */
  readonly fields?: Readonly<Record<string, string>>
  /** The same objects under another group: where the cluster serves that, this is not asked for. */
  readonly insteadOf?: Kind
  /** What an answer cannot say without it. */
  readonly costs: string
}

const istioNetworking = { group: 'networking.istio.io', versions: ['v1', 'v1beta1', 'v1alpha3'] } as const
const istioSecurity = { group: 'security.istio.io', versions: ['v1', 'v1beta1'] } as const
const gatewayApi = { group: 'gateway.networking.k8s.io', versions: ['v1', 'v1beta1', 'v1alpha2'] } as const
const core = { group: '', versions: ['v1'] } as const
const apps = { group: 'apps', versions: ['v1'] } as const
const notModelled = { costs: 'that a policy which is not evaluated selects a pod' } as const
const adminPolicy = { group: 'policy.networking.k8s.io', versions: ['v1alpha1'], ...notModelled } as const
const cilium = {
  group: 'cilium.io',
  versions: ['v2'],
  costs: 'that a policy which is not evaluated selects a pod, and that probes are denied',
} as const

const calico = { group: 'crd.projectcalico.org', versions: ['v1'] } as const
const calicoKinds: readonly Kind[] = [
  { ...calico, ...notModelled, kind: 'NetworkPolicy', plural: 'networkpolicies' },
  { ...calico, ...notModelled, kind: 'GlobalNetworkPolicy', plural: 'globalnetworkpolicies', clusterScoped: true },
  {
    ...calico,
    kind: 'FelixConfiguration',
    plural: 'felixconfigurations',
    clusterScoped: true,
    costs: 'whether Calico loses the replies to probes',
  },
]

/** Through Calico's own API server, or where it keeps its objects under their public group. */
const calicoInstead: readonly Kind[] = calicoKinds.map(kind => ({
  ...kind,
  group: 'projectcalico.org',
  versions: ['v3'],
  insteadOf: kind,
}))

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
  { ...apps, kind: 'DaemonSet', plural: 'daemonsets', costs: 'settings of ztunnel, istio-cni and the CNI' },
  { ...apps, kind: 'Deployment', plural: 'deployments', costs: 'why a waypoint has no pods' },
  {
    ...core,
    kind: 'Event',
    plural: 'events',
    fields: { type: 'Warning' },
    costs: 'probes that time out, mounts and pods that are refused',
  },
  {
    ...core,
    kind: 'ConfigMap',
    plural: 'configmaps',
    fields: { 'metadata.name': 'cilium-config' },
    costs: 'whether Cilium loses the replies to probes',
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
  {
    group: 'admissionregistration.k8s.io',
    versions: ['v1'],
    kind: 'MutatingWebhookConfiguration',
    plural: 'mutatingwebhookconfigurations',
    clusterScoped: true,
    costs: 'which tags of revisions there are',
  },
  { ...adminPolicy, kind: 'AdminNetworkPolicy', plural: 'adminnetworkpolicies', clusterScoped: true },
  { ...adminPolicy, kind: 'BaselineAdminNetworkPolicy', plural: 'baselineadminnetworkpolicies', clusterScoped: true },
  {
    ...adminPolicy,
    versions: ['v1alpha2'],
    kind: 'ClusterNetworkPolicy',
    plural: 'clusternetworkpolicies',
    clusterScoped: true,
  },
  { ...cilium, kind: 'CiliumNetworkPolicy', plural: 'ciliumnetworkpolicies' },
  {
    ...cilium,
    kind: 'CiliumClusterwideNetworkPolicy',
    plural: 'ciliumclusterwidenetworkpolicies',
    clusterScoped: true,
  },
  ...calicoKinds,
  ...calicoInstead,
  {
    group: 'operator.openshift.io',
    versions: ['v1'],
    kind: 'Network',
    plural: 'networks',
    clusterScoped: true,
    costs: 'whether OVN-Kubernetes loses the replies to probes',
  },
]

export const kindNamed = (name: string): Kind => {
  const found = kinds.find(({ kind }) => kind === name)
  if (found === undefined) throw new Error(`no kind ${name} is known`)
  return found
}

/** The plural, with the group where another kind has it first: `networkpolicies.crd.projectcalico.org`. */
export const listName = (kind: Kind): string =>
  kinds.find(({ plural }) => plural === kind.plural) === kind ? kind.plural : `${kind.plural}.${kind.group}`

/** Who asks for one name needs the right to that name only. */
export const rightToList = ({ group, plural, fields }: Kind, namespace?: string): Right => ({
  verbs: ['list'],
  group,
  resource: plural,
  name: fields?.['metadata.name'],
  ...(namespace !== undefined && { namespace }),
})
