import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import type { Pod, World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, podRef } from '../cite.ts'
import { podEvents } from '../events.ts'
import type { Cited } from '../finding.ts'
import { isRunning } from '../pods.ts'
import { redirectedPods } from '../redirected.ts'

export default defineCheck({
  code: 'AMB002',
  title: 'Probes of the kubelet are lost between the node and a pod of the mesh',
  severity: 'error',
  means:
    'Pods were ready before they joined the mesh; after it their probes time out, they turn unready and services lose their endpoints. Nothing of it is in the log of ztunnel.',
  causes: [
    'Cilium routes past the host or masquerades in eBPF: the reply to 169.254.7.127 never reaches the conntrack of the node',
    'Calico with eBPF before 3.29',
    'OVN-Kubernetes without routing via the host',
  ],
  fix: 'Cilium: set bpf.masquerade=false, or enable-host-legacy-routing. Calico: update to 3.29, or leave eBPF. OVN-Kubernetes: routingViaHost.',
  *find(world) {
    const settings = dataPaths(world)
    const late = new Map(
      podEvents(world)
        .filter(({ reason, message }) => reason === 'Unhealthy' && isTimeout.test(message))
        .map(event => [`${event.pod.namespace}/${event.pod.name}`, event.evidence]),
    )
    const explained = otherwiseBroken(world)
    const hit = world.pods.filter(
      pod => !explained.has(nameOf(pod)) && isUnready(pod) && isCaptured(world, pod) && late.has(nameOf(pod)),
    )
    const [first, ...others] = hit
    if (first !== undefined) yield* timedOut([first, ...others], late, settings)
    else if (world.pods.some(pod => isRunning(pod) && isCaptured(world, pod))) yield* risky(settings)
  },
})

/** A refused or reset connection is the answer of somebody; only silence is the lost reply. */
const isTimeout = /context deadline exceeded|Client\.Timeout|i\/o timeout/

/** Pods whose own rules are broken: their probes need no other reason. */
const otherwiseBroken = (world: World): ReadonlySet<string> =>
  new Set(
    redirectedPods(world)
      .filter(({ findings }) => findings.some(({ severity }) => severity === 'broken'))
      .map(({ pod }) => nameOf(pod)),
  )

const nameOf = ({ namespace, name }: Pod): string => `${namespace}/${name}`

const isCaptured = (world: World, pod: Pod): boolean => membershipOf(world, pod).captured === 'yes'

const isUnready = ({ object }: Pod): boolean =>
  list(object?.status.conditions)
    .map(asRecord)
    .some(({ type, status }) => type === 'Ready' && status === 'False')

function* timedOut(
  pods: readonly [Pod, ...Pod[]],
  late: ReadonlyMap<string, Cited>,
  settings: readonly Setting[],
): Generator<Found> {
  const [first, ...others] = pods.flatMap(pod => late.get(nameOf(pod)) ?? []).slice(0, 4)
  if (first === undefined) return
  const [setting] = settings
  const objects = pods.map(podRef)
  const [one, ...more] = setting === undefined ? objects : [refOf(setting.object), ...objects]
  if (one === undefined) return
  yield {
    objects: [one, ...more],
    says: `probes of ${pods.length} pods of the mesh, such as ${nameOf(pods[0])}, get no answer in time${setting === undefined ? '' : `, and ${setting.says}`}`,
    evidence: [first, ...others, ...settings.map(({ evidence }) => evidence)],
    confidence: setting === undefined ? 'possible' : 'likely',
  }
}

function* risky(settings: readonly Setting[]): Generator<Found> {
  for (const { object, says, evidence } of settings)
    yield {
      objects: [refOf(object)],
      says: `${says}: replies to probes may not return`,
      evidence: [evidence],
      severity: 'warning',
      confidence: 'possible',
    }
}

interface Setting {
  readonly object: KubernetesObject
  readonly says: string
  readonly evidence: Cited
}

/** Settings of CNIs that are known to lose the reply. */
const dataPaths = ({ mesh: { kubernetes } }: World): readonly Setting[] => [
  ...kubernetes.of('ConfigMap').flatMap(object => {
    const data = asRecord(object.raw.data)
    if (object.name !== 'cilium-config' || data['enable-host-legacy-routing'] === 'true') return []
    if (data['enable-bpf-masquerade'] !== 'true') return []
    return [
      {
        object,
        says: 'Cilium masquerades in eBPF and does not use the routing of the host',
        evidence: cite(object, '/data/enable-bpf-masquerade', 'true'),
      },
    ]
  }),
  ...kubernetes
    .of('FelixConfiguration')
    .flatMap(object =>
      object.spec.bpfEnabled === true && !isCured(calicoVersion(kubernetes.of('DaemonSet')))
        ? [{ object, says: 'Calico runs in eBPF mode', evidence: cite(object, '/spec/bpfEnabled', 'true') }]
        : [],
    ),
  ...kubernetes.of('Network').flatMap(object => {
    const { defaultNetwork } = object.spec
    const { type, ovnKubernetesConfig } = asRecord(defaultNetwork)
    const { routingViaHost } = asRecord(asRecord(ovnKubernetesConfig).gatewayConfig)
    return type === 'OVNKubernetes' && routingViaHost !== true
      ? [
          {
            object,
            says: 'OVN-Kubernetes does not route via the host',
            evidence: cite(object, '/spec/defaultNetwork', `routingViaHost ${String(routingViaHost ?? 'absent')}`),
          },
        ]
      : []
  }),
]

const calicoVersion = (daemonSets: readonly KubernetesObject[]): readonly number[] => {
  const node = daemonSets.find(({ name }) => name === 'calico-node')
  const template = asRecord(asRecord(node?.spec.template).spec)
  const image = text(asRecord(list(template.containers)[0]).image) ?? ''
  return (/:v?(\d+)\.(\d+)/.exec(image) ?? []).slice(1).map(Number)
}

/** From 3.29 on Calico lets the reply return. */
const isCured = ([major = 0, minor = 0]: readonly number[]): boolean => major > 3 || (major === 3 && minor >= 29)
