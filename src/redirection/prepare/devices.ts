import type { Link, LinkAddress } from '#model/routing.ts'
import { readIp, readPrefix } from '../ip.ts'
import type { Address, Device } from '../surroundings.ts'

export const prepareDevices = (links: readonly Link[]): ReadonlyMap<string, Device> =>
  new Map(links.map(link => [link.name, prepareDevice(link, links)]))

const prepareDevice = ({ index, name, flags, addresses, tunnel, kind }: Link, links: readonly Link[]): Device => {
  const remote = tunnel === undefined ? undefined : readIp(tunnel.remote)
  return {
    index,
    name,
    loopback: flags.includes('LOOPBACK') || name === 'lo',
    bridge: kind === undefined ? links.some(({ master }) => master === name) : kind === 'bridge',
    up: flags.includes('UP'),
    addresses: addresses.flatMap(address => prepareAddress(address) ?? []),
    tunnel: tunnel === undefined || remote === undefined ? undefined : { id: tunnel.id, remote, port: tunnel.port },
  }
}

const prepareAddress = ({ ip: text, prefixLength, scope, secondary }: LinkAddress): Address | undefined => {
  const ip = readIp(text)
  const prefix = readPrefix(`${text}/${prefixLength}`)
  return ip === undefined || prefix === undefined ? undefined : { ip, prefix, scope, secondary }
}
