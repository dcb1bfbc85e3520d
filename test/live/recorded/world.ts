import { createSocket } from 'node:dgram'
import { createServer, isIPv6 } from 'node:net'
import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import type { World } from '../envoy/play.ts'
import { makeWorld } from '../envoy/run.ts'
import { forgetAttempts, type Listening, listening, serveEcho } from '../envoy/upstream.ts'
import { listenTunnel } from '../envoy/ztunnel.ts'
import { resolverPort } from './runnable.ts'
import type { Dump } from './scenario.ts'
import { isClientAddress } from './words.ts'

const tunnelPort = 15008
/** On which nobody listens (specs/waypoint-measured.md §1). */
const refusedPort = 4

const ip4 = /(?<![\d.])(\d+\.\d+\.\d+\.\d+)(?![\d./])/g
/** As endpoints are written: alone, or in brackets before a port. */
const ip6 = /"\[?([\da-f]+:[\da-f:]+)(?:\]:\d+)?"/g

const shortest = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)

const addressesIn = (text: string): readonly string[] => {
  const found = [...text.matchAll(ip4)].map(([, address]) => address ?? '').filter(isClientAddress)
  const longer = [...text.matchAll(ip6)]
    .map(([, address]) => address ?? '')
    .filter(isIPv6)
    .map(shortest)
    .filter(each => !each.startsWith('::'))
  return [...new Set([...found, ...longer])]
}

const portsIn = (text: string): ReadonlySet<number> =>
  new Set(
    [...text.matchAll(/"(?:port_value|port)":(\d+)|:(\d+)"/g)]
      .map(([, value, written]) => Number(value ?? written))
      .filter(port => port > 0 && port < 65_536 && ![refusedPort, tunnelPort, resolverPort].includes(port)),
  )

/** Gateways of other networks, to which tunnels within tunnels go. */
const farGateways = (value: unknown, found = new Set<string>()): ReadonlySet<string> => {
  const text = JSON.stringify(value) ?? ''
  if (typeof value !== 'object' || value === null || !text.includes('"double_hbone"')) return found
  if ('double_hbone' in value || 'endpoint' in value)
    for (const [, address] of text.matchAll(/"local":"([\d.]+):15008"/g)) found.add(address ?? '')
  else for (const each of Object.values(value)) farGateways(each, found)
  return found
}

const plain = (address: string | undefined): string => `${address}`.replace(/^::ffff:/, '')

/** An application on a port of every address. */
const listenPlain = (port: number): Promise<Listening> =>
  listening(
    createServer({ noDelay: true }, socket => {
      const address = plain(socket.localAddress)
      serveEcho(socket, { server: `${address.includes(':') ? `[${address}]` : address}:${port}` })
    }),
    '::',
    port,
  )

/** Answers every name with one address, except those that are not to exist. */
const listenNames = (): Listening => {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const question = query.subarray(12, query.indexOf(0, 12) + 5)
    const exists = !question.includes('nx')
    const answers = exists && question.readUInt16BE(question.length - 4) === 1 ? 1 : 0
    const id = [query[0] ?? 0, query[1] ?? 0]
    const head = Buffer.from([...id, 0x81, exists ? 0x80 : 0x83, 0, 1, 0, answers, 0, 0, 0, 0])
    const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 101])
    socket.send(Buffer.concat([head, question, ...(answers === 1 ? [answer] : [])]), from.port, from.address)
  })
  socket.bind(resolverPort, '127.0.0.1')
  return { close: () => socket.close() }
}

/** Applications, ztunnels and names of a recorded mesh, and certificates for its clients. */
export const openWorld = async (
  dump: Dump,
  requests: readonly RecordedRequest[],
  own: string,
): Promise<{ readonly world: World; close(): void }> => {
  forgetAttempts()
  const world = makeWorld([...new Set(requests.flatMap(({ peer_identity }) => peer_identity ?? []))])
  const text = JSON.stringify([dump.configs, requests])
  const uris = ['spiffe://cluster.local/ns/default/sa/app']
  const identity = world.authority.issue({ uris, dns: [], common: '' })
  const far = farGateways(dump.configs)
  const open: Listening[] = [listenNames()]
  for (const port of portsIn(text)) open.push(await listenPlain(port))
  for (const address of addressesIn(text))
    if (address !== own)
      open.push(await listenTunnel(address, tunnelPort, identity, world.authority.cert, far.has(address)))
  return {
    world,
    close: () => {
      for (const each of open) each.close()
    },
  }
}
