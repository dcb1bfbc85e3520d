import type { RedirectionCode } from '#redirection/recognise/finding.ts'

interface FindingWords {
  /** What it means for requests (specs/redirection.md §5.4). */
  readonly means: string
  readonly next?: string
}

const enrolAnew = 'delete the pod, so that istio-cni programs it anew'
const restartCni = "restart istio-cni on the pod's node; if that does not help, delete the pod"
const restartNodeAgent = 'restart istio-cni and ztunnel on the node'

export const findingWords: Readonly<Record<RedirectionCode, FindingWords>> = {
  'rule-missing': { means: 'a rule is missing', next: enrolAnew },
  'table-flushed': {
    means:
      'the table has none of its rules: without those of nat, outgoing TCP leaves in clear text and plaintext reaches the application without any policy; without those of mangle, answers to ztunnel are lost; without those of raw, only DNS through ztunnel suffers',
    next: enrolAnew,
  },
  'rule-unknown': {
    means: 'a rule that this release does not program',
    next: 'find out who added it: istio-cni neither made it nor removes it',
  },
  'rule-duplicate': { means: 'a rule is there twice: harmless but for its counters' },
  'rule-order': { means: 'a rule stands behind one it should precede', next: enrolAnew },
  'ip-rule-missing': {
    means: 'the policy rule is missing: inbound through ztunnel, the answer is lost and requests time out',
    next: enrolAnew,
  },
  'local-route-missing': {
    means: 'the local route is missing: inbound through ztunnel, the answer is lost and requests time out',
    next: enrolAnew,
  },
  'interrupted-reconcile': {
    means: 'a reconcile was interrupted: TCP and UDP of the pod are dropped',
    next: restartCni,
  },
  'two-back-ends': { means: 'complete rules of two back ends: both apply' },
  'leftover-tables': {
    means: 'left-over rules of another back end: they apply before or after the complete ones',
    next: 'remove those tables, or restart the node',
  },
  'sidecar-chains-active': {
    means: 'chains of a sidecar are active beside ambient',
    next: 'take the pod out of one of the two: sidecar injection or ambient',
  },
  'sidecar-chains-unreferenced': { means: 'chains of a sidecar are left, but nothing leads there' },
  'ipv6-uncovered': {
    means: 'IPv6 is not covered: it passes the mesh in clear text, both ways',
    next: 'set ambient.ipv6=true for istio-cni, then restart the pods',
  },
  'not-in-probe-set': {
    means: "the pod is not in its node's probe set: probes arrive as plaintext, a STRICT policy refuses them",
    next: restartCni,
  },
  'nobody-listens': {
    means: "nobody listens on ztunnel's ports: captured traffic is refused or times out",
    next: "look at the ztunnel of the pod's node: is it running, and does it know the pod",
  },
  'back-end-not-recorded': {
    means: 'the rules of the legacy back end were not recorded: what it does is unknown',
    next: 'record iptables-legacy-save and ip6tables-legacy-save, too',
  },
  'probe-jump-late': {
    means:
      'other rules translate first: what a process of the node sends to a pod by a Service arrives as plaintext, a STRICT policy refuses it; kubelet probes go to the address and are exempt',
  },
  'node-ip-rule-missing': {
    means: 'a policy rule is missing: marked packets take the ordinary way, past ztunnel or not back to it',
    next: restartNodeAgent,
  },
  'node-route-missing': { means: 'the route to ztunnel is missing: marked packets go past it', next: restartNodeAgent },
  'pod-route-missing': {
    means: 'no route leads from the node to ztunnel for this pod: what comes for it arrives without any policy',
    next: restartNodeAgent,
  },
  'tunnel-missing': {
    means: 'a tunnel between node and ztunnel is missing: traffic of pods of the mesh is lost',
    next: restartNodeAgent,
  },
  'reverse-path-filter': {
    means: 'the reverse path filter drops what comes back from ztunnel: requests time out',
    next: 'set it to 0',
  },
  'program-missing': { means: 'the program is not attached: this traffic passes ztunnel', next: restartNodeAgent },
  'pod-not-in-map': {
    means: 'the pod is not in app_info: ztunnel finds no way back to it, and what comes for it is not redirected',
    next: restartNodeAgent,
  },
  'pod-device-gone': { means: 'the map names a device that is gone: the pod has ended' },
  'no-ztunnel-set': {
    means: 'no ztunnel is set: everything that pods of the mesh send is dropped',
    next: "look at the node's ztunnel: is it running",
  },
  'host-address-unset': {
    means: "the node's address is not set: kubelet probes are redirected; a STRICT policy refuses them",
    next: restartNodeAgent,
  },
  'maps-not-recorded': {
    means: 'maps were not recorded: where the programs send packets is unknown',
    next: 'record bpftool map dump pinned /sys/fs/bpf/ambient/NAME -j for each',
  },
  'enrolled-without-rules': {
    means:
      'the mesh holds the pod for redirected, but it has no rules: what it sends leaves in clear text, plaintext reaches it without any policy, and requests through ztunnel time out',
    next: enrolAnew,
  },
  'declared-not-enrolled': {
    means: 'the labels ask for ambient, but nobody enrolled the pod: its traffic is in clear text',
    next: "look at the log of istio-cni on the pod's node; the pod must have been started or labelled while it ran",
  },
  'captured-not-declared': {
    means: 'the labels do not ask for ambient, but the pod is redirected',
    next: 'istio-cni removes the rules when it sees the change: look at its log',
  },
  'annotation-missing': { means: 'the pod is redirected, but nobody wrote it on the pod; istio-cni will' },
  'annotation-not-applied': {
    means: 'the pod was programmed before this annotation, which is read only then',
    next: enrolAnew,
  },
  'ztunnel-not-serving': {
    means: 'the pod is redirected, but its ztunnel does not serve it: its TCP is refused',
    next: "look at the ztunnel of the pod's node: istio-cni goes on trying until it answers",
  },
  'workload-unknown': {
    means: 'ztunnel serves the pod, but istiod did not tell it about the workload: requests time out',
    next: 'is istiod reachable for ztunnel',
  },
  'advertised-as-tcp': {
    means: 'the pod is redirected, but others are told to send it plaintext: it is refused where a policy is STRICT',
    next: 'wait for istiod, or look whether it sees the annotation of the pod',
  },
  'other-release': {
    means: 'the rules are of another release than the istio-cni that runs now',
    next: enrolAnew,
  },
}
