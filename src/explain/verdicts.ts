import type { MissingKind, Outcome } from '#trace/trace.ts'
import { traceInDetail, type Words } from './entry.ts'

/** How a trace can end. */
export const verdicts: Readonly<Record<Outcome, Words>> = {
  delivered: {
    title: 'The request reaches an application',
    means: 'Every decision on the way lets it pass; what the application answers is its own affair.',
    next: [traceInDetail],
  },
  rejected: {
    title: 'The request is refused on the way',
    means: 'The trace names who refuses, the code, and what the client sees. The code has its own explanation.',
    next: [traceInDetail],
  },
  undetermined: {
    title: 'The evidence does not decide',
    means: 'Something on the way is not in the input or is not modelled. The trace names it and never guesses.',
    fix: 'Add what is named, then ask again.',
    next: [traceInDetail],
    see: ['ztunnel-dump', 'waypoint-dump', 'redirection-rules'],
  },
  ambiguous: {
    title: 'The branches of the trace end differently',
    means:
      'The data plane chooses, by load balancing, weights or an order that no dump shows, and the choice matters for the verdict.',
    fix: 'Read the branches: each has its own verdict, and its probability where it is known.',
    next: [traceInDetail],
  },
}

/** What an undetermined answer can lack. */
export const missing: Readonly<Record<MissingKind, Words>> = {
  'ztunnel-dump': {
    title: 'No dump of the ztunnel of that node',
    means: 'What a ztunnel decides is read from its config_dump.',
    next: ['istioctl ztunnel-config all -o json --node NODE'],
  },
  'waypoint-dump': {
    title: 'No dump of that waypoint',
    means: 'What a waypoint decides is read from the configuration of its Envoy.',
    next: ["kubectl exec WAYPOINT -- pilot-agent request GET 'config_dump?include_eds'"],
  },
  'waypoint-configuration': {
    title: 'The dump of the waypoint lacks a part',
    means: 'A cluster, a route or a list of endpoints that the request needs is not in the dump.',
    next: ["kubectl exec WAYPOINT -- pilot-agent request GET 'config_dump?include_eds'"],
  },
  'gateway-dump': {
    title: 'No dump of that gateway or sidecar',
    means:
      'The request goes on through an Envoy, a gateway or the sidecar of a pod, whose configuration is not at hand.',
    next: ["kubectl exec POD -c istio-proxy -- pilot-agent request GET 'config_dump?include_eds'"],
  },
  'redirection-rules': {
    title: 'Nothing tells whether the pod is in the mesh',
    means: 'Neither the rules of its network namespace nor its Pod object are in the input.',
    next: ['kubectl debug node/NODE --image=IMAGE --profile=sysadmin -- nsenter -t PID -n iptables-save'],
  },
  'dns-answer': {
    title: 'What an upstream DNS server answers is not in the input',
    means: 'The name is none of the cluster.',
    fix: 'Give an address instead of the name.',
  },
  listener: {
    title: 'Whether a process listens is not in the input',
    means: 'The request arrives at the pod; what happens there depends on its sockets.',
    next: ['kubectl exec POD -n NAMESPACE -- ss -lnt'],
  },
  'foreign-waypoint': {
    title: 'The waypoint is no Envoy',
    means:
      'The class of its Gateway makes another proxy, such as an agentgateway, whose rules ambientctl does not know.',
  },
  'network-path': {
    title: 'Nothing tells who answers at the address',
    means:
      'It is outside the mesh, or of a pod or a node of which nothing was collected, and no object declares an endpoint there.',
  },
  'network-policy-facts': {
    title: 'What a NetworkPolicy asks for is not in the input',
    means:
      'It selects by labels of a pod or a namespace, by a name of a port or by the address of a client that nothing tells.',
    next: ['kubectl get pods,namespaces --all-namespaces -o json'],
    fix: 'Where it is the address of a client outside, name it with --source-ip.',
  },
  'foreign-network-policy': {
    title: 'A network policy whose kind is not evaluated selects a pod on the way',
    means:
      'AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy and the kinds of Cilium and Calico may drop the connection, or let through what a NetworkPolicy drops. The trace goes on as if they let it through.',
    fix: 'Compare the rules of the policy by hand with the port that is dialled: 15008 for tunnels.',
  },
  'remote-network': {
    title: 'The request goes on in another network',
    means:
      'A double tunnel goes to the east-west gateway of that network. What the gateway, the waypoint and the ztunnel behind it do is in the dumps of the other cluster.',
    fix: 'Add a snapshot of that cluster with --snapshot, beside that of the client.',
    next: ["kubectl exec GATEWAY -n istio-system -- pilot-agent request GET 'config_dump?include_eds'"],
  },
  'service-objects': {
    title: 'Which endpoints kube-proxy has is not in the input',
    means: 'Outside the mesh the node chooses the endpoint, from Service and EndpointSlice objects.',
    next: ['kubectl get services,endpointslices --all-namespaces -o json'],
  },
  filter: {
    title: 'A filter decides at run time',
    means:
      'An external authorization server, a rate limit, Wasm or Lua: the configuration does not tell what it answers.',
  },
  decision: {
    title: 'A decision rests on something that no dump shows',
    means: 'The trace names what it is.',
  },
}
