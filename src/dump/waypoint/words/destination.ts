import { numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Describe } from './says.ts'

const weightedText = (weighted: EnvoyJson | undefined): string | undefined => {
  if (weighted === undefined) return undefined
  const clusters = objectsAt(weighted, 'clusters')
  if (clusters.length === 0) return 'no cluster'
  return clusters
    .map(
      cluster =>
        `${textAt(cluster, 'name') ?? textAt(cluster, 'cluster_header') ?? '?'} ${numberAt(cluster, 'weight') ?? 0}`,
    )
    .join(' | ')
}

/** The clusters that a route action or a TCP proxy names. */
export const clustersNamed = (action: EnvoyJson): readonly string[] =>
  [
    textAt(action, 'cluster'),
    ...objectsAt(action, 'weighted_clusters', 'clusters').map(each => textAt(each, 'name')),
  ].filter(name => name !== undefined)

/** The cluster of a route action or a TCP proxy; weighted ones as `a 90 | b 10`. */
export const clusterText = (action: EnvoyJson): string =>
  textAt(action, 'cluster') ??
  weightedText(objectAt(action, 'weighted_clusters')) ??
  (textAt(action, 'cluster_header') === undefined ? undefined : `by header ${textAt(action, 'cluster_header')}`) ??
  (textAt(action, 'cluster_specifier_plugin') === undefined
    ? 'no cluster'
    : `by plugin ${textAt(action, 'cluster_specifier_plugin')}`)

export const tcpProxy: Describe = ({ config }) => {
  const tunnel = textAt(config, 'tunneling_config', 'hostname')
  const cluster = clusterText(config)
  return {
    short: 'tcp_proxy',
    text: tunnel === undefined ? `to ${cluster}` : `to ${cluster}, as CONNECT ${tunnel}`,
  }
}
