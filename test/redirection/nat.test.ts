import { describe, expect, test } from 'vitest'
import { Conntrack } from '#redirection/conntrack.ts'
import { readIp } from '#redirection/ip.ts'
import { bind, destinationMoved, translate } from '#redirection/nat.ts'
import { type Skb, skbOf } from '#redirection/skb.ts'

const ip = (text: string) => readIp(text) ?? 0
const packet = (src: string, sport: number, dst: string, dport: number, segment: Skb['segment'] = 'syn') =>
  skbOf({ family: 4, protocol: 'tcp', segment, src: ip(src), sport, dst: ip(dst), dport })

describe('one connection through NAT', () => {
  test('REDIRECT changes the destination, and the answer gets its old source back', () => {
    const table = new Conntrack()
    const syn = packet('10.0.0.1', 4000, '10.96.0.50', 80)
    table.track(syn)
    const connection = syn.tracking?.connection
    if (connection === undefined) throw new Error('not tracked')
    bind(connection, 'destination', ip('127.0.0.1'), 15001)
    translate(syn, 'destination')
    expect([syn.dst, syn.dport]).toEqual([ip('127.0.0.1'), 15001])
    expect(destinationMoved(syn)).toBe(true)

    const answer = packet('127.0.0.1', 15001, '10.0.0.1', 4000, 'syn-ack')
    table.track(answer)
    expect(answer.tracking).toMatchObject({ direction: 'reply', state: 'ESTABLISHED' })
    translate(answer, 'destination')
    translate(answer, 'source')
    expect([answer.src, answer.sport, answer.dst]).toEqual([ip('10.96.0.50'), 80, ip('10.0.0.1')])
  })

  test('SNAT shows another source, and the answer finds the client', () => {
    const table = new Conntrack()
    const syn = packet('10.0.0.1', 4000, '10.244.1.10', 8080)
    table.track(syn)
    if (syn.tracking === undefined) throw new Error('not tracked')
    bind(syn.tracking.connection, 'source', ip('169.254.7.127'), undefined)
    translate(syn, 'source')
    expect([syn.src, syn.sport]).toEqual([ip('169.254.7.127'), 4000])
    const answer = packet('10.244.1.10', 8080, '169.254.7.127', 4000, 'syn-ack')
    table.track(answer)
    translate(answer, 'destination')
    expect(answer.dst).toBe(ip('10.0.0.1'))
  })

  test('an ICMP error is related to the packet it quotes and quotes the packet its sender knows', () => {
    const table = new Conntrack()
    const query = skbOf({
      family: 4,
      protocol: 'udp',
      segment: 'datagram',
      src: ip('10.0.0.1'),
      sport: 4000,
      dst: ip('10.96.0.10'),
      dport: 53,
    })
    table.track(query)
    if (query.tracking === undefined) throw new Error('not tracked')
    bind(query.tracking.connection, 'destination', ip('127.0.0.1'), 15053)
    translate(query, 'destination')
    const tuple = { src: query.src, sport: query.sport, dst: query.dst, dport: query.dport }
    const error = skbOf(
      {
        family: 4,
        protocol: 'icmp',
        segment: 'unreachable',
        src: ip('127.0.0.1'),
        sport: 0,
        dst: ip('10.0.0.1'),
        dport: 0,
      },
      { code: 'port', quoted: { protocol: 'udp', tuple } },
    )
    table.track(error)
    expect(error.tracking).toMatchObject({ direction: 'reply', state: 'RELATED' })
    translate(error, 'source')
    expect(error.quoted?.tuple).toMatchObject({ dst: ip('10.96.0.10'), dport: 53 })
  })
})

describe('zones', () => {
  test('the same tuple in two zones is two connections', () => {
    const table = new Conntrack()
    const plain = packet('10.0.0.1', 4000, '10.96.0.10', 53, 'datagram')
    const zoned = packet('10.0.0.1', 4000, '10.96.0.10', 53, 'datagram')
    zoned.zone = { id: 1, direction: 'both' }
    table.track(plain)
    table.track(zoned)
    expect(table.connections).toHaveLength(2)
    const answer = packet('10.96.0.10', 53, '10.0.0.1', 4000, 'datagram')
    answer.zone = { id: 1, direction: 'both' }
    table.track(answer)
    expect(answer.tracking?.connection).toBe(table.connections[1])
  })

  test('a stray SYN-ACK begins nothing', () => {
    const table = new Conntrack()
    const stray = packet('10.96.0.50', 80, '10.0.0.1', 4000, 'syn-ack')
    table.track(stray)
    expect(stray.tracking).toBeUndefined()
  })
})
