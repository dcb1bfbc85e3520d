import type { NodeTrafficKind } from '#redirection/node-traffic.ts'
import type { RedirectionKind } from '#redirection/recognise/recognition.ts'
import type { RuleRole } from '#redirection/recognise/roles.ts'
import type { TrafficKind } from '#redirection/traffic-kinds.ts'
import { missingNodeRuleWords, nodeRoleWords } from './node-words.ts'

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
  ...nodeRoleWords,
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
  ...missingNodeRuleWords,
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

export const trafficWords: Readonly<Record<TrafficKind | NodeTrafficKind, string>> = {
  'node-to-pod': 'node (kubelet) to a pod',
  'node-to-hbone': 'node to a pod, 15008',
  'node-to-outside': 'node to others',
  'pod-to-outside': 'pod to others',
  'pod-to-pod': 'pod to pod',
  'pod-dns': 'pod, DNS over UDP',
  'pod-icmp': 'pod, ping',
  'outside-to-pod': 'others to a pod',
  'outside-to-hbone': 'others to a pod, 15008',
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
