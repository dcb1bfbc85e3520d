import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, text } from '#model/kubernetes.ts'
import { membershipOf } from '#trace/membership.ts'
import type { World } from '#trace/world.ts'
import type { Found } from '../check.ts'
import { defineCheck } from '../check.ts'
import { cite, citeLine, podRef } from '../cite.ts'
import type { Cited } from '../finding.ts'
import { isGatewayPod } from '../pods.ts'

/** ztunnel binds these inside the pod; its own 15000, 15020 and 15021 are in its own namespace. */
const reserved = [15001, 15006, 15008, 15053]

export default defineCheck({
  code: 'AMB036',
  title: 'An application wants a port that ztunnel holds in its pod',
  severity: 'error',
  means:
    'Whoever comes second cannot bind: the application crashes and all its ports are dead, or ztunnel does not serve the pod, which is cut off. Where neither wants the same family, requests to the port end in ztunnel.',
  causes: ['the application listens on 15001, 15006, 15008 or 15053'],
  fix: 'Let the application listen on another port, or keep the pod out of the mesh.',
  *find(world) {
    for (const pod of world.pods) {
      const { object } = pod
      if (object === undefined || pod.hostNetwork || isGatewayPod(pod)) continue
      if (membershipOf(world, pod).captured === 'no') continue
      const wanted = wantedPort(object)
      const crash = crashing(object)
      const line = bindFailure(world, pod.name)
      if (wanted === undefined && line === undefined) continue
      if (wanted?.declared === false && crash === undefined && line === undefined) continue
      const [first, ...others] = [
        ...(wanted === undefined ? [] : [wanted.evidence]),
        ...(crash === undefined ? [] : [crash]),
        ...(line === undefined ? [] : [line]),
      ]
      if (first === undefined) continue
      yield {
        objects: [podRef(pod)],
        says: `pod ${pod.namespace}/${pod.name} is in the mesh and wants port ${wanted?.port ?? 'of ztunnel'}, which ztunnel holds there${crash === undefined ? '' : ': its container does not stay up'}`,
        evidence: [first, ...others],
        ...collision(crash, line),
      }
    }
  },
})

const collision = (crash: Cited | undefined, line: Cited | undefined): Pick<Found, 'severity' | 'confidence'> => {
  if (line !== undefined) return { severity: 'error', confidence: 'certain' }
  return crash === undefined
    ? { severity: 'warning', confidence: 'possible' }
    : { severity: 'error', confidence: 'likely' }
}

interface Wanted {
  readonly port: number
  readonly declared: boolean
  readonly evidence: Cited
}

/** A declared port, else a number in the arguments or environment of a container. */
const wantedPort = (object: KubernetesObject): Wanted | undefined => {
  for (const [index, container] of list(object.spec.containers).map(asRecord).entries()) {
    const pointer = `/spec/containers/${index}`
    const declared = list(container.ports)
      .map(entry => asRecord(entry).containerPort)
      .find((port): port is number => typeof port === 'number' && reserved.includes(port))
    if (declared !== undefined)
      return { port: declared, declared: true, evidence: cite(object, `${pointer}/ports`, String(declared)) }
    const places = [
      ...list(container.command).map((word, place) => [`${pointer}/command/${place}`, text(word)] as const),
      ...list(container.args).map((word, place) => [`${pointer}/args/${place}`, text(word)] as const),
      ...list(container.env).map(
        (entry, place) => [`${pointer}/env/${place}/value`, text(asRecord(entry).value)] as const,
      ),
    ]
    for (const [place, words = ''] of places) {
      const port = reserved.find(candidate => new RegExp(`(?<!\\d)${candidate}(?!\\d)`).test(words))
      if (port !== undefined) return { port, declared: false, evidence: cite(object, place, words) }
    }
  }
  return undefined
}

const crashing = (object: KubernetesObject): Cited | undefined => {
  const statuses = list(object.status.containerStatuses).map(asRecord)
  const index = statuses.findIndex(
    ({ state, lastState, ready }) =>
      asRecord(asRecord(state).waiting).reason === 'CrashLoopBackOff' ||
      asRecord(state).terminated !== undefined ||
      (ready === false && asRecord(lastState).terminated !== undefined),
  )
  const reason = text(asRecord(asRecord(asRecord(statuses[index]).state).waiting).reason) ?? 'terminated'
  return index < 0 ? undefined : cite(object, `/status/containerStatuses/${index}/state`, reason)
}

/** The agent of istio-cni prints why ztunnel did not take the pod. */
const bindFailure = ({ mesh }: World, name: string): Cited | undefined => {
  const line = mesh.logs.find(({ text: whole }) => whole.includes(name) && /AddrInUse/.test(whole))
  return line === undefined ? undefined : citeLine(line)
}
