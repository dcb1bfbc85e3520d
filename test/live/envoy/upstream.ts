import { createServer as createHttp2 } from 'node:http2'
import { connect, createServer, type Server, type Socket } from 'node:net'

const preface = 'PRI * HTTP/2.0'
const requestLine = /^([A-Z-]+) (\S+) HTTP\/1\.[01]\r\n/

interface Echo {
  readonly server: string
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
}

const written = (echo: Echo): string => Buffer.from(JSON.stringify(echo)).toString('base64')

export const readEcho = (text: string): Echo => JSON.parse(Buffer.from(text, 'base64').toString()) as Echo

interface Read {
  readonly echo: Echo
  readonly bytes: number
}

/** One HTTP/1 request at the start of `text`, whatever its target looks like; undefined while it is not complete. */
const readRequest = (text: string, server: string): Read | undefined => {
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
  const length = Number(headers.find(([name]) => name === 'content-length')?.[1] ?? 0)
  const chunked = headers.some(([name]) => name === 'transfer-encoding')
  const bodyEnd = chunked ? text.indexOf('0\r\n\r\n', end) + 5 : end + 4 + length
  if (bodyEnd < end + 4 || text.length < bodyEnd) return undefined
  return { echo: { server, method, path, headers }, bytes: bodyEnd }
}

const serveHttp1 = (socket: Socket, first: string, name: string): void => {
  let text = first
  const answer = (): void => {
    for (let read = readRequest(text, name); read !== undefined; read = readRequest(text, name)) {
      text = text.slice(read.bytes)
      const body = read.echo.method === 'HEAD' ? '' : 'ok'
      socket.write(`HTTP/1.1 200 OK\r\nx-echo: ${written(read.echo)}\r\ncontent-length: 2\r\n\r\n${body}`)
    }
  }
  socket.on('data', data => {
    text += data.toString('latin1')
    answer()
  })
  answer()
}

const serveHttp2 = (socket: Socket, first: Buffer, port: number): void => {
  const inner = connect(port, '127.0.0.1')
  inner.on('error', () => socket.destroy())
  socket.on('close', () => inner.destroy())
  inner.write(first)
  socket.pipe(inner).pipe(socket)
}

/** An upstream that says which address answered and what it saw, over HTTP/1, HTTP/2 and plain bytes on one port. */
export const listen = async (address: string, port: number): Promise<{ close(): void }> => {
  const name = `${address}:${port}`
  const http2 = createHttp2((_, response) => {
    response.setHeader('x-echo', written({ server: name, method: '', path: '', headers: [] }))
    response.end('ok')
  })
  await new Promise<void>(resolve => http2.listen(0, '127.0.0.1', resolve))
  const bound = http2.address()
  const http2Port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const tcp: Server = createServer({ noDelay: true }, socket => {
    socket.on('error', () => socket.destroy())
    socket.once('data', data => {
      const text = data.toString('latin1')
      if (text.startsWith(preface)) serveHttp2(socket, data, http2Port)
      else if (requestLine.test(text)) serveHttp1(socket, text, name)
      else socket.write(`tcp ${name}`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject)
    tcp.listen(port, address, resolve)
  })
  return {
    close: () => {
      tcp.close()
      http2.close()
    },
  }
}
