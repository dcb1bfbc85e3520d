import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface TestProxy {
  readonly url: string
  /** `host:port` of every tunnel that was asked for. */
  readonly tunnels: readonly string[]
  readonly stop: () => Promise<void>
}

/** An HTTP proxy that opens tunnels, all to this machine whatever the host is called; or refuses them. */
export const startProxy = async (refuses?: number): Promise<TestProxy> => {
  const tunnels: string[] = []
  const open = new Set<Socket>()
  const server = createServer()
  server.on('connect', (request, client: Socket) => {
    tunnels.push(request.url ?? '')
    open.add(client)
    if (refuses !== undefined) {
      client.end(`HTTP/1.1 ${refuses} Refused\r\n\r\n`)
      return
    }
    const [, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(client).pipe(upstream)
    })
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    tunnels,
    stop: () => {
      for (const socket of open) socket.destroy()
      return new Promise(stopped => server.close(() => stopped()))
    },
  }
}
