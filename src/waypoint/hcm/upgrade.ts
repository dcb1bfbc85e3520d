import { flagAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import type { Headers } from '../headers.ts'
import type { Located } from '../lookup.ts'
import type { HeaderList } from '../request.ts'

/** The `Upgrade` of a request whose `Connection` says so too. */
export const upgradeHeader = (headers: Headers): string | undefined => {
  const tokens = headers.all('connection').join(',').toLowerCase().split(',')
  return tokens.some(token => token.trim() === 'upgrade') ? headers.get('upgrade') : undefined
}

/** What a request wants its connection to become, as the client wrote it; `CONNECT` is the wish of that method. */
export const upgradeAsked = ({ headers, method }: Pick<Exchange, 'headers' | 'method'>): string | undefined =>
  method === 'CONNECT' ? method : upgradeHeader(headers)

const configFor = (owner: EnvoyJson | undefined, asked: string): EnvoyJson | undefined =>
  objectsAt(owner, 'upgrade_configs').find(
    config => textAt(config, 'upgrade_type')?.toLowerCase() === asked.toLowerCase(),
  )

/** The route decides where it names this upgrade, else the connection manager; what neither names is refused. */
export const allowsUpgrade = (manager: EnvoyJson, action: EnvoyJson | undefined, asked: string): boolean => {
  const config = configFor(action, asked) ?? configFor(manager, asked)
  return config !== undefined && flagAt(config, 'enabled') !== false
}

/** The filters of a request, and where they are: an upgrade may have its own instead of those of the connection manager. */
export const filtersFor = ({ config, pointer }: Located, asked: string | undefined) => {
  const own = asked === undefined ? undefined : configFor(config, asked)
  const filters = objectsAt(own, 'filters')
  if (own === undefined || filters.length === 0)
    return { filters: objectsAt(config, 'http_filters'), pointer: `${pointer}/http_filters` }
  const index = objectsAt(config, 'upgrade_configs').indexOf(own)
  return { filters, pointer: `${pointer}/upgrade_configs/${index}/filters` }
}

/** HTTP/2 asks by CONNECT with `:protocol` (RFC 8441), which filters and routes see as a GET with `Upgrade`. */
export const fromExtendedConnect = (sent: HeaderList): HeaderList => {
  const protocol = sent.find(([name]) => name === ':protocol')?.[1]
  if (protocol === undefined || protocol === 'bytestream') return sent
  return [
    ...sent
      .filter(([name]) => name !== ':protocol')
      .map(([name, value]) => (name === ':method' ? ([name, 'GET'] as const) : ([name, value] as const))),
    ['upgrade', protocol],
    ['connection', 'upgrade'],
  ]
}

const ofHttp1 = new Set(['upgrade', 'connection'])

/** Headers of an extended CONNECT to a host of HTTP/2; the others of the request go with it. */
export const toExtendedConnect = (headers: Headers, protocol: string): HeaderList => [
  [':protocol', protocol],
  ...headers
    .list()
    .filter(([name, value]) => !ofHttp1.has(name) && !(name === 'content-length' && value === '0') && name[0] !== ':'),
]
