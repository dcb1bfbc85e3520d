import { type Ip, parseConnectionIp, type SocketAddress } from '#reason/address.ts'

/** The parts of a SPIFFE id `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. */
export interface Identity {
  /** The id without its scheme: what `principals` are compared with. */
  readonly principal: string
  readonly namespace: string
  readonly serviceAccount: string
}

/** What policies are matched against. `dst` is the address after every translation of the inbound side. */
export interface RbacConnection {
  readonly src: Ip
  readonly dst: Ip
  readonly dstPort: number
  /** Undefined on plaintext. */
  readonly identity: Identity | undefined
}

/** Undefined when `text` has not exactly the five parts; parts may be empty (specs/ztunnel.md §6.4). */
const parseIdentity = (text: string): Identity | undefined => {
  const [, principal, namespace, serviceAccount] = /^spiffe:\/\/([^/]*\/ns\/([^/]*)\/sa\/([^/]*))$/.exec(text) ?? []
  if (principal === undefined || namespace === undefined || serviceAccount === undefined) return undefined
  return { principal, namespace, serviceAccount }
}

export const rbacConnection = (connection: {
  readonly src: string
  readonly dst: SocketAddress
  readonly identity?: string | undefined
}): RbacConnection => ({
  src: addressOf(connection.src),
  dst: addressOf(connection.dst.ip),
  dstPort: connection.dst.port,
  identity: connection.identity === undefined ? undefined : parseIdentity(connection.identity),
})

const addressOf = (text: string): Ip => {
  const ip = parseConnectionIp(text)
  if (ip === undefined) throw new Error(`not an IP address: ${text}`)
  return ip
}
