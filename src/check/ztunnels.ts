import type { Workload } from '#model/ztunnel.ts'
import type { World } from '#trace/world.ts'
import { addressKey, indexZtunnel, type ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'

/** The state of every ztunnel. All are sent the same services and policies, so that what one shows suffices where they agree. */
export const ztunnelIndexes = ({ mesh, ztunnelOn }: World): readonly ZtunnelIndex[] =>
  mesh.ztunnels.map(dump => {
    const known = dump.config.localNode === undefined ? undefined : ztunnelOn(dump.config.localNode)
    return known !== undefined && !known.substitute ? known.index : indexZtunnel(dump)
  })

export const workloadAt = (index: ZtunnelIndex, ip: string): Workload | undefined =>
  index.workloadsByAddress.get(addressKey(index.dump.config.network, ip))?.[0]

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export const socketOf = (text: string): { readonly ip: string; readonly port: number } | undefined => {
  const [, six, four, port] = /^(?:\[(.+)\]|([^:[\]]+)):(\d+)$/.exec(text) ?? []
  const ip = six ?? four
  return ip === undefined || port === undefined || !/^[\da-fA-F.:]+$/.test(ip) ? undefined : { ip, port: Number(port) }
}
