import { numberAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Option } from '../draw.ts'
import type { Headers } from '../headers.ts'
import type { Walk } from '../walk.ts'

export interface ChosenCluster {
  readonly name: string
  /** The entry of weighted_clusters that was drawn. */
  readonly entry?: EnvoyJson
  readonly share?: number
}

/** Draws one of `clusters` by weight; entries of weight 0 are never taken (specs/waypoint.md §5.7.1). */
export const drawWeighted = (
  walk: Walk,
  clusters: readonly EnvoyJson[],
  headers: Headers,
): ChosenCluster | undefined => {
  const weighted = clusters
    .map(entry => ({ entry, weight: numberAt(entry, 'weight') ?? 0 }))
    .filter(({ weight }) => weight > 0)
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0)
  const [first, ...others] = weighted.map(({ entry, weight }): Option<ChosenCluster> => {
    const name = textAt(entry, 'name') ?? headers.get(textAt(entry, 'cluster_header') ?? '') ?? ''
    return { value: { name, entry, share: weight / total }, probability: weight / total }
  })
  return first === undefined ? undefined : walk.draws.pick([first, ...others])
}

/** The cluster of a route action; an empty name is a missing cluster. */
export const chooseCluster = (walk: Walk, action: EnvoyJson, headers: Headers): ChosenCluster => {
  const name = textAt(action, 'cluster')
  if (name !== undefined) return { name }
  const header = textAt(action, 'cluster_header')
  if (header !== undefined) return { name: headers.get(header) ?? '' }
  const weighted = objectsAt(action, 'weighted_clusters', 'clusters')
  return (weighted.length === 0 ? undefined : drawWeighted(walk, weighted, headers)) ?? { name: '' }
}
