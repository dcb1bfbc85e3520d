import { BlockList, isIP } from 'node:net'

type Environment = Readonly<Record<string, string | undefined>>

/** The proxy that HTTPS_PROXY or HTTP_PROXY names for a server, as kubectl reads them: never for this machine itself. */
export const proxyFromEnvironment = (server: URL, environment: Environment): string | undefined => {
  const scheme = server.protocol === 'http:' ? 'http_proxy' : 'https_proxy'
  const proxy = valueIn(environment, scheme)
  if (proxy === '' || isHere(server) || isExcepted(server, valueIn(environment, 'no_proxy'))) return undefined
  return /^\w+:\/\//.test(proxy) ? proxy : `http://${proxy}`
}

const valueIn = (environment: Environment, name: string): string =>
  environment[name.toUpperCase()] || environment[name] || ''

const isHere = (server: URL): boolean => /^(localhost|127\..*|\[::1\])$/.test(server.hostname)

const isExcepted = (server: URL, exceptions: string): boolean =>
  exceptions
    .split(',')
    .map(entry => entry.trim().toLowerCase())
    .some(entry => entry !== '' && fits(server, entry))

/** `*`, a domain with all below it, `.domain` for what is below it, an address, a network; the first ones also with a port. */
const fits = ({ hostname, port, protocol }: URL, entry: string): boolean => {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (entry === '*') return true
  if (entry.includes('/')) return isInNetwork(host, entry)
  const [, name = entry, only] = /^(.*?):(\d+)$/.exec(isIP(entry) === 6 ? '' : entry) ?? []
  if (only !== undefined && only !== (port || (protocol === 'http:' ? '80' : '443'))) return false
  const domain = name.replace(/^\*\./, '.')
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`)
}

const isInNetwork = (host: string, network: string): boolean => {
  const [address = '', bits] = network.split('/')
  const family = isIP(host)
  if (family === 0 || isIP(address) !== family || !/^\d+$/.test(bits ?? '')) return false
  const type = family === 6 ? 'ipv6' : 'ipv4'
  const list = new BlockList()
  list.addSubnet(address, Number(bits), type)
  return list.check(host, type)
}
