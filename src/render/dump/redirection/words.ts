import type { RedirectionCode } from '#redirection/recognise/finding.ts'
import type { RedirectionKind } from '#redirection/recognise/recognise.ts'
import type { RuleRole } from '#redirection/recognise/roles.ts'
import type { TrafficKind } from '#redirection/traffic-kinds.ts'

export const kindWords: Readonly<Record<RedirectionKind, string>> = {
  none: 'no rules of Istio',
  'not-recorded': 'rules were not recorded',
  'pod-iptables': 'ambient, rules in the pod (iptables)',
  'pod-nft': 'ambient, rules in the pod (native nftables)',
  sidecar: 'a sidecar, not ambient',
  'node-probes': 'node of an ambient mesh with rules in the pods: exempts kubelet probes',
  'node-iptables': 'node of an ambient mesh of 1.18 to 1.20 (iptables and tunnels)',
  'node-ebpf': 'node of an ambient mesh of 1.18 to 1.20 (eBPF)',
  'ztunnel-iptables': 'ztunnel of 1.18 to 1.20 (iptables and tunnels)',
  'ztunnel-ebpf': 'ztunnel of 1.18 to 1.20 (eBPF)',
}

/** What each rule is for. */
export const roleWords: Readonly<Record<RuleRole, string>> = {
  'enter-prerouting': 'leads incoming packets to the rules of Istio',
  'enter-output': 'leads packets of this host to the rules of Istio',
  'enter-postrouting': 'leads leaving packets to the rules of Istio',
  'dns-zone-query': "keeps ztunnel's own DNS queries apart from the application's",
  'dns-zone-answer': 'finds the answers to those queries again',
  'mark-ztunnel-connection': 'remembers connections that ztunnel opened to the application',
  'restore-mark': 'sends answers of such connections back to ztunnel',
  'virtual-interface-capture': 'captures what comes from a virtual interface as outbound',
  'virtual-interface-return': 'ends the rules for a virtual interface',
  'probe-in': 'lets kubelet probes through to the application',
  'inbound-capture': 'captures incoming plaintext to ztunnel, port 15006',
  'probe-out': 'leaves packets to the probe address alone',
  'dns-udp-capture': 'captures DNS over UDP to ztunnel, port 15053',
  'dns-udp-capture-unguarded': "captures DNS over UDP to port 15053, ztunnel's own included",
  'dns-tcp-capture': 'captures DNS over TCP to ztunnel, port 15053',
  'reply-accept': 'leaves answers to ztunnel alone',
  'own-address-accept': 'leaves calls of the pod to its own address alone',
  'outbound-capture': 'captures outgoing TCP to ztunnel, port 15001',
  'tproxy-probe': 'lets kubelet probes through to the application',
  'tproxy-own-address': 'leaves calls of the pod to its own address alone',
  'tproxy-hbone': 'hands HBONE to ztunnel, port 15008',
  'tproxy-established': 'lets packets of known connections find their socket',
  'tproxy-inbound': 'captures incoming plaintext to ztunnel, port 15006',
  'probe-source': 'gives connections of node processes to mesh pods the probe address',
}

/** What a request suffers while a rule is missing. */
export const missingRuleWords: Readonly<Partial<Record<RuleRole, string>>> = {
  'enter-prerouting': 'incoming packets never reach the rules of Istio',
  'enter-output': 'outgoing packets never reach the rules of Istio: they leave in clear text',
  'mark-ztunnel-connection': 'inbound through ztunnel: the answer leaves by the wrong way, requests time out',
  'restore-mark': 'inbound through ztunnel: the answer leaves by the wrong way, requests time out',
  'probe-in': 'kubelet probes are captured; a STRICT policy refuses them',
  'inbound-capture': 'plaintext from outside reaches the application without any policy',
  'outbound-capture': 'outgoing TCP leaves in clear text, without identity',
  'dns-udp-capture': 'DNS goes to the resolver directly; names only ztunnel knows do not resolve',
  'dns-tcp-capture': 'DNS over TCP is treated as any TCP',
  'own-address-accept': 'calls of the pod to its own address go through ztunnel',
}

/** What each finding means for requests (specs/redirection.md §5.4). */
export const findingWords: Readonly<Record<RedirectionCode, string>> = {
  'rule-missing': 'a rule is missing',
  'rule-unknown': 'a rule that this release does not program',
  'rule-duplicate': 'a rule is there twice: harmless but for its counters',
  'rule-order': 'a rule stands behind one it should precede',
  'ip-rule-missing': 'the policy rule is missing: inbound through ztunnel, the answer is lost and requests time out',
  'local-route-missing':
    'the local route is missing: inbound through ztunnel, the answer is lost and requests time out',
  'interrupted-reconcile': 'a reconcile was interrupted: TCP and UDP of the pod are dropped',
  'two-back-ends': 'complete rules of two back ends: both apply',
  'leftover-tables': 'left-over rules of another back end: they apply before or after the complete ones',
  'sidecar-chains-active': 'chains of a sidecar are active beside ambient',
  'sidecar-chains-unreferenced': 'chains of a sidecar are left, but nothing leads there',
  'ipv6-uncovered': 'IPv6 is not covered: it passes the mesh in clear text, both ways',
  'not-in-probe-set':
    "the pod is not in its node's probe set: probes arrive as plaintext, a STRICT policy refuses them",
  'nobody-listens': "nobody listens on ztunnel's ports: captured traffic is refused or times out",
  'back-end-not-recorded': 'rules of the legacy back end exist but were not recorded',
}

export const trafficWords: Readonly<Record<TrafficKind, string>> = {
  'outbound-tcp': 'TCP to others',
  'outbound-own-address': 'TCP to its own address',
  'outbound-localhost': 'TCP to localhost',
  'dns-udp': 'DNS over UDP',
  'dns-tcp': 'DNS over TCP',
  'outbound-udp': 'other UDP out',
  'outbound-icmp': 'ping out',
  'outbound-metadata': 'TCP to 169.254.169.254',
  'inbound-plaintext': 'plaintext in',
  'inbound-hbone': 'HBONE in (15008)',
  'inbound-udp': 'UDP in',
  'kubelet-probe': 'kubelet probe',
  'ztunnel-outbound': "ztunnel's own out",
  'ztunnel-to-app': 'ztunnel to the application',
  'virtual-interface': 'from a virtual interface',
}
