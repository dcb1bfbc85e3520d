import { flagAt, numberAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
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

interface Weighted {
  readonly chosen: ChosenCluster
  readonly weight: number
}

/** A whole number as Envoy reads it from a header; several values are none. */
const numberIn = (values: readonly string[]): bigint | undefined => {
  const [only = ''] = values.length === 1 ? values : []
  return /^\s*\+?\d+\s*$/.test(only) ? BigInt(only.trim().replace(/^\+/, '')) : undefined
}

const mostWeight = 2 ** 32 - 1

/** The entry in whose share `number` falls, weights laid end to end and over again. */
const byNumber = (entries: readonly Weighted[], total: number, number: bigint): ChosenCluster | undefined => {
  let left = Number(number % BigInt(total))
  return entries.find(({ weight }) => {
    left -= weight
    return left < 0
  })?.chosen
}

/**
 * One cluster of `weighted_clusters`: by the number in a header if the action names one and the request has it, else drawn
 * by weight. Entries of weight 0 are never taken (specs/waypoint.md §5.7.1).
 */
export const drawWeighted = (walk: Walk, weighted: EnvoyJson, headers: Headers): ChosenCluster | undefined => {
  const entries = objectsAt(weighted, 'clusters')
    .map(entry => ({ entry, weight: Math.min(Math.trunc(numberAt(entry, 'weight') ?? 0), mostWeight) }))
    .filter(({ weight }) => weight > 0)
  const total = entries.reduce((sum, { weight }) => sum + weight, 0)
  const shares = entries.map(({ entry, weight }): Weighted => {
    const name = textAt(entry, 'name') ?? headers.get(textAt(entry, 'cluster_header') ?? '') ?? ''
    return { chosen: { name, entry, share: weight / total }, weight }
  })
  const number = numberIn(headers.all(textAt(weighted, 'header_name') ?? ''))
  const [first, ...others] = shares.map(({ chosen, weight }): Option<ChosenCluster> => {
    const hashed = flagAt(weighted, 'use_hash_policy') === true
    return { value: chosen, ...(hashed ? {} : { probability: weight / total }) }
  })
  if (first === undefined) return undefined
  return number === undefined ? walk.draws.pick([first, ...others]) : byNumber(shares, total, number)
}

/** The cluster of a route action; an empty name is a missing cluster. */
export const chooseCluster = (walk: Walk, action: EnvoyJson, headers: Headers): ChosenCluster => {
  const name = textAt(action, 'cluster')
  if (name !== undefined) return { name }
  const header = textAt(action, 'cluster_header')
  if (header !== undefined) return { name: headers.get(header) ?? '' }
  return drawWeighted(walk, objectAt(action, 'weighted_clusters') ?? {}, headers) ?? { name: '' }
}
