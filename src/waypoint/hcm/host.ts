/** Index of the colon before the port, -1 without one; the colons of a bracketed IPv6 address are none. */
const portStart = (host: string): number => {
  const colon = host.lastIndexOf(':')
  return colon >= 0 && colon > host.lastIndexOf(']') ? colon : -1
}

const portOf = (host: string): number | undefined => {
  const start = portStart(host)
  const text = start < 0 ? '' : host.slice(start + 1)
  return /^\d+$/.test(text) ? Number(text) : undefined
}

const withoutPort = (host: string): string => {
  const start = portStart(host)
  return start < 0 ? host : host.slice(0, start)
}

/** Removes a numeric port, only when it equals `only` if that is given. */
export const stripPort = (host: string, only?: number): string => {
  const port = portOf(host)
  return port === undefined || (only !== undefined && port !== only) ? host : withoutPort(host)
}

/** Removes the dot that ends the name, before a port too. */
export const stripTrailingDot = (host: string): string => {
  const dot = host.lastIndexOf('.')
  if (dot < 0) return host
  const after = host.slice(dot + 1)
  return after === '' || after.startsWith(':') ? host.slice(0, dot) + after : host
}
