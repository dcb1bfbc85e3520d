import { evaluate } from './evaluate.ts'
import type { Evaluation } from './fate.ts'
import type { Kernel } from './kernel.ts'
import { Topology } from './topology.ts'
import { uplinkOf } from './traffic-kinds.ts'

export interface OutAsked {
  readonly protocol: 'tcp' | 'udp'
  /** Left out: the kernel chooses, as for any client that does not bind. */
  readonly from?: string
  readonly to: string
  readonly port: number
  /** SO_MARK of the sender: ztunnel's is 0x539. */
  readonly mark?: number
  readonly uid?: number
}

/** A process of this namespace opens a connection: captured by ztunnel, delivered here, or out in clear. */
export const redirectOut = (kernel: Kernel, { protocol, from, to, port, mark = 0, uid }: OutAsked): Evaluation =>
  evaluate(new Topology([kernel]), {
    protocol,
    destination: to,
    port,
    ...(from === undefined ? {} : { source: from }),
    origin: { kind: 'local', netns: kernel.name, mark, ...(uid === undefined ? {} : { uid }) },
  })

export interface InAsked {
  readonly protocol: 'tcp' | 'udp'
  readonly from: string
  readonly to: string
  readonly port: number
  /** Left out: the device of the default route. */
  readonly dev?: string
}

/** A packet comes in from outside: to ztunnel's 15008 or 15006, straight to the application, or nowhere. */
export const redirectIn = (kernel: Kernel, { protocol, from, to, port, dev }: InAsked): Evaluation => {
  const uplink = dev ?? uplinkOf(kernel, to.includes(':') ? 6 : 4)?.name ?? 'eth0'
  return evaluate(new Topology([kernel]), {
    protocol,
    source: from,
    destination: to,
    port,
    origin: { kind: 'input', netns: kernel.name, dev: uplink },
  })
}
