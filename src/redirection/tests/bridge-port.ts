import { missing, type Stage } from '../stage.ts'
import type { Holds } from './test.ts'

/** Whether br_netfilter noted the port of a bridge by which a packet came in; without the module it never does. */
const cameByPort = (dev: string | undefined, { kernel }: Stage): boolean =>
  dev !== undefined && kernel.devices.get(dev)?.bridge === true && kernel.sysctl(callsRules) !== 0

const callsRules = 'net.bridge.bridge-nf-call-iptables'

/**
 * xt_physdev: no condition holds for a packet that came by no bridge port. Which port it was, is not followed; a packet
 * that the namespace itself routes or takes leaves by none.
 */
export const bridgePort =
  (side: 'in' | 'out'): Holds =>
  (skb, stage) =>
    side === 'in' && cameByPort(skb.iif, stage) ? missing('match', `port of bridge ${skb.iif}`) : false
