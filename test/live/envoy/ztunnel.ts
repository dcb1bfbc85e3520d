import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { Identity } from './certificates.ts'
import { type Listening, listening, serveEcho } from './upstream.ts'

/** As in the recordings: ztunnels of these addresses refuse every tunnel. */
const refuses = (address: string): boolean => /^127\.0\.6[67]\./.test(address)

/** A ztunnel's inbound port: mutual TLS, CONNECT, and behind it the application that the authority names. */
export const listenTunnel = (
  address: string,
  port: number,
  identity: Identity,
  authority: string,
): Promise<Listening> => {
  const server = createSecureServer({
    ...identity,
    ca: authority,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
    settings: { enableConnectProtocol: true },
  })
  server.on('sessionError', () => undefined)
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => undefined)
    stream.on('end', () => stream.end())
    if (headers[':method'] !== 'CONNECT' || refuses(address))
      return stream.respond({ ':status': 401 }, { endStream: true })
    stream.respond({ ':status': 200 })
    const inside = `${headers[':authority'] ?? ''}`
    serveEcho(stream, { server: inside, tunnel: { dialed: `${address}:${port}`, authority: inside } })
  })
  return listening(server, address, port)
}
