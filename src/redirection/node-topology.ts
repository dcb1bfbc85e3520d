import type { Netns } from '#model/netfilter.ts'
import type { Fate } from './fate.ts'
import { readIp } from './ip.ts'
import type { Kernel } from './kernel.ts'
import { prepareKernel } from './prepare/kernel.ts'
import { type Port, Topology } from './topology.ts'
import { ownAddress, uplinkOf } from './traffic-kinds.ts'

const tunnels = new Set(['istioin', 'istioout'])

/** A node of 1.18 to 1.20 takes the traffic of its pods itself: by rules and tunnels, or by programs on their devices. */
export const redirectsPods = ({ iptables, bpf }: Netns): boolean =>
  iptables.some(({ name, chains }) => name === 'mangle' && chains.some(chain => nodeChain.test(chain.name))) ||
  [...(bpf.attachments ?? []), ...bpf.filters].some(({ program }) => program?.startsWith('app_outbound') === true)

/** Without its program, the namespace of an eBPF node's ztunnel would seem to forward what it takes. */
export const showsWhatItTakes = (ztunnel: Netns, node: Netns): boolean => !hasPrograms(node) || hasPrograms(ztunnel)

const hasPrograms = ({ bpf }: Netns): boolean => bpf.filters.length > 0 || (bpf.attachments ?? []).length > 0

const nodeChain = /^(ztunnel|uproxy)-PREROUTING$/

/** The device by which the node reaches the pod itself: its veth, or the bridge that its veth is a port of. */
export const deviceTo = (node: Netns, address: string): string | undefined => {
  const family = address.includes(':') ? 6 : 4
  const hops = (node.routes[family] ?? [])
    .filter(({ type, table }) => type === 'unicast' && table === 'main')
    .flatMap(({ destination, hops }) => hops.map(({ device }) => ({ destination, device })))
  const own = hops.find(({ destination }) => destination.replace(/\/(32|128)$/, '') === address)
  const device = own?.device ?? subnetDevice(node, address)
  return device === undefined || tunnels.has(device) ? undefined : device
}

/** The device with an address of the pod's own subnet. */
const subnetDevice = ({ links }: Netns, address: string): string | undefined =>
  (links ?? []).find(({ addresses, flags }) => {
    if (flags.includes('LOOPBACK')) return false
    return addresses.some(({ ip, prefixLength }) => prefixLength < 32 && sharesPrefix(ip, address, prefixLength))
  })?.name

const sharesPrefix = (left: string, right: string, length: number): boolean => {
  if (left.includes(':') || right.includes(':')) return false
  const bits = (ip: string): number => ip.split('.').reduce((all, part) => all * 256 + Number(part), 0)
  const size = 2 ** (32 - length)
  return Math.floor(bits(left) / size) === Math.floor(bits(right) / size)
}

/** A veth that the node's routes name for one address leads to the namespace that has this address. */
export const topologyAround = (node: Netns, kernel: Kernel, others: readonly Netns[]): Topology => {
  const found = others.flatMap(other => {
    const inside = prepareKernel(other)
    const uplink = uplinkOf(inside, 4)
    const address = uplink === undefined ? undefined : ownAddress(uplink, 4)
    const device = address === undefined ? undefined : vethTo(node, address)
    if (uplink === undefined || device === undefined || inside.name === kernel.name) return []
    const wire: readonly [Port, Port] = [
      { netns: kernel.name, dev: device },
      { netns: inside.name, dev: uplink.name },
    ]
    return [{ inside, wire }]
  })
  return new Topology(
    [kernel, ...found.map(({ inside }) => inside)],
    found.map(({ wire }) => wire),
  )
}

const vethTo = ({ routes }: Netns, address: string): string | undefined =>
  routes[4]?.find(
    ({ table, destination, hops }) =>
      table === 'main' && destination.replace(/\/32$/, '') === address && hops.length === 1,
  )?.hops[0]?.device

/** Whether what leaves the recorded namespaces goes to the node's ztunnel: by its tunnels, or straight to its device. */
export const leavesForZtunnel = ({ devices, programs }: Kernel, { to, dev }: Fate & { kind: 'leaves' }): boolean => {
  const remote = readIp(to.address)
  const index = programs.maps?.ztunnel?.ifindex
  return (
    (index !== undefined && devices.get(dev)?.index === index) ||
    [...tunnels].some(name => devices.get(name)?.tunnel?.remote === remote)
  )
}
