import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import { governing } from '#trace/network-policy.ts'
import type { Pod, World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, named, podRef } from '../cite.ts'
import { isGatewayPod } from '../pods.ts'

/** Where istiod hands out configuration and certificates. */
const xds = 15012
const probeAddress = '169.254.7.127/32'

export default defineCheck({
  code: 'AMB030',
  title: 'A policy of the network denies by default, and keeps proxies from istiod or probes from pods',
  severity: 'error',
  means:
    'Proxies that run keep what they know, get no changes and no new certificates, and cannot start again. Probes that istio-cni sends from 169.254.7.127 are dropped, and pods turn unready.',
  causes: [
    'a NetworkPolicy in the namespace of Istio or of a waypoint that forgets TCP 15012',
    'a default deny of Cilium that does not admit 169.254.7.127/32',
  ],
  fix: 'Admit ztunnel and waypoints to istiod on TCP 15012, in the egress of the ones and the ingress of the other, and 169.254.7.127/32 to the pods of the mesh.',
  *find(world) {
    yield* proxiesWithoutIstiod(world)
    yield* probesDenied(world)
  },
})

function* proxiesWithoutIstiod(world: World): Generator<Found> {
  const istiods = world.pods.filter(({ object }) => object?.labels.app === 'istiod')
  const told = new Set<string>()
  for (const proxy of world.pods.filter(isProxy))
    for (const istiod of istiods)
      for (const [direction, pod, peer] of [
        ['egress', proxy, istiod],
        ['ingress', istiod, proxy],
      ] as const) {
        const rules = governing(world, direction, pod)
        const [first, ...others] = rules?.policies ?? []
        if (rules === undefined || first === undefined || rules.admits(peer, xds) !== 'no') continue
        const key = `${direction} ${named(first)}`
        if (told.has(key)) continue
        told.add(key)
        yield {
          objects: [refOf(first), ...others.map(refOf), podRef(proxy)],
          says: `${[first, ...others].map(named).join(', ')} ${others.length === 0 ? 'does' : 'do'} not let ${proxy.namespace}/${proxy.name} reach istiod on port ${xds}`,
          evidence: [cite(first, `/spec/${direction}`, JSON.stringify(first.spec[direction] ?? []))],
          confidence: 'likely',
        }
      }
}

/** ztunnels and what istiod deploys for Gateways. */
const isProxy = (pod: Pod): boolean => pod.object?.labels.app === 'ztunnel' || isGatewayPod(pod)

/** Policies of Cilium are not evaluated; that none of them names the address can be seen. */
function* probesDenied(world: World): Generator<Found> {
  const { kubernetes } = world.mesh
  const policies = [...kubernetes.of('CiliumClusterwideNetworkPolicy'), ...kubernetes.of('CiliumNetworkPolicy')]
  const denying = policies.find(isDefaultDeny)
  const pod = world.pods.find(one => membershipOf(world, one).captured === 'yes' && hasProbe(one))
  if (denying === undefined || pod === undefined || policies.some(admitsProbes)) return
  yield {
    objects: [refOf(denying)],
    says: `${named(denying)} denies by default, and no policy of Cilium admits ${probeAddress}, from which pods of the mesh such as ${pod.namespace}/${pod.name} are probed`,
    evidence: [cite(denying, '/spec'), { from: 'absence', file: denying.file, lookedFor: probeAddress }],
    confidence: 'likely',
  }
}

/** It selects all endpoints and has no rule that lets anything in. */
const isDefaultDeny = ({ spec }: KubernetesObject): boolean =>
  spec.endpointSelector !== undefined &&
  Object.keys(asRecord(spec.endpointSelector)).length === 0 &&
  spec.ingress !== undefined &&
  list(spec.ingress).every(rule => Object.keys(asRecord(rule)).length === 0)

const admitsProbes = ({ spec }: KubernetesObject): boolean => JSON.stringify(spec.ingress ?? []).includes(probeAddress)

const hasProbe = ({ object }: Pod): boolean =>
  list(object?.spec.containers)
    .map(asRecord)
    .some(({ readinessProbe, livenessProbe, startupProbe }) => readinessProbe ?? livenessProbe ?? startupProbe)
