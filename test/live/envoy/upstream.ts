import { createServer as createHttp, type IncomingMessage } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import { createServer as createTcp, type Server, type Socket } from 'node:net'

const preface = 'PRI * HTTP/2.0'
const requestLine = /^[A-Z-]+ \S+ HTTP\/1\.[01]\r\n/

interface Echo {
  readonly server: string
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
}

const pairs = (raw: readonly string[]): (readonly [string, string])[] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : []))

const echoOf = (request: IncomingMessage, server: string): Echo => ({
  server,
  method: request.method ?? '',
  path: request.url ?? '',
  headers: pairs(request.rawHeaders),
})

export const readEcho = (text: string): Echo => JSON.parse(Buffer.from(text, 'base64').toString()) as Echo

/** An upstream that says which address answered and what it saw, over HTTP/1, HTTP/2 and plain bytes on one port. */
export const listen = (address: string, port: number): Promise<Server> => {
  const name = `${address}:${port}`
  const http = createHttp((request, response) => {
    request.resume()
    const echo = Buffer.from(JSON.stringify(echoOf(request, name))).toString('base64')
    response.setHeader('x-echo', echo)
    response.sendDate = false
    response.end('ok')
  })
  http.keepAliveTimeout = 60_000
  const http2 = createHttp2((_, response) => {
    const echo: Echo = { server: name, method: '', path: '', headers: [] }
    response.setHeader('x-echo', Buffer.from(JSON.stringify(echo)).toString('base64'))
    response.end('ok')
  })
  const tcp = createTcp({ noDelay: true }, socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', data => sort(data, socket))
  })
  const sort = (data: Buffer, socket: Socket): void => {
    const text = data.toString('latin1')
    if (text.startsWith(preface) || requestLine.test(text)) {
      socket.unshift(data)
      const server = text.startsWith(preface) ? http2 : http
      server.emit('connection', socket)
    } else socket.write(`tcp ${name}`)
  }
  return new Promise((resolve, reject) => {
    tcp.once('error', reject)
    tcp.listen(port, address, () => resolve(tcp))
  })
}
