import type { Evidence } from '#model/evidence.ts'
import type { Choices } from './choices.ts'
import { Conntrack } from './conntrack.ts'
import type { Hit, LossReason, Missing } from './fate.ts'
import { type HookEnd, runHook } from './hooks.ts'
import { inputRoute } from './input-route.ts'
import { type Ip, isLoopback, showIp } from './ip.ts'
import type { Kernel } from './kernel.ts'
import { leaksLoopback, outputKey } from './output-route.ts'
import { runProgram } from './programs.ts'
import type { Route } from './routes.ts'
import { forgetTracking, type Skb, scrub, type UnreachableCode } from './skb.ts'
import { established, listening, type Socket } from './sockets.ts'
import type { Hook } from './stage.ts'
import { missing, type RulePlace, type SocketsOfRun, type Stage } from './stage.ts'
import { isLocal } from './surroundings.ts'
import type { Topology } from './topology.ts'
import { decapsulates, encapsulate } from './tunnels.ts'

/** How one packet ends. */
export type End =
  | { readonly kind: 'delivered'; readonly kernel: Kernel; readonly socket: Socket; readonly skb: Skb }
  | { readonly kind: 'echoed'; readonly kernel: Kernel; readonly skb: Skb }
  /** Nobody listens: the kernel will answer with RST or port unreachable. */
  | { readonly kind: 'closed'; readonly kernel: Kernel; readonly skb: Skb }
  | {
      readonly kind: 'rejected'
      readonly kernel: Kernel
      readonly skb: Skb
      readonly with: 'rst' | UnreachableCode
      /** The packet had been routed to this namespace, whoever owns its address. */
      readonly local?: boolean
      readonly sending?: boolean
    }
  | {
      readonly kind: 'lost'
      readonly kernel: Kernel
      readonly reason: LossReason
      readonly evidence?: Evidence
      /** Before the packet left its sender's own stack: `send` itself fails. */
      readonly sending?: boolean
    }
  | { readonly kind: 'left'; readonly kernel: Kernel; readonly dev: string; readonly skb: Skb }
  | { readonly kind: 'unknown'; readonly missing: Missing }

const mostHops = 32

/** One evaluation: the packets of one flow walk the same topology and share conntrack and sockets. */
export class Journey {
  readonly topology: Topology
  readonly choices: Choices
  readonly hits: Hit[] = []
  /** Clients that wait, and what listeners accepted. */
  readonly opened: Socket[] = []
  packet: Hit['packet'] = 'request'
  private readonly tables = new Map<string, Conntrack>()
  private hops = 0

  constructor(topology: Topology, choices: Choices) {
    this.topology = topology
    this.choices = choices
  }

  conntrack(kernel: Kernel): Conntrack {
    const table = this.tables.get(kernel.name) ?? new Conntrack()
    this.tables.set(kernel.name, table)
    return table
  }

  tracked(): Iterable<readonly [string, Conntrack]> {
    return this.tables
  }

  /** Some SNAT on the way draws the source port at random. */
  drewPort(): boolean {
    return [...this.tables.values()].some(({ connections }) => connections.some(({ anyPort }) => anyPort))
  }

  /** How many conntrack entries were ended on the way. */
  killed(): number {
    return [...this.tables.values()].reduce((sum, { killed }) => sum + killed, 0)
  }

  begin(packet: Hit['packet']): void {
    this.packet = packet
    this.hops = 0
  }

  /**
   * LOCAL_OUT: raw, conntrack, mangle (re-route), nat (re-route), filter; then the device. All of OUTPUT sees the device
   * of the first route: nf_hook_state keeps it.
   */
  output(kernel: Kernel, skb: Skb, route: Route): End {
    skb.route = route
    skb.oif = outDevice(route)
    const end = this.hook(kernel, 'output', skb)
    if (end !== undefined) return end
    skb.oif = outDevice(skb.route)
    return this.postrouting(kernel, skb)
  }

  /** A packet arrives at a device: tc ingress, PREROUTING, the input route, then delivery or forwarding. */
  receive(kernel: Kernel, dev: string, skb: Skb): End {
    if (++this.hops > mostHops) return { kind: 'lost', kernel, reason: 'ttl' }
    skb.iif = dev
    skb.oif = undefined
    const redirected = this.program(kernel, dev, 'ingress', skb)
    if (redirected !== undefined) return redirected
    skb.redirected = undefined // the IP layer uses cb for itself
    const loops = kernel.devices.get(dev)?.loopback ?? dev === 'lo'
    if (skb.family === 6 && !loops && (isLoopback(skb.src) || isLoopback(skb.dst)))
      return { kind: 'lost', kernel, reason: 'martian-destination' }
    const { dst } = skb
    const end = this.hook(kernel, 'prerouting', skb)
    if (end !== undefined) return end
    if (skb.dst !== dst) skb.route = undefined // nf_nat_ipv4_pre_routing: even what comes over lo is routed anew
    if (skb.route !== undefined) return this.deliver(kernel, skb)
    // rt6_need_strict: NAT may have made it so, but ::1 has no route from another device than its own.
    if (skb.family === 6 && !loops && isLoopback(skb.dst))
      return { kind: 'lost', kernel, reason: 'martian-destination' }
    const way = inputRoute(kernel, skb, dev)
    if (way.kind === 'unknown') return way
    if (way.kind === 'lost') return { kind: 'lost', kernel, reason: way.reason }
    if (way.kind === 'unreachable') return { kind: 'rejected', kernel, skb, with: way.error }
    return way.kind === 'local' ? this.deliver(kernel, skb) : this.forward(kernel, skb, way.route)
  }

  private deliver(kernel: Kernel, skb: Skb): End {
    const end = this.hook(kernel, 'input', skb)
    if (end !== undefined) return end
    const tunnel = decapsulates(kernel, skb)
    if (tunnel !== undefined) return this.receive(kernel, tunnel.dev, tunnel.inner)
    if (skb.segment === 'echo-request') return { kind: 'echoed', kernel, skb }
    const socket = skb.quoted === undefined ? this.receiver(kernel, skb) : this.complainedTo(kernel, skb)
    return socket === undefined ? { kind: 'closed', kernel, skb } : { kind: 'delivered', kernel, socket, skb }
  }

  private receiver(kernel: Kernel, skb: Skb): Socket | undefined {
    const sockets = this.socketsOf(kernel)
    return skb.assigned?.socket ?? sockets.established(skb) ?? sockets.listening(skb, skb.dst, skb.dport)
  }

  /** An ICMP error goes to the socket that sent the packet it quotes. */
  private complainedTo(kernel: Kernel, { quoted }: Skb): Socket | undefined {
    if (quoted === undefined) return undefined
    const { protocol, tuple } = quoted
    const key = {
      protocol,
      address: tuple.src,
      port: tuple.sport,
      from: tuple.dst,
      fromPort: tuple.dport,
      dev: undefined,
    }
    return established(this.openedIn(kernel), key)
  }

  private openedIn(kernel: Kernel): readonly Socket[] {
    return this.opened.filter(({ netns }) => netns === kernel.name)
  }

  /** ip_forward drops what a socket already claims: TPROXY without the local route ends here. */
  private forward(kernel: Kernel, skb: Skb, route: Route): End {
    const claimed =
      skb.assigned !== undefined || (skb.protocol !== 'icmp' && this.socketsOf(kernel).established(skb) !== undefined)
    if (claimed) return { kind: 'lost', kernel, reason: 'stray-answer' }
    skb.route = route
    skb.oif = outDevice(route)
    return this.hook(kernel, 'forward', skb) ?? this.postrouting(kernel, skb)
  }

  private postrouting(kernel: Kernel, skb: Skb): End {
    const end = this.hook(kernel, 'postrouting', skb)
    if (end !== undefined) return end
    const dev = skb.oif
    if (dev === undefined || skb.route === undefined)
      return { kind: 'unknown', missing: missing('device', skb.route?.text ?? 'output device') }
    if (dev !== 'lo') return this.transmit(kernel, dev, skb, nextHop(skb.route, skb.dst))
    skb.sender = undefined
    return this.receive(kernel, 'lo', skb)
  }

  /** The device's own way out: tc egress, a tunnel, a veth to a recorded namespace, or out of sight. */
  transmit(kernel: Kernel, dev: string, skb: Skb, towards: Ip | undefined): End {
    const redirected = this.program(kernel, dev, 'egress', skb)
    if (redirected !== undefined) return redirected
    const device = kernel.devices.get(dev)
    if (device?.tunnel !== undefined) return this.encapsulated(kernel, device.tunnel, skb)
    const far = this.topology.farEnd(kernel.name, dev)
    if (far === undefined) return { kind: 'left', kernel, dev, skb }
    if (towards !== undefined && !answersFor(far.kernel, far.dev, towards))
      return { kind: 'lost', kernel, reason: 'no-neighbour' }
    scrub(skb)
    return this.receive(far.kernel, far.dev, skb)
  }

  private encapsulated(kernel: Kernel, tunnel: { id: number; remote: Ip; port: number }, skb: Skb): End {
    const outer = encapsulate(kernel, tunnel, skb)
    if (outer.kind === 'unknown') return outer
    if (outer.kind === 'unreachable') return { kind: 'lost', kernel, reason: 'no-route' }
    forgetTracking(skb)
    return this.output(kernel, outer.skb, outer.route)
  }

  private program(kernel: Kernel, dev: string, direction: 'ingress' | 'egress', skb: Skb): End | undefined {
    const { mark, assigned } = skb
    const outcome = runProgram(kernel, dev, direction, skb, this.socketsOf(kernel))
    const acted = outcome.kind !== 'pass' || skb.mark !== mark || skb.assigned !== assigned
    const program = acted ? kernel.programs.at(dev, direction) : undefined
    if (program !== undefined) {
      const place: RulePlace = {
        table: 'tc',
        chain: `${dev} ${direction} ${program.name}`,
        number: 1,
        packets: undefined,
        ...program,
      }
      this.hits.push(hitOf(place, kernel, direction, skb, this.packet))
    }
    if (outcome.kind === 'pass') return undefined
    if (outcome.kind === 'unknown') return outcome
    if (outcome.kind === 'drop') return { kind: 'lost', kernel, reason: 'no-ztunnel' }
    return this.transmit(kernel, outcome.dev, skb, undefined)
  }

  private hook(kernel: Kernel, hook: Hook, skb: Skb): End | undefined {
    const reroute = (moved: Skb): HookEnd | undefined => this.reroute(kernel, moved)
    const stage = this.stage(kernel, hook)
    const end = runHook(skb, hook, { kernel, stage, conntrack: this.conntrack(kernel), reroute })
    if (end === undefined) return undefined
    if (end.kind === 'unknown') return end
    if (end.kind === 'reject') {
      const local = hook === 'input' || skb.route?.type === 'local'
      return { kind: 'rejected', kernel, skb, with: end.with, local, sending: this.hops === 0 }
    }
    return lostAt(kernel, stage, this.hops === 0)
  }

  private stage(kernel: Kernel, hook: Hook): StageOfHook {
    return new StageOfHook(this, kernel, hook)
  }

  private reroute(kernel: Kernel, skb: Skb): HookEnd | undefined {
    const answer = kernel.routing[skb.family]?.lookup(outputKey(skb))
    if (answer === undefined)
      return { kind: 'unknown', missing: missing('routes', `IPv${skb.family} of ${kernel.name}`) }
    if (answer.kind === 'unknown') return { kind: 'unknown', missing: missing('routes', answer.rule.text) }
    if (answer.kind === 'none') return { kind: 'drop' }
    if (leaksLoopback(kernel, skb.src, outDevice(answer.route))) return { kind: 'drop' }
    skb.route = answer.route
    return undefined
  }

  socketsOf(kernel: Kernel): SocketsOfRun {
    return {
      established: skb =>
        established(this.openedIn(kernel), {
          protocol: skb.protocol,
          address: skb.dst,
          port: skb.dport,
          from: skb.src,
          fromPort: skb.sport,
          dev: skb.iif,
        }),
      listening: (skb, address, port) =>
        !kernel.knowsListeners(skb.protocol)
          ? assumedSocket(kernel, skb, address, port)
          : listening(kernel.sockets, {
              protocol: skb.protocol,
              address,
              port,
              from: skb.src,
              fromPort: skb.sport,
              dev: skb.iif,
            }),
    }
  }
}

const hitOf = (
  { table, chain, number, packets, evidence }: RulePlace,
  { name: netns }: Kernel,
  hook: string,
  { family }: Skb,
  packet: Hit['packet'],
): Hit => ({ netns, family, hook, table, chain, number, packets, evidence, packet })

class StageOfHook implements Stage {
  readonly kernel: Kernel
  readonly hook: Hook
  readonly choices: Choices
  readonly sockets: SocketsOfRun
  last: Evidence | undefined
  policy = false
  private readonly journey: Journey

  constructor(journey: Journey, kernel: Kernel, hook: Hook) {
    this.journey = journey
    this.kernel = kernel
    this.hook = hook
    this.choices = journey.choices
    this.sockets = journey.socketsOf(kernel)
  }

  matched(rule: RulePlace, skb: Skb): void {
    this.last = rule.evidence
    this.journey.hits.push(hitOf(rule, this.kernel, this.hook, skb, this.journey.packet))
  }

  policyDrop(evidence: Evidence): void {
    this.last = evidence
    this.policy = true
  }
}

const lostAt = (kernel: Kernel, stage: StageOfHook, sending: boolean): End => ({
  kind: 'lost',
  kernel,
  sending,
  reason: stage.policy ? 'policy' : 'rule',
  ...(stage.last === undefined ? {} : { evidence: stage.last }),
})

const outDevice = (route: Route): string | undefined =>
  route.type === 'local' || route.type === 'anycast' ? 'lo' : route.hop.dev

const nextHop = (route: Route, dst: Ip): Ip => route.hop.gateway ?? dst

/** ARP is answered for any local address, neighbour discovery only for those of the asked device. */
const answersFor = (kernel: Kernel, dev: string, ip: Ip): boolean =>
  typeof ip === 'number'
    ? isLocal(kernel, ip)
    : (kernel.devices.get(dev)?.addresses ?? []).some(address => address.ip === ip)

const assumedSocket = (kernel: Kernel, skb: Skb, address: Ip, port: number): Socket => ({
  netns: kernel.name,
  name: `${showIp(address)}:${port}`,
  family: skb.family,
  protocol: skb.protocol,
  address,
  port,
  dual: false,
  mark: 0,
  transparent: true,
  uid: undefined,
  gid: undefined,
  dev: undefined,
  assumed: true,
})
