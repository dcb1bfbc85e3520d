import type { Listener } from '#model/connections.ts'
import { readIp } from '../ip.ts'
import type { Socket } from '../sockets.ts'

const ztunnelPorts: ReadonlySet<number> = new Set([15001, 15006, 15008, 15053, 15080])
const ztunnelMark = 0x539

/** ss tells neither SO_MARK nor IP_TRANSPARENT; ztunnel sets both on every socket it opens in a pod (specs/redirection.md §1.1). */
export const prepareSocket = (netns: string, listener: Listener): Socket => {
  const ztunnel = isZtunnel(listener)
  return {
    netns,
    name: `${nameOf(listener)}:${listener.port}`,
    family: listener.family,
    protocol: listener.protocol,
    address: listener.address === undefined ? undefined : readIp(listener.address),
    port: listener.port,
    dual: listener.dualStack,
    mark: ztunnel ? ztunnelMark : 0,
    transparent: ztunnel,
    uid: undefined,
    gid: undefined,
    dev: listener.device,
  }
}

const isZtunnel = ({ processes, port }: Listener): boolean =>
  processes.length === 0 ? ztunnelPorts.has(port) : processes.some(({ name }) => name === 'ztunnel')

const nameOf = ({ processes, port, protocol }: Listener): string =>
  processes[0]?.name ?? (ztunnelPorts.has(port) ? 'ztunnel' : protocol)
