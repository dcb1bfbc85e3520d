import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2'
import type { Identity } from './certificates.ts'
import { farGateway } from './clusters.ts'
import { type Listening, listening, serveEcho } from './upstream.ts'

/** As in the recordings: ztunnels of these addresses refuse every tunnel. */
const refuses = (address: string): boolean => /^(127\.0|10\.244)\.6[67]\./.test(address)

const tunnelServer = (
  identity: Identity,
  authority: string,
  refused: boolean,
  serve: (stream: ServerHttp2Stream, inside: string) => void,
): Http2SecureServer => {
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
    if (headers[':method'] !== 'CONNECT' || refused) return stream.respond({ ':status': 401 }, { endStream: true })
    stream.respond({ ':status': 200 })
    serve(stream, `${headers[':authority'] ?? ''}`)
  })
  return server
}

/**
 * A ztunnel's inbound port: mutual TLS, CONNECT, and behind it the application that the authority names, or the port of
 * the same kind at the far end of a tunnel within this one.
 */
export const listenTunnel = (
  address: string,
  port: number,
  identity: Identity,
  authority: string,
  leadsFar = address === farGateway,
): Promise<Listening> => {
  const dialed = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const server = tunnelServer(identity, authority, refuses(address), (stream, outside) => {
    const tunnel = { dialed, authority: outside }
    if (!leadsFar) return serveEcho(stream, { server: outside, tunnel })
    const far = tunnelServer(identity, authority, false, (inner, name) => serveEcho(inner, { server: name, tunnel }))
    serveEcho(stream, { server: outside, tunnel }, inside => far.emit('connection', inside))
  })
  return listening(server, address, port)
}
