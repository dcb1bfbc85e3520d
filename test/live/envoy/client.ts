import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type IncomingHttpHeaders,
} from 'node:http2'
import { connect as connectTcp, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { RecordedRequest } from '../../fidelity/waypoint/recorded.ts'
import type { Identity } from './certificates.ts'

/** What the client met; the rest of a verdict comes from the access log. */
export interface Met {
  readonly connectStatus?: number
  readonly status?: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
  readonly bytes: string
  readonly closed: boolean
}

/** Where a waypoint takes tunnels. */
export interface Door {
  readonly host: string
  readonly port: number
}

/** A connection that ended before anything was answered. */
const nothing: Met = { headers: [], body: '', bytes: '', closed: true }

const patienceMs = 4000
const idleMs = 120

const hello = (serverName: string | null | undefined, alpn: readonly string[]): Promise<Buffer> =>
  new Promise(resolve => {
    // A TLS client that writes its first flight into a buffer instead of a socket.
    const sink = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _: unknown, done: () => void) => {
        resolve(chunk)
        done()
      },
    })
    const socket = connectTls({
      socket: sink,
      ...(serverName ? { servername: serverName } : {}),
      ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
      rejectUnauthorized: false,
    })
    socket.on('error', () => undefined)
  })

const http1Bytes = (request: RecordedRequest): string => {
  const version = request.protocol === 'http/1.0' ? '1.0' : '1.1'
  const lines = (request.headers ?? []).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const host = request.host === null || request.host === undefined ? '' : `Host: ${request.host}\r\n`
  const length = request.body === undefined ? '' : `content-length: ${request.body.length}\r\n`
  return `${request.method} ${request.path} HTTP/${version}\r\n${host}${lines}${length}\r\n${request.body ?? ''}`
}

const readHttp1 = (text: string, method: string | undefined): Pick<Met, 'status' | 'headers' | 'body'> | undefined => {
  const end = text.indexOf('\r\n\r\n')
  if (!text.startsWith('HTTP/1.') || end < 0) return undefined
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map(line => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  const length = Number(headers.find(([name]) => name === 'content-length')?.[1] ?? 0)
  const chunked = headers.some(([name]) => name === 'transfer-encoding')
  const body = text.slice(end + 4)
  const status = Number(first.split(' ')[1])
  const bodiless = method === 'HEAD' || status === 204 || status === 101
  if (!bodiless && (chunked ? !body.includes('0\r\n\r\n') : body.length < length)) return undefined
  return { status, headers, body: bodiless ? '' : Buffer.from(body.slice(0, length), 'latin1').toString('utf8') }
}

/** Waits until `done` says so, the stream ends, or patience does. */
const collect = (
  stream: ClientHttp2Stream,
  done: (text: string) => boolean,
): Promise<{ text: string; closed: boolean }> =>
  new Promise(resolve => {
    let text = ''
    let timer: NodeJS.Timeout | undefined
    const finish = (closed: boolean): void => {
      clearTimeout(timer)
      resolve({ text, closed })
    }
    timer = setTimeout(() => finish(false), patienceMs)
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (done(text)) finish(false)
    })
    stream.once('close', () => finish(true))
    stream.once('end', () => setTimeout(() => finish(true), 20))
  })

/** Node writes one byte a character. */
const asUtf8 = (text: string): string => Buffer.from(text).toString('latin1')

/** An extended CONNECT asks for an upgrade, and is not ended by what is sent. */
const isExtended = ({ headers = [] }: RecordedRequest): boolean => headers.some(([name]) => name === ':protocol')

const overHttp2 = (stream: ClientHttp2Stream, request: RecordedRequest): Promise<Omit<Met, 'connectStatus'>> =>
  new Promise(resolve => {
    let settled = false
    const session = connectHttp2('http://inner', { createConnection: () => stream })
    const finish = (met: Omit<Met, 'connectStatus' | 'bytes'>): void => {
      if (settled) return
      settled = true
      resolve({ ...met, bytes: '' })
      if (isExtended(request)) session.destroy()
      else session.close()
    }
    const lost = (): void => finish({ headers: [], body: '', closed: true })
    session.on('error', lost)
    session.on('close', lost)
    setTimeout(() => finish({ headers: [], body: '', closed: false }), patienceMs)
    // The order in which they are sent.
    const headers: Record<string, string | string[]> = {
      ':method': request.method ?? 'GET',
      ':path': asUtf8(request.path ?? '/'),
      ':authority': request.host ?? '',
      ':scheme': request.scheme ?? 'http',
    }
    for (const [name, value] of request.headers ?? []) {
      const key = name.toLowerCase()
      const known = headers[key]
      const written = asUtf8(value)
      headers[key] = known === undefined ? written : [known, written].flat()
    }
    const listen = (asked: ClientHttp2Stream): void => {
      // A request that is not ended is reset behind its answer.
      let ended = lost
      asked.on('error', () => ended())
      asked.on('response', (answer: IncomingHttpHeaders, _: number, raw: unknown) => {
        let body = ''
        const list = ((raw as unknown as string[]) ?? []).flatMap((name, at, all) =>
          at % 2 === 0 ? [[name, all[at + 1] ?? ''] as const] : [],
        )
        asked.on('data', chunk => {
          body += chunk
        })
        const answered = (): void =>
          finish({ status: Number(answer[':status'] ?? 0), headers: list, body, closed: false })
        ended = answered
        asked.on('end', answered)
        // What was upgraded does not end by itself.
        if (isExtended(request) && Number(answer[':status']) === 200) setTimeout(answered, idleMs)
      })
      if (request.body !== undefined) asked.end(request.body)
    }
    const ask = (): void =>
      listen(session.request(headers, { endStream: request.body === undefined && !isExtended(request) }))
    // Only a server that says so takes an extended CONNECT.
    if (isExtended(request)) session.once('remoteSettings', ask)
    else ask()
  })

const overBytes = async (stream: ClientHttp2Stream, request: RecordedRequest): Promise<Omit<Met, 'connectStatus'>> => {
  const http1 = request.protocol === 'http/1.1' || request.protocol === 'http/1.0'
  if (request.protocol === 'tls') stream.write(await hello(request.sni, request.alpn ?? []))
  else stream.write(http1 ? Buffer.from(http1Bytes(request)) : Buffer.from(request.data ?? '', 'latin1'))
  const complete = (text: string) =>
    text.startsWith('HTTP/') ? readHttp1(text, request.method) !== undefined : text.length > 0
  const { text, closed } = await collect(stream, complete)
  const read = readHttp1(text, request.method)
  return { ...(read ?? { headers: [], body: '' }), bytes: text, closed }
}

/** A session with port 15008; `failed` hears of its end. */
const sessionWith = (socket: TLSSocket, failed: () => void): ClientHttp2Session => {
  const session = connectHttp2('https://waypoint', { createConnection: () => socket })
  session.on('error', failed)
  session.on('close', failed)
  return session
}

/** A request of port 15008 itself, without CONNECT. */
const directly = (socket: TLSSocket, request: RecordedRequest): Promise<Met> =>
  new Promise(resolve => {
    const failed = (): void => resolve(nothing)
    const session = sessionWith(socket, failed)
    const stream = session.request({
      ':method': request.method ?? 'GET',
      ':path': request.path ?? '/',
      ':authority': request.host ?? '',
      'x-amb-id': request.id,
    })
    stream.on('error', failed)
    stream.setTimeout(patienceMs * 2, failed)
    stream.on('response', answer => {
      resolve({ ...nothing, closed: false, status: answer[':status'] ?? 0 })
      setTimeout(() => session.destroy(), idleMs)
    })
  })

const tunnel = (socket: TLSSocket, request: RecordedRequest): Promise<Met> =>
  new Promise(resolve => {
    const failed = (): void => resolve(nothing)
    const session = sessionWith(socket, failed)
    const stream = session.request({
      ...Object.fromEntries(request.connect_headers ?? []),
      ':method': 'CONNECT',
      ':authority': request.connect_authority ?? '',
      'x-amb-id': request.id,
    })
    stream.on('error', () => undefined)
    stream.setTimeout(patienceMs * 2, failed)
    stream.on('response', async answer => {
      const connectStatus = answer[':status'] ?? 0
      const met =
        connectStatus === 200 ? await (request.protocol === 'h2' ? overHttp2 : overBytes)(stream, request) : nothing
      resolve({ connectStatus, ...met })
      // A stream that ends leaves its lines in every log; older releases do not log one that is reset.
      stream.end()
      setTimeout(() => session.destroy(), idleMs)
    })
  })

const plaintext = (tcp: Socket): Promise<Met> =>
  new Promise(resolve => {
    tcp.on('close', () => resolve(nothing))
    tcp.setTimeout(patienceMs, () => tcp.destroy())
    tcp.end('GET / HTTP/1.1\r\nHost: a.com\r\n\r\n')
    tcp.resume()
  })

/** Plays one request through CONNECT with a client certificate, from its own source address. */
export const play = (door: Door, authority: string, identity: Identity, request: RecordedRequest): Promise<Met> =>
  new Promise(resolve => {
    const tcp = connectTcp({ ...door, localAddress: request.source_ip })
    tcp.on('error', () => resolve(nothing))
    // Whatever ends the connection, and however: nobody waits for ever.
    tcp.on('close', () => resolve(nothing))
    setTimeout(() => tcp.destroy(), patienceMs * 4).unref()
    if (request.protocol === 'raw15008') return void plaintext(tcp).then(resolve)
    const alpn = request.outer_alpn ?? ['h2']
    const over = request.protocol === 'outer' ? directly : tunnel
    const socket = connectTls(
      {
        socket: tcp,
        ...identity,
        ca: authority,
        ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
        checkServerIdentity: () => undefined,
      },
      () => void over(socket, request).then(resolve),
    )
    socket.on('error', () => resolve(nothing))
    socket.on('close', () => resolve(nothing))
  })
