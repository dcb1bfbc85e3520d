import type { Missing, MissingKind } from '#trace/trace.ts'

const missingWords: Readonly<Record<MissingKind, (subject: string) => string>> = {
  'ztunnel-dump': node => `no ztunnel config_dump of node ${node || '?'}`,
  'waypoint-dump': waypoint => `no config_dump of waypoint ${waypoint}`,
  'foreign-waypoint': waypoint => `waypoint ${waypoint} is no Envoy: ambientctl does not know its rules`,
  'waypoint-configuration': what => `the waypoint dump lacks ${what}`,
  'gateway-dump': gateway => `no dump of the sidecar or gateway ${gateway}`,
  'redirection-rules': pod => `nothing tells whether ${pod} is in the mesh: add its Pod object or its iptables-save`,
  'dns-answer': name => `what the upstream DNS answers for ${name}: give an address instead`,
  listener: socket => `whether a process listens on ${socket}: ask ss -lnt in the pod`,
  'network-path': address => `nothing in the input tells who answers at ${address}`,
  'network-policy-facts': fact => `${fact}, which a NetworkPolicy asks for: add the Pod and Namespace objects`,
  'foreign-network-policy': policy => `whether ${policy} lets the connection through: its kind is not evaluated`,
  'remote-network': address => `what happens in the other network at ${address}`,
  'service-objects': address =>
    `which endpoints kube-proxy has for ${address}: add the Service and EndpointSlice objects`,
  filter: filter => `${filter} decides at run time`,
  decision: subject => subject,
}

/** What ztunnel's decision or state lacks, by its code. */
const detailWords: Readonly<Record<string, (subject: string) => string>> = {
  'not-running': node => `no ztunnel runs on node ${node}, and yet something there takes its traffic`,
  'record-not-read': record => `${record} rests on a record of the ztunnel dump that could not be read`,
  'policy-not-read': policy => `what ${policy} says could not be read in the ztunnel dump`,
  'hidden-workload': uid => `endpoint ${uid} is of a workload that a dump of this release does not print`,
  'no-final-names': service =>
    `which identities may answer for ${service} in the other network: the ztunnel dump lists no subjectAltNames of it`,
  'of-proxy': name => `what the DNS of the proxy answers for ${name}`,
  'former-endpoint': service => `${service} may keep an endpoint that the dump does not show any more`,
}

/** Where what is missing comes from, when no cluster was asked for it. */
const missingHints: Readonly<Partial<Record<MissingKind, string>>> = {
  'ztunnel-dump': 'add it with --snapshot',
  'waypoint-dump': 'add it with --snapshot',
  'remote-network': 'add a snapshot of its cluster, with the config_dump of its east-west gateway',
}

export const missingText = ({ what, subject, detail, lost }: Missing): string => {
  const coded = detail !== undefined && Object.hasOwn(detailWords, detail) ? detailWords[detail]?.(subject) : undefined
  const text = coded ?? `${missingWords[what](subject)}${detail === undefined ? '' : ` (${detail})`}`
  const more = lost?.why ?? (coded === undefined ? missingHints[what] : undefined)
  return more === undefined ? text : `${text}: ${more}`
}
