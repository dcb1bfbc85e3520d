import type { InnerHttp } from '../request.ts'

/** What the request target says. */
export interface Target {
  readonly authority?: string
  readonly path?: string
  /** In lower case, of an absolute URI. */
  readonly scheme?: string
}

export type TargetError = 'http1.invalid_url' | 'http1.invalid_scheme'

/** Request targets are visible ASCII. */
const visible = /^[\x21-\x7e]+$/
const absoluteForm = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?]*)(.*)$/
/** User information, host and port, as far as the parser looks at them. */
const authorityCharacters = /^[A-Za-z0-9\-_.!~*'();:&=+$,%@[\]]*$/
const hostAndPort = /^(?:[^@]*@)?((?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?)$/
const highestPort = 65_535

/** Whether the parser takes the target, which the HTTP inspector asks it too. */
export const isTarget = (target: string): boolean => {
  if (!visible.test(target)) return false
  if (target.startsWith('/') || target.startsWith('*')) return true
  return authorityCharacters.test(absoluteForm.exec(target)?.[2] ?? '#')
}

/** `http://host/path`, split, without what names a user. */
const readAbsolute = (target: string): Target | TargetError => {
  const [, scheme = '', authority = '', path = ''] = absoluteForm.exec(target) ?? []
  const [, host, port = '0'] = hostAndPort.exec(authority) ?? []
  if (host === undefined || Number(port) > highestPort) return 'http1.invalid_url'
  const lowered = scheme.toLowerCase()
  if (!['http', 'https'].includes(lowered)) return 'http1.invalid_scheme'
  return { authority: host, path: path === '' ? '/' : path, scheme: lowered }
}

/** The target of an HTTP/1 request beside its Host; the parser has taken it. */
export const readTarget = (
  { method, path }: InnerHttp,
  host: string | undefined,
  splitsAbsolute: boolean,
): Target | TargetError => {
  if (method === 'CONNECT') {
    const port = /^[^/?#\s]+:(\d+)$/.exec(path)?.[1]
    return port !== undefined && Number(port) <= highestPort ? { authority: path } : 'http1.invalid_url'
  }
  if (path.startsWith('/') || !splitsAbsolute || (path.startsWith('*') && method === 'OPTIONS'))
    return { path, ...(host === undefined ? {} : { authority: host }) }
  return path.startsWith('*') ? 'http1.invalid_url' : readAbsolute(path)
}
