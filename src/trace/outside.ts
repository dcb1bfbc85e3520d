import type { SocketAddress } from '#reason/address.ts'
import { socketText } from '#reason/address.ts'
import { step } from './step.ts'
import type { Path } from './trace.ts'
import { after, ends, hop, undetermined } from './trace.ts'
import type { Walk } from './walk.ts'
import { served } from './walk.ts'

/**
 * An address that no pod and no node's process has. One that an object declares as an endpoint is taken to answer, as a pod's
 * declared port is; of another one nothing is known.
 */
export const outside = (walk: Walk, to: SocketAddress): Path => {
  const address = socketText(to.ip, to.port)
  const declared = walk.world.declaredAt(to)
  if (declared.length === 0) return undetermined('network-path', address)
  const place = { kind: 'network', name: address } as const
  const declaredBy = declared.map(({ object }) => object)
  return after(
    hop(
      'deliver',
      place,
      [
        step(
          'network',
          { address, declaredBy },
          declared.map(({ evidence }) => evidence),
        ),
      ],
      [{ about: 'outside-endpoint', subject: address }],
    ),
    ends({
      kind: 'delivered',
      to: { kind: 'Address', name: address },
      address,
      peer: {},
      clientSees: served(walk.request),
    }),
  )
}
