import { refOf } from '#model/kubernetes.ts'
import { podPlace } from '#trace/place.ts'
import type { Pod, World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeCount, citeLine, podRef } from '../cite.ts'
import type { Cited } from '../finding.ts'
import { type BlockedTunnel, blockedTunnels, hbone } from '../network-policies.ts'

export default defineCheck({
  code: 'AMB001',
  title: 'A NetworkPolicy admits the application port but not HBONE',
  severity: 'error',
  means:
    'Between pods of the mesh everything travels on port 15008, which the policy drops: clients connect, then time out after about ten seconds. Clients outside the mesh are not affected.',
  causes: [
    'a NetworkPolicy written before the pod joined the mesh lists application ports only',
    'a policy admits the clients of a pod and not the waypoint through which they come now',
  ],
  fix: 'Add TCP 15008 to the ports of the rule, in the policies of both ends and of the waypoint between them. Inside HBONE every port of the pod is then reachable: restrict ports with an AuthorizationPolicy.',
  *find(world) {
    const groups = new Map<string, BlockedTunnel[]>()
    for (const blocked of blockedTunnels(world)) {
      const key = [blocked.direction, blocked.port === undefined, ...blocked.policies.map(policyName)].join(' ')
      groups.set(key, [...(groups.get(key) ?? []), blocked])
    }
    for (const [first, ...others] of groups.values())
      if (first !== undefined) yield* foundFor(world, [first, ...others])
  },
})

const policyName = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`

function* foundFor(world: World, all: readonly [BlockedTunnel, ...BlockedTunnel[]]): Generator<Found> {
  const [{ direction, policies, pod, peer, port }] = all
  const [first, ...others] = policies
  if (first === undefined) return
  const pods = all.map(blocked => blocked.pod)
  const [line] = [
    ...timeouts(
      world,
      pods.flatMap(({ ips }) => ips),
    ),
    ...counted(world, pods, direction),
  ]
  const many = pods.length === 1 ? `pod ${policyName(pod)}` : `${pods.length} pods, such as ${policyName(pod)},`
  const who = peer === undefined ? 'anybody' : policyName(peer)
  const instead = port === undefined ? '' : `, though on port ${port}`
  yield {
    objects: [refOf(first), ...others.map(refOf), ...pods.map(podRef)],
    says:
      direction === 'ingress'
        ? `the NetworkPolicies of ${many} do not let ${port === undefined ? 'its waypoint ' : ''}${who} in on port ${hbone}${instead}`
        : `the NetworkPolicies of ${many} do not let it out to ${who} on port ${hbone}${instead}`,
    evidence: [
      cite(first, `/spec/${direction}`, JSON.stringify(first.spec[direction] ?? [])),
      ...others.map(policy => cite(policy, `/spec/${direction}`)),
      ...(line === undefined ? [] : [line]),
    ],
    confidence: line === undefined ? 'likely' : 'certain',
  }
}

const sides = { ingress: 'destination', egress: 'source' } as const

/** What a ztunnel counted of tunnels to or from the workloads of these pods that nobody answered. */
const counted = ({ mesh }: World, pods: readonly Pod[], direction: keyof typeof sides): readonly Cited[] => {
  const side = sides[direction]
  const names = new Set(pods.map(pod => podPlace(pod).workload ?? policyName(pod)))
  return mesh.failures
    .filter(({ flag, labels }) => {
      const name = `${labels[`${side}_workload_namespace`]}/${labels[`${side}_workload`]}`
      return flag === 'NETWORK_POLICY' && names.has(name)
    })
    .map(citeCount)
}

/** What a ztunnel writes of a tunnel to one of these addresses that nobody answered. */
const timeouts = ({ mesh }: World, ips: readonly string[]): readonly Cited[] =>
  mesh.logs
    .filter(
      ({ fields }) =>
        /maybe a NetworkPolicy is blocking HBONE/.test(fields.error ?? '') &&
        ips.some(ip => fields['dst.addr'] === `${ip}:${hbone}` || fields['src.addr']?.startsWith(`${ip}:`)),
    )
    .map(citeLine)
