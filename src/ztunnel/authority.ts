import { parseSocket, type SocketAddress } from '#reason/address.ts'

/** What an HBONE CONNECT asks for: a socket address, or a service by name (1.26 and later). */
export type Authority =
  | ({ readonly kind: 'address' } & SocketAddress)
  | { readonly kind: 'hostname'; readonly hostname: string; readonly port: number }

/** Undefined when it has no port; a name may be empty (specs/ztunnel-measured.md C15). */
export const parseAuthority = (text: string): Authority | undefined => {
  const address = parseSocket(text)
  if (address !== undefined) return { kind: 'address', ...address }
  const [, hostname, digits] = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text) ?? []
  if (hostname === undefined || Number(digits) > 0xffff) return undefined
  return { kind: 'hostname', hostname, port: Number(digits) }
}

/** `host=` of a `Forwarded` header (RFC 7239): the service that the client asked for. Undefined when there is none. */
export const parseForwardedHost = (header: string): string | undefined => {
  if (!/^[\x00-\x7f]*$/.test(header)) return undefined
  const part = header
    .split(';')
    .map(part => part.trim())
    .find(part => part.startsWith('host='))
  const host = part?.slice('host='.length).replace(/^"/, '').replace(/"$/, '')
  return host === '' ? undefined : host
}
