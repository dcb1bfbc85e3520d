import {
  createServer as createHttp2,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import type { Duplex } from 'node:stream'

const preface = 'PRI * HTTP/2.0'
/** The first part of one that comes in several. */
const longRequestLine = /^[A-Za-z-]+ \S{1000,}$/
const requestLine = /^([A-Za-z-]+) ([^ \r\n]+) HTTP\/1\.[01]\r\n/

type HeaderList = readonly (readonly [string, string])[]

/** Who answered, what it saw, and through which tunnel that came. */
interface Echo {
  readonly server: string
  readonly method: string
  readonly path: string
  readonly headers: HeaderList
  readonly protocol: 'http/1.1' | 'h2'
  readonly attempt: number
  readonly tunnel?: Tunnel
}

export interface Tunnel {
  readonly dialed: string
  readonly authority: string
}

const written = (echo: Echo): string => Buffer.from(JSON.stringify(echo)).toString('base64')

export const readEcho = (text: string): Echo => JSON.parse(Buffer.from(text, 'base64').toString()) as Echo

/** What a stream without HTTP is answered. */
export const readTcpEcho = (text: string): { endpoint?: string; tunnel?: Tunnel } => {
  const [, server, dialed] = /^tcp (\S+)(?: through (\S+))?\n/.exec(text) ?? []
  if (server === undefined) return {}
  return { endpoint: server, ...(dialed === undefined ? {} : { tunnel: { dialed, authority: server } }) }
}

const attempts = new Map<string, number>()

/** A run on another Envoy repeats the ids of the one before. */
export const forgetAttempts = (): void => attempts.clear()

interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: HeaderList
}

interface Answer {
  readonly status: number
  readonly headers: HeaderList
  readonly afterMs: number
}

const headerOf = (headers: HeaderList, name: string): string | undefined => headers.find(([own]) => own === name)?.[1]

/** By the `x-echo-` headers that the recordings use (test/fidelity/waypoint/world.ts); undefined closes the connection. */
const answerTo = (server: Answering, asked: Asked, protocol: Echo['protocol']): Answer | undefined => {
  const id = headerOf(asked.headers, 'x-amb-id') ?? ''
  const attempt = (attempts.get(id) ?? 0) + 1
  const mirrored = /-shadow(:\d+)?$/.test(headerOf(asked.headers, 'host') ?? '')
  if (id !== '' && !mirrored) attempts.set(id, attempt)
  const number = (name: string) => Number(headerOf(asked.headers, name) ?? Number.NaN)
  if (headerOf(asked.headers, 'x-echo-close') !== undefined) return undefined
  const grpc = headerOf(asked.headers, 'x-echo-grpc-status')
  const echo: Echo = { ...asked, ...server, protocol, attempt }
  return {
    status:
      attempt <= number('x-echo-fail-first') ? number('x-echo-fail-status') || 503 : number('x-echo-status') || 200,
    headers: [['x-echo', written(echo)], ...(grpc === undefined ? [] : [['grpc-status', grpc] as const])],
    afterMs: 1000 * (number('x-echo-delay') || 0),
  }
}

interface Answering {
  readonly server: string
  readonly tunnel?: Tunnel
}

interface Read {
  readonly asked: Asked
  readonly bytes: number
}

/** One HTTP/1 request at the start of `text`, whatever its target looks like; undefined while it is not complete. */
const readRequest = (text: string): Read | undefined => {
  const end = text.indexOf('\r\n\r\n')
  const [, method, path] = requestLine.exec(text) ?? []
  if (end < 0 || method === undefined || path === undefined) return undefined
  const headers = text
    .slice(0, end)
    .split('\r\n')
    .slice(1)
    .map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    })
  const length = Number(headerOf(headers, 'content-length')) || 0
  const chunked = headerOf(headers, 'transfer-encoding') !== undefined
  // What follows a request to upgrade is no body.
  const upgrading = headerOf(headers, 'upgrade') !== undefined
  const bodyEnd = chunked && !upgrading ? text.indexOf('0\r\n\r\n', end) + 5 : end + 4 + length
  if (bodyEnd < end + 4 || text.length < bodyEnd) return undefined
  return { asked: { method, path: asUtf8(path), headers: headers.map(decoded) }, bytes: bodyEnd }
}

const asUtf8 = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

const decoded = ([name, value]: readonly [string, string]) => [name, asUtf8(value)] as const

const reply = (socket: Duplex, { asked }: Read, answer: Answer): void => {
  const lines = answer.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const body = asked.method === 'HEAD' ? '' : 'ok'
  const rest =
    answer.status === 101 ? 'connection: upgrade\r\nupgrade: websocket\r\n\r\n' : `content-length: 2\r\n\r\n${body}`
  if (!socket.destroyed) socket.write(`HTTP/1.1 ${answer.status} X\r\n${lines}${rest}`)
}

const serveHttp1 = (socket: Duplex, first: string, server: Answering): void => {
  let text = first
  const serve = (): void => {
    for (let read = readRequest(text); read !== undefined; read = readRequest(text)) {
      text = text.slice(read.bytes)
      const answer = answerTo(server, read.asked, 'http/1.1')
      if (answer === undefined) return void socket.end()
      if (answer.afterMs === 0) reply(socket, read, answer)
      else setTimeout(reply, answer.afterMs, socket, read, answer)
    }
  }
  socket.on('data', data => {
    text += data.toString('latin1')
    serve()
  })
  serve()
}

const pairs = (raw: readonly string[]): HeaderList =>
  raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ''] as const] : []))

/** An answer repeats what was asked, however long its path was. */
const roomy = {
  maxSendHeaderBlockLength: 1 << 20,
  settings: { maxHeaderListSize: 1 << 20, enableConnectProtocol: true },
} as const

const http2Server = (server: Answering): Http2Server => {
  const serve = (request: Http2ServerRequest, response: Http2ServerResponse) => {
    const all = pairs(request.rawHeaders)
    const host = headerOf(all, ':authority') ?? ''
    const headers = [
      ['host', host] as const,
      ...all.filter(([name]) => name === ':protocol' || !name.startsWith(':')).map(decoded),
    ]
    const answer = answerTo(server, { method: request.method, path: asUtf8(request.url), headers }, 'h2')
    if (answer === undefined) {
      request.stream.close(2)
      return
    }
    setTimeout(() => {
      if (request.stream.destroyed) return
      for (const [name, value] of answer.headers) response.setHeader(name, value)
      // HTTP/2 takes an upgrade with 200 instead of 101.
      const upgrades = request.method === 'CONNECT' && [101, 200].includes(answer.status)
      response.writeHead(upgrades ? 200 : answer.status)
      if (upgrades) response.write('')
      else response.end('ok')
    }, answer.afterMs)
  }
  return createHttp2(roomy, serve).on('connect', serve)
}

const serveHttp2 = (socket: Duplex, first: Buffer, server: Answering): void => {
  const http2 = http2Server(server)
  http2.listen(0, '127.0.0.1', () => {
    const inner = connect((http2.address() as AddressInfo).port, '127.0.0.1')
    inner.on('error', () => socket.destroy())
    socket.on('close', () => {
      inner.destroy()
      http2.close()
    })
    inner.write(first)
    socket.pipe(inner).pipe(socket)
  })
}

/** The tunnel that comes inside a tunnel: TLS where an application would be asked. */
export type Inside = (stream: Duplex) => void

const tlsHandshake = 0x16

/** Speaks HTTP/1, HTTP/2 or plain bytes, by the first ones. */
export const serveEcho = (socket: Duplex, server: Answering, inside?: Inside): void => {
  socket.on('error', () => socket.destroy())
  socket.once('data', (data: Buffer) => {
    const text = data.toString('latin1')
    if (inside !== undefined && data[0] === tlsHandshake) {
      socket.unshift(data)
      return inside(socket)
    }
    if (text.startsWith(preface)) serveHttp2(socket, data, server)
    else if (requestLine.test(text) || longRequestLine.test(text)) serveHttp1(socket, text, server)
    else socket.write(`tcp ${server.server}${server.tunnel === undefined ? '' : ` through ${server.tunnel.dialed}`}\n`)
  })
}

export interface Listening {
  close(): void
}

export const listening = async (server: Server, address: string, port: number): Promise<Listening> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, resolve)
  })
  return { close: () => server.close() }
}

/** An upstream that says which address answered and what it saw. */
export const listen = (address: string, port: number): Promise<Listening> =>
  listening(
    createServer({ noDelay: true }, socket => serveEcho(socket, { server: `${address}:${port}` })),
    address,
    port,
  )
