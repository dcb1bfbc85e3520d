import type { NodeRole } from '#redirection/recognise/node-roles.ts'

/** What each rule of the node-level generation is for. */
export const nodeRoleWords: Readonly<Record<NodeRole, string>> = {
  'enter-node-chain': 'leads packets to the rules of Istio',
  'from-tunnel': 'marks what ztunnel sends back through a tunnel, to leave it alone',
  'from-tunnel-return': 'ends the rules for what came through a tunnel',
  'tunnel-transport': "leaves the tunnels' own packets alone",
  'restore-skip': 'knows connections that are to be left alone again',
  'skip-return': 'ends the rules for what is to be left alone',
  'restore-proxied': 'knows answers to connections that ztunnel opened as the client, to send them to ztunnel',
  'proxied-return': 'ends the rules for such answers',
  'mark-proxied': 'marks connections that ztunnel opens as the client',
  'mark-ztunnel': "marks ztunnel's own connections, to leave them alone",
  'mark-udp': 'marks UDP, to leave it alone',
  'mark-outbound': 'sends TCP of pods of the mesh to ztunnel, port 15001',
  'save-skip': 'remembers connections that are to be left alone',
  'save-proxied': 'remembers connections that ztunnel opened as the client',
  'skip-node': "leaves the node's own connections alone",
  'skip-node-to-pods': "leaves the node's own connections to pods of the mesh alone",
  'keep-service-address': 'keeps kube-proxy from translating what goes to ztunnel',
  'node-dns-capture': 'captures DNS over UDP of pods of the mesh to ztunnel, port 15053',
  'accept-outbound': 'keeps kube-proxy from rejecting what goes to ztunnel',
  'ztunnel-log': 'logs what comes in',
  'ztunnel-hbone': 'hands HBONE to ztunnel, port 15008',
  'ztunnel-outbound': 'hands what pods send to ztunnel, port 15001',
  'ztunnel-inbound': 'hands plaintext for pods to ztunnel, port 15006',
  'ztunnel-reply': 'brings answers of applications to the socket that ztunnel opened as the client',
}

/** What happens when one of them is missing. */
export const missingNodeRuleWords: Readonly<Partial<Record<NodeRole, string>>> = {
  'enter-node-chain': 'the rules behind it are not consulted',
  'from-tunnel': 'what ztunnel sends back is captured again',
  'tunnel-transport': "the tunnels' own packets are captured again",
  'restore-skip': "ztunnel's own connections are captured after their first packet",
  'restore-proxied': 'answers of applications do not come back to ztunnel: requests time out',
  'mark-proxied': 'answers of applications do not come back to ztunnel: requests time out',
  'mark-ztunnel': "ztunnel's own connections are captured again",
  'mark-udp': 'UDP is sent into the tunnels and lost',
  'mark-outbound': 'outgoing TCP of pods leaves in clear text, without identity',
  'save-skip': "ztunnel's own connections are captured after their first packet",
  'save-proxied': 'answers of applications do not come back to ztunnel: requests time out',
  'skip-node': 'kubelet probes are captured; a STRICT policy refuses them',
  'skip-node-to-pods': 'kubelet probes are captured; a STRICT policy refuses them',
  'keep-service-address':
    'kube-proxy chooses the endpoint before ztunnel sees the request: rules for services and waypoints do not apply',
  'accept-outbound': 'requests to services without endpoints are rejected before ztunnel sees them',
  'ztunnel-hbone': 'HBONE from other nodes is not answered',
  'ztunnel-outbound': 'requests of pods of the mesh are not answered',
  'ztunnel-inbound': 'plaintext requests to pods of the mesh are not answered',
  'ztunnel-reply': 'answers of applications do not come back to ztunnel: requests time out',
}
