import type { Missing } from './fate.ts'
import type { Skb } from './skb.ts'
import { missing, type SocketsOfRun } from './stage.ts'
import type { NodeMaps, ProgramName, Surroundings } from './surroundings.ts'

export type Outcome =
  | { readonly kind: 'pass' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'redirect'; readonly dev: string }
  | { readonly kind: 'unknown'; readonly missing: Missing }

const pass: Outcome = { kind: 'pass' }
const drop: Outcome = { kind: 'drop' }

/** The tc program of a device and direction, if any (specs/redirection.md §4). */
export const runProgram = (
  kernel: Surroundings,
  dev: string,
  direction: 'ingress' | 'egress',
  skb: Skb,
  sockets: SocketsOfRun,
): Outcome => {
  const program = kernel.programs.at(dev, direction)
  if (program === undefined) return pass
  if (program.known === undefined) return { kind: 'unknown', missing: missing('program', program.name) }
  return programs[program.known](kernel, skb, sockets)
}

type Program = (kernel: Surroundings, skb: Skb, sockets: SocketsOfRun) => Outcome

const withMaps =
  (decide: (maps: NodeMaps, kernel: Surroundings, skb: Skb) => Outcome): Program =>
  (kernel, skb) =>
    kernel.programs.maps === undefined
      ? { kind: 'unknown', missing: missing('map', 'app_info, ztunnel_info, host_ip_info') }
      : decide(kernel.programs.maps, kernel, skb)

const carriesPorts = ({ protocol }: Skb): boolean => protocol === 'tcp' || protocol === 'udp'

const toIndex = (kernel: Surroundings, index: number): Outcome => {
  for (const device of kernel.devices.values())
    if (device.index === index) return { kind: 'redirect', dev: device.name }
  return { kind: 'unknown', missing: missing('device', `ifindex ${index}`) }
}

/** Without a ztunnel everything is dropped, before the protocol is looked at. */
const appOutbound = withMaps((maps, kernel, skb) => {
  if (maps.ztunnel === undefined) return drop
  if (skb.family !== 4 || skb.dst === maps.host || !carriesPorts(skb)) return pass
  if (skb.protocol === 'udp' && skb.dport === 53 && !maps.ztunnel.captureDns) return pass
  skb.redirected = 'OUT'
  return toIndex(kernel, maps.ztunnel.ifindex)
})

const appInbound = withMaps((maps, kernel, skb) => {
  if (skb.redirected === 'BYPASS' || skb.family !== 4 || skb.src === maps.host || !carriesPorts(skb)) return pass
  if (maps.ztunnel === undefined) return drop
  if (skb.protocol === 'udp' && skb.sport === 53) return pass
  skb.redirected = 'IN'
  return toIndex(kernel, maps.ztunnel.ifindex)
})

const ztunnelHostIngress = withMaps((maps, kernel, skb) => {
  const app = skb.family === 4 && carriesPorts(skb) ? maps.apps.get(skb.dst) : undefined
  if (app === undefined) return pass
  skb.redirected = 'BYPASS'
  return toIndex(kernel, app.ifindex)
})

/** An existing socket wins, else the listener of the direction; sk_assign and mark 0x400 make the packet local. */
const ztunnelTproxy: Program = (_kernel, skb, sockets) => {
  if (skb.protocol !== 'tcp' || (skb.redirected !== 'OUT' && skb.redirected !== 'IN')) return pass
  const port = skb.redirected === 'OUT' ? 15001 : skb.dport === 15008 ? 15008 : 15006
  const socket = sockets.established(skb) ?? sockets.listening(skb, 0x7f000001, port)
  if (socket === undefined) return drop
  skb.assigned = { socket, by: 'program' }
  skb.mark = 0x400
  return pass
}

const ztunnelIngress: Program = (_kernel, skb) => {
  if (skb.redirected === 'OUT') skb.mark = 8765
  if (skb.redirected === 'IN') skb.mark = 5678
  return pass
}

const programs: Readonly<Record<ProgramName, Program>> = {
  app_outbound: appOutbound,
  app_inbound: appInbound,
  ztunnel_host_ingress: ztunnelHostIngress,
  ztunnel_tproxy: ztunnelTproxy,
  ztunnel_ingress: ztunnelIngress,
}
