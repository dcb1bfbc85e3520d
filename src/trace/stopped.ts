import type { Capture } from './captured.ts'
import type { Path } from './trace.ts'
import { after, ends, undetermined } from './trace.ts'
import type { View } from './walk.ts'
import type { Pod } from './world.ts'

/** The end of a packet that the rules of `pod` bring to no listener, or bring nobody knows where. */
export const stopped = (pod: Pod, { outcome, hop, missing }: Capture, view: View): Path | undefined => {
  if (outcome === 'unknown')
    return after(hop, undetermined('redirection-rules', `${pod.namespace}/${pod.name}`, missing))
  if (outcome === 'dead')
    return after(
      hop,
      ends({ kind: 'rejected', by: hop.place, code: 'ztunnel-not-listening', clientSees: view.refused }),
    )
  if (outcome === 'lost')
    return after(hop, ends({ kind: 'rejected', by: hop.place, code: 'packet-lost', clientSees: view.silent }))
  if (outcome === 'reset')
    return after(hop, ends({ kind: 'rejected', by: hop.place, code: 'connection-reset', clientSees: view.closed }))
  return undefined
}
