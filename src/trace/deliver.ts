import { socketText } from '#reason/address.ts'
import { atGateway, gatewayAt } from './front-proxy.ts'
import { listenerOf } from './listener.ts'
import { podPlace } from './place.ts'
import type { Seen } from './step.ts'
import { step } from './step.ts'
import type { Path } from './trace.ts'
import { after, ends, hop, undetermined } from './trace.ts'
import type { View, Walk } from './walk.ts'
import { served } from './walk.ts'
import type { Pod } from './world.ts'

/** The request stands before the application's socket. */
export const deliver = (walk: Walk, pod: Pod, port: number, ip: string, peer: Seen, view: View): Path => {
  const name = `${pod.namespace}/${pod.name}`
  const address = socketText(ip, port)
  const gateway = gatewayAt(walk.world, pod, port)
  if (gateway !== undefined) return atGateway(walk, pod, gateway, { ip, port }, peer)
  const { known, evidence } = listenerOf(pod, port, walk.world.kernelOf(pod), ip)
  if (known === 'unknown') return undetermined('listener', `${name}:${port}`)
  const assumed = known === 'declared' ? [{ about: 'listener', subject: `${name}:${port}` } as const] : []
  const arrival = hop('deliver', podPlace(pod), [step('listener', { address, known }, evidence)], assumed)
  if (known === 'absent')
    return after(arrival, ends({ kind: 'rejected', by: podPlace(pod), code: 'no-listener', clientSees: view.refused }))
  return after(
    arrival,
    ends({
      kind: 'delivered',
      to: { kind: 'Pod', namespace: pod.namespace, name: pod.name },
      address,
      peer,
      clientSees: served(walk.request),
    }),
  )
}
