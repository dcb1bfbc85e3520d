import type { Exchange } from '../exchange.ts'
import type { Mirror, MirrorPolicy, RouterPolicy } from '../outcome.ts'
import { chooseHosts } from '../upstream/choose.ts'
import { Walk } from '../walk.ts'
import { upstreamRequest } from './upstream-request.ts'

/** The Host of a copy: `shop-shadow:80` for `shop:80`. */
const shadowHost = (host: string): string => {
  const [name = '', port, ...more] = host.split(':')
  return port === undefined || more.length > 0 ? `${host}-shadow` : `${name}-shadow:${port}`
}

const mirrorOf = (walk: Walk, exchange: Exchange, policy: MirrorPolicy): Mirror => {
  const cluster = walk.index.clusters.get(policy.cluster)
  const sent = upstreamRequest(exchange, cluster?.config ?? {}, walk.behaviour)
  const authority = policy.keepsHost === true ? sent.authority : shadowHost(sent.authority)
  const told = { policy, request: { ...sent, authority } }
  if (cluster === undefined) return { ...told, hosts: [], missing: 'cluster', assumptions: [] }
  const aside = new Walk(walk.index, walk.draws, walk.options)
  const hosts = chooseHosts(aside, cluster, { connection: exchange.connection, state: exchange.filterState, authority })
  const { assumptions } = aside
  return { ...told, hosts, assumptions, ...(hosts.length === 0 && { missing: 'hosts' }) }
}

/** The copies that a route sends beside the request itself (specs/waypoint.md §5.7). */
export const mirrorsOf = (walk: Walk, exchange: Exchange, { mirrors }: RouterPolicy): readonly Mirror[] =>
  mirrors.filter(({ percent }) => percent > 0).map(policy => mirrorOf(walk, exchange, policy))
