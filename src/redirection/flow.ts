import type { Choices } from './choices.ts'
import { answerLost, endpoint, ends, leaves, lossOf, undetermined } from './endings.ts'
import type { Arrival, Branch, ConnectionFact, Fate } from './fate.ts'
import { type Ip, readIp } from './ip.ts'
import { type End, Journey } from './journey.ts'
import type { Kernel } from './kernel.ts'
import { outputRoute } from './output-route.ts'
import type { InputOrigin, LocalOrigin, Packet } from './packet.ts'
import { accept, answerTo, attach, deviceOfReset, refusalOf, resetOf } from './replies.ts'
import { kernelUid } from './routes.ts'
import { type Segment, type Skb, senderOfReply, skbOf, type UnreachableCode } from './skb.ts'
import type { Socket } from './sockets.ts'
import { missing } from './stage.ts'
import { isLocal } from './surroundings.ts'
import type { Topology } from './topology.ts'

/** No packet comes from 0.0.0.0: the kernel shall choose. */
const anyAddress = 0
const clientPort = 40000
const echoIdentifier = 4242

/** Where the flow begins, and how it is recognised when its answer is back. */
interface Client {
  readonly kernel: Kernel
  /** Undefined for a packet that came in from outside. */
  readonly socket: Socket | undefined
  /** The tuple as the client sees it. */
  readonly src: Ip
  readonly sport: number
  readonly dst: Ip
  readonly dport: number
}

interface Sending {
  readonly socket?: Socket | undefined
  /** From an address that is not the kernel's own. */
  readonly freely?: boolean
  /** The only device that will do. */
  readonly oif?: string | undefined
}

/** Plays one exchange: the first packet, the answer, and for TCP the ACK and the first data back. */
export const playFlow = (topology: Topology, packet: Packet, choices: Choices): Omit<Branch, 'probability'> => {
  const flow = new Flow(topology, packet, choices)
  const fate = flow.play()
  return { fate, path: flow.journey.hits, connections: flow.connections() }
}

class Flow {
  readonly journey: Journey
  private readonly packet: Packet
  private facts: ConnectionFact[] = []

  constructor(topology: Topology, packet: Packet, choices: Choices) {
    this.journey = new Journey(topology, choices)
    this.packet = packet
  }

  play(): Fate {
    const kernel = this.journey.topology.kernels.get(this.packet.origin.netns)
    const dst = readIp(this.packet.destination)
    if (kernel === undefined || dst === undefined)
      return undetermined(missing('routes', `${this.packet.origin.netns} → ${this.packet.destination}`))
    const sent = this.packet.origin.kind === 'local' ? this.sendLocal(kernel, dst) : this.sendIn(kernel, dst)
    if ('kind' in sent) return sent
    const { client, end } = sent
    this.facts = this.snapshot()
    return this.follow(client, end)
  }

  connections(): readonly ConnectionFact[] {
    return this.facts
  }

  private sendLocal(kernel: Kernel, dst: Ip): Fate | { client: Client; end: End } {
    const { mark = 0, uid, gid } = this.packet.origin as LocalOrigin
    const bound = this.packet.source === undefined ? undefined : readIp(this.packet.source)
    const { sport, dport } = this.ports()
    const way = outputRoute(kernel, {
      dst,
      src: bound,
      mark,
      transparent: bound !== undefined,
      uid,
      oif: undefined,
      protocol: this.packet.protocol,
      sport,
      dport,
    })
    if (way.kind === 'unknown') return undetermined(way.missing)
    if (way.kind === 'unreachable') return { kind: 'unreachable', netns: kernel.name, error: way.error }
    const socket: Socket = {
      netns: kernel.name,
      name: 'client',
      family: typeof dst === 'number' ? 4 : 6,
      protocol: this.packet.protocol,
      address: way.source,
      port: sport,
      dual: false,
      mark,
      transparent: bound !== undefined,
      uid,
      gid,
      dev: undefined,
      peer: { address: dst, port: this.packet.protocol === 'icmp' ? sport : dport },
    }
    this.journey.opened.push(socket)
    const client: Client = { kernel, socket, src: way.source, sport, dst, dport }
    const skb = this.header(client, 'first')
    skb.mark = mark
    skb.sender = socket
    this.journey.begin('request')
    return { client, end: this.journey.output(kernel, skb, way.route) }
  }

  private sendIn(kernel: Kernel, dst: Ip): Fate | { client: Client; end: End } {
    const { dev } = this.packet.origin as InputOrigin
    const src = this.packet.source === undefined ? undefined : readIp(this.packet.source)
    if (src === undefined) return undetermined(missing('routes', `source of a packet that comes in by ${dev}`))
    const client: Client = { kernel, socket: undefined, src, dst, ...this.ports() }
    this.journey.begin('request')
    return { client, end: this.journey.receive(kernel, dev, this.header(client, 'first')) }
  }

  private ports(): { sport: number; dport: number } {
    if (this.packet.protocol === 'icmp') return { sport: echoIdentifier, dport: echoIdentifier }
    return { sport: this.packet.sourcePort ?? clientPort, dport: this.packet.port ?? 0 }
  }

  private header(client: Client, which: 'first' | 'ack'): Skb {
    const { src, sport, dst, dport } = client
    const { protocol } = this.packet
    const segment: Segment =
      which === 'ack' ? 'ack' : protocol === 'tcp' ? 'syn' : protocol === 'icmp' ? 'echo-request' : 'datagram'
    return skbOf({ family: typeof dst === 'number' ? 4 : 6, protocol, segment, src, sport, dst, dport })
  }

  private follow(client: Client, end: End): Fate {
    switch (end.kind) {
      case 'unknown':
        return undetermined(end.missing)
      case 'left':
        return leaves(end)
      case 'lost':
        return this.lostFirst(end)
      case 'closed':
        return this.closed(client, end)
      case 'rejected':
        if (this.failsSending(end)) return { kind: 'unreachable', netns: end.kernel.name, error: 'prohibited' }
        return this.refusal(client, end, end.with, 'rule')
      case 'echoed':
        return this.answer(client, end.kernel, end.skb, undefined)
      case 'delivered':
        return this.answer(client, end.kernel, end.skb, end.socket)
    }
  }

  /** A datagram that dies in its sender's own stack makes `send` fail; TCP just waits. */
  private lostFirst(end: End & { kind: 'lost' }): Fate {
    if (this.failsSending(end)) return { kind: 'unreachable', netns: end.kernel.name, error: 'prohibited' }
    return { kind: 'lost', netns: end.kernel.name, reason: end.reason, reached: undefined, evidence: end.evidence }
  }

  private failsSending({ sending }: End & { kind: 'lost' | 'rejected' }): boolean {
    return sending === true && this.packet.origin.kind === 'local' && this.packet.protocol !== 'tcp'
  }

  private closed(client: Client, end: End & { kind: 'closed' }): Fate {
    const with_ = end.skb.protocol === 'tcp' ? 'rst' : 'port'
    return this.refusal(client, { ...end, local: true }, with_, 'no-listener')
  }

  /** Sends RST or an ICMP error back; it must survive the way like any packet. */
  private refusal(
    client: Client,
    { kernel, skb: of, local = false }: { readonly kernel: Kernel; readonly skb: Skb; readonly local?: boolean },
    how: 'rst' | UnreachableCode,
    by: 'no-listener' | 'rule',
  ): Fate {
    const reply = refusalOf(of, how)
    this.journey.begin('answer')
    // Where no socket lends its transparency, the kernel does not answer from an address that is not its own.
    const freely = by === 'rule' && how === 'rst'
    if (how !== 'rst' && !answersFrom(kernel, reply, local)) reply.src = anyAddress
    if (!freely) reply.sender = senderOfReply(reply)
    if (by === 'rule') attach(reply, of)
    const end = this.sendBack(kernel, reply, { freely, oif: how === 'rst' ? deviceOfReset(of) : undefined })
    if (end.kind === 'unknown') return undetermined(end.missing)
    if (!this.recognised(client, end))
      return { kind: 'lost', netns: kernel.name, reason: lossOf(end), reached: undefined, evidence: undefined }
    if (how === 'rst' || how === 'port') return { kind: 'refused', netns: kernel.name, by }
    // A datagram socket hears of closed ports and prohibitions, not of missing routes: icmp_err_convert's `fatal`.
    if (of.protocol !== 'tcp' && how !== 'prohibited')
      return { kind: 'lost', netns: kernel.name, reason: 'no-route', reached: undefined, evidence: undefined }
    return { kind: 'unreachable', netns: kernel.name, error: how }
  }

  private answer(client: Client, kernel: Kernel, first: Skb, listener: Socket | undefined): Fate {
    const at = this.arrival(kernel, first, listener)
    const accepted = listener === undefined ? undefined : accept(listener, first, kernel)
    if (accepted?.protocol === 'tcp') this.journey.opened.push(accepted)
    this.journey.begin('answer')
    const answer = (): End => this.sendBack(kernel, answerTo(first, accepted), { socket: accepted })
    const back = answer()
    if (back.kind === 'unknown') return undetermined(back.missing)
    if (!this.recognised(client, back)) return answerLost(kernel, back, at)
    if (this.packet.protocol !== 'tcp') return { kind: 'arrives', at }
    return this.finish(client, accepted, answer, () => this.arrival(kernel, first, listener))
  }

  /** ACK and data: what ESTABLISHED rules do to them decides whether the connection carries anything. */
  private finish(client: Client, accepted: Socket | undefined, answer: () => End, arrival: () => Arrival): Fate {
    const ack = this.acknowledge(client, answer)
    if (ack.kind === 'unknown') return undetermined(ack.missing)
    const at = arrival()
    if (ack.kind === 'closed' || (ack.kind === 'rejected' && ack.with === 'rst'))
      return this.reset(client, ack, undefined, at)
    if (ack.kind !== 'delivered') return answerLost(client.kernel, ack, at)
    if (ack.socket.peer === undefined) return this.reset(client, ack, ack.socket, at)
    const data = this.sendBack(ack.kernel, answerTo(ack.skb, accepted), { socket: accepted })
    if (data.kind === 'unknown') return undetermined(data.missing)
    return this.recognised(client, data) ? { kind: 'arrives', at } : answerLost(ack.kernel, data, at)
  }

  /** Whoever waits for an ACK in vain answers again: that helps where the lost one took its conntrack entry along. */
  private acknowledge(client: Client, answer: () => End): End {
    this.journey.begin('later')
    const ended = this.journey.killed()
    const ack = this.sendAck(client)
    if (ack.kind !== 'lost' || this.journey.killed() === ended) return ack
    return this.recognised(client, answer()) ? this.sendAck(client) : ack
  }

  /** An ACK for which there is no connection, or which TPROXY gives to a listener, is answered with a reset. */
  private reset(
    client: Client,
    { kind, kernel, skb }: End & { kind: 'closed' | 'rejected' | 'delivered' },
    listener: Socket | undefined,
    reached: Arrival,
  ): Fate {
    const reply = resetOf(skb)
    const freely = kind === 'rejected' || listener?.transparent === true
    if (kind === 'closed') reply.sender = senderOfReply(reply)
    if (kind === 'rejected') attach(reply, skb)
    const end = this.sendBack(kernel, reply, { socket: listener, freely, oif: deviceOfReset(skb) })
    if (end.kind === 'unknown') return undetermined(end.missing)
    return this.recognised(client, end)
      ? { kind: 'reset', netns: kernel.name, reached }
      : answerLost(kernel, end, reached)
  }

  private arrival(kernel: Kernel, skb: Skb, listener: Socket | undefined): Arrival {
    const { src, sport, dst, dport, protocol } = skb
    const entry = this.journey.conntrack(kernel).answering({ src: dst, sport: dport, dst: src, dport: sport }, protocol)
    const known = entry === undefined ? undefined : endpoint(entry.original.dst, entry.original.dport)
    const local = endpoint(dst, dport)
    const moved = entry?.changed.destination === true
    return {
      netns: kernel.name,
      listener: listener?.name,
      listenerPort: listener?.port,
      assumed: listener?.assumed === true,
      local,
      peer: endpoint(src, sport),
      anyPort: this.journey.drewPort(),
      conntrackDestination: known,
      originalDestination: moved && known !== undefined ? known : local,
      by: moved ? 'nat' : (skb.assigned?.by ?? 'delivery'),
    }
  }

  private sendAck(client: Client): End {
    const ack = this.header(client, 'ack')
    if (client.socket === undefined) {
      const { dev } = this.packet.origin as InputOrigin
      return this.journey.receive(client.kernel, dev, ack)
    }
    return this.sendFrom(client.kernel, ack, client.socket)
  }

  private sendFrom(kernel: Kernel, skb: Skb, socket: Socket): End {
    skb.sender = socket
    return this.sendBack(kernel, skb, { socket })
  }

  private sendBack(kernel: Kernel, skb: Skb, { socket, freely = socket?.transparent === true, oif }: Sending): End {
    skb.mark = socket?.mark ?? 0
    skb.sender = socket ?? skb.sender
    const wildcard =
      (skb.segment === 'datagram' && socket !== undefined && socket.address === undefined) || skb.src === anyAddress
    const way = outputRoute(kernel, {
      dst: skb.dst,
      src: wildcard ? undefined : skb.src,
      mark: skb.mark,
      transparent: freely,
      uid: socket === undefined ? kernelUid : socket.uid,
      oif,
      protocol: skb.protocol,
      sport: skb.sport,
      dport: skb.dport,
    })
    if (way.kind === 'unknown') return way
    if (way.kind === 'unreachable') return { kind: 'lost', kernel, reason: 'no-route' }
    skb.src = way.source
    return this.journey.output(kernel, skb, way.route)
  }

  /** The client knows an answer by its own tuple turned round. */
  private recognised(client: Client, end: End): boolean {
    if (end.kind === 'left') return client.socket === undefined && isAnswer(end.skb, client)
    return (
      end.kind === 'delivered' &&
      client.socket !== undefined &&
      (end.socket === client.socket || quotes(end.skb, client))
    )
  }

  private snapshot(): ConnectionFact[] {
    const facts: ConnectionFact[] = []
    for (const [netns, table] of this.journey.tracked())
      for (const { zone, mark, original, reply } of table.connections)
        facts.push({ netns, zone: zone?.id ?? 0, mark, original: ends(original), reply: ends(reply) })
    return facts
  }
}

/** icmp_send answers from any address that was routed here, even where that fails later; icmp6_send only from its own. */
const answersFrom = (kernel: Kernel, { src, family }: Skb, local: boolean): boolean =>
  (family === 4 && local) || isLocal(kernel, src)

const isAnswer = (skb: Skb, client: Client): boolean =>
  skb.dst === client.src &&
  (skb.segment === 'unreachable'
    ? quotes(skb, client)
    : skb.src === client.dst && skb.sport === client.dport && skb.dport === client.sport)

const quotes = ({ quoted }: Skb, client: Client): boolean =>
  quoted !== undefined &&
  quoted.tuple.src === client.src &&
  quoted.tuple.sport === client.sport &&
  quoted.tuple.dst === client.dst &&
  quoted.tuple.dport === client.dport
