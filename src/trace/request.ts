import { UserError } from '#errors.ts'
import { connectionIp, parseIp } from '#reason/address.ts'

export type Scheme = 'http' | 'https' | 'h2c' | 'grpc' | 'tcp' | 'tls'

/** What the client sends. */
export interface Request {
  readonly scheme: Scheme
  /** A host name, an IP address without brackets, or `namespace/pod`. */
  readonly host: string
  readonly port: number
  readonly path: string
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly sni?: string
  readonly sourceIp?: string
  readonly family?: 4 | 6
  /** A proxy sends it on: these are all of its headers, without those that curl adds. */
  readonly complete?: boolean
  /** TCP only: does the client send before the server does? Unknown when absent. */
  readonly clientSpeaksFirst?: boolean
}

export type RequestOptions = Partial<Omit<Request, 'scheme' | 'host' | 'port' | 'path'>>

const defaultPorts: Readonly<Record<Scheme, number | undefined>> = {
  http: 80,
  https: 443,
  h2c: 80,
  grpc: 80,
  tls: 443,
  tcp: undefined,
}

const examples = ['http://cart.shop:8080/items', 'tcp://10.96.4.7:5432', 'shop/cart-7d9-x2:8080']

/** Reads TO (DESIGN §3.1): a URL, `host:port`, `ip:port` or `namespace/pod:port`; without a scheme it is http, as in curl. */
export const parseTarget = (text: string, options: RequestOptions = {}): Request => {
  const wrong = (why: string): never => {
    throw new UserError('usage', `cannot read the destination "${text}": ${why}`, {
      next: [`give a URL, host:port, ip:port or namespace/pod:port, such as ${examples.join(', ')}`],
    })
  }
  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text)
  const scheme = (url?.[1] ?? 'http').toLowerCase()
  if (!isScheme(scheme)) return wrong(`"${scheme}" is none of ${Object.keys(defaultPorts).join(', ')}`)
  const rest = url?.[2] ?? text
  const { authority, path } = url === null && isPodReference(rest) ? { authority: rest, path: '/' } : splitPath(rest)
  const parts = splitPort(authority.slice(authority.lastIndexOf('@') + 1))
  if (parts === undefined || parts.host === '') return wrong('it names no host')
  const port = parts.port ?? defaultPorts[scheme]
  if (port === undefined) return wrong('it names no port')
  if (!Number.isInteger(port) || port < 1 || port > 65535) return wrong('the port is not a number from 1 to 65535')
  return {
    scheme,
    host: parts.host,
    port,
    path,
    method: scheme === 'grpc' ? 'POST' : 'GET',
    headers: [],
    ...options,
    ...(options.sourceIp !== undefined && { sourceIp: sourceAddress(options.sourceIp) }),
  }
}

const sourceAddress = (text: string): string => {
  const ip = connectionIp(text)
  if (ip === undefined)
    throw new UserError('usage', `the source address "${text}" is no IP address`, {
      next: ['give one such as 10.244.1.7 or fd00::7'],
    })
  return ip
}

/** Does the request speak HTTP in clear, so that a proxy on the way can read it? */
export const isHttp = ({ scheme }: Request): boolean => scheme === 'http' || scheme === 'h2c' || scheme === 'grpc'

export const isIp = (text: string): boolean => parseIp(text) !== undefined

const isScheme = (text: string): text is Scheme => Object.hasOwn(defaultPorts, text)

const isPodReference = (text: string): boolean => /^[a-z0-9-]+\/[a-z0-9.-]+:\d+$/.test(text)

const splitPath = (text: string): { authority: string; path: string } => {
  const withoutFragment = text.split('#', 1)[0] ?? text
  const at = withoutFragment.search(/[/?]/)
  if (at < 0) return { authority: withoutFragment, path: '/' }
  const path = withoutFragment.slice(at)
  return { authority: withoutFragment.slice(0, at), path: path.startsWith('?') ? `/${path}` : path }
}

const splitPort = (text: string): { host: string; port?: number } | undefined => {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text)
  if (bracketed?.[1] !== undefined) return withPort(bracketed[1], bracketed[2])
  if (isIp(text)) return { host: text }
  const plain = /^([^:]+)(?::(\d+))?$/.exec(text)
  return plain?.[1] === undefined ? undefined : withPort(plain[1], plain[2])
}

const withPort = (host: string, port: string | undefined): { host: string; port?: number } =>
  port === undefined ? { host } : { host, port: Number(port) }
