import type { PeerCertificate } from '#waypoint/connection.ts'
import type { InnerTraffic, OuterTraffic, WaypointRequest } from '#waypoint/request.ts'
import type { RecordedRequest } from './recorded.ts'

/** Identities are written as URI SANs joined with commas, other certificates in words. */
const peerOf = (identity: string | null): PeerCertificate | undefined => {
  if (identity === null) return undefined
  const dns = /DNS SAN ([^ )]+)/.exec(identity)?.[1]
  const name = /CN=([^ )]+)/.exec(identity)?.[1]
  if (!identity.startsWith('(')) return { uris: identity.split(','), dns: [], subject: '' }
  return { uris: [], dns: dns === undefined ? [] : [dns], subject: name === undefined ? '' : `CN=${name}` }
}

const versions = { 'http/1.1': '1.1', 'http/1.0': '1.0', h2: '2' } as const

const innerOf = (request: RecordedRequest): InnerTraffic => {
  const { protocol } = request
  if (protocol === 'silent') return { kind: 'silent' }
  if (protocol === 'tcp') return { kind: 'bytes', data: request.data ?? '' }
  if (protocol === 'tls')
    return {
      kind: 'tls',
      ...(request.sni === null || request.sni === undefined ? {} : { serverName: request.sni }),
      alpn: request.alpn ?? [],
    }
  return {
    kind: 'http',
    version: versions[protocol as keyof typeof versions],
    method: request.method ?? 'GET',
    ...(request.host === null || request.host === undefined ? {} : { authority: request.host }),
    path: request.path ?? '',
    headers: request.headers ?? [],
    ...(request.scheme === undefined ? {} : { scheme: request.scheme }),
    bodyBytes: request.body?.length ?? 0,
  }
}

const trafficOf = (request: RecordedRequest): OuterTraffic => {
  if (request.protocol === 'raw15008') return { kind: 'plaintext' }
  if (request.protocol === 'outer')
    return {
      kind: 'request',
      method: request.method ?? 'GET',
      ...(request.host === null || request.host === undefined ? {} : { authority: request.host }),
      path: request.path ?? '/',
      headers: request.headers ?? [],
    }
  return {
    kind: 'connect',
    ...(request.connect_authority === null ? {} : { authority: request.connect_authority }),
    headers: request.connect_headers ?? [],
    inner: innerOf(request),
  }
}

export const requestOf = (recorded: RecordedRequest): WaypointRequest => {
  const peer = peerOf(recorded.peer_identity)
  return { sourceIp: recorded.source_ip, ...(peer === undefined ? {} : { peer }), traffic: trafficOf(recorded) }
}
