import { numberAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { type IpBits, ipBits, prefixLength } from '../address.ts'

interface Ranges {
  /** Prefix lengths in use, longest first, per family. */
  readonly lengths: Readonly<Record<32 | 128, readonly number[]>>
  /** `width/length/bits` → indexes of range_matchers in declaration order. */
  readonly byPrefix: ReadonlyMap<string, readonly number[]>
}

const keyOf = ({ width, bits }: IpBits, length: number): string =>
  `${width}/${length}/${bits >> BigInt(width - length)}`

const compile = (matchers: readonly EnvoyJson[]): Ranges => {
  const byPrefix = new Map<string, number[]>()
  const lengths = { 32: new Set<number>(), 128: new Set<number>() }
  for (const [index, matcher] of matchers.entries()) {
    for (const range of objectsAt(matcher, 'ranges')) {
      const prefix = ipBits(textAt(range, 'address_prefix') ?? '')
      if (prefix === undefined) continue
      const length = prefixLength(numberAt(range, 'prefix_len') ?? 0, prefix.width)
      lengths[prefix.width].add(length)
      const key = keyOf(prefix, length)
      const known = byPrefix.get(key)
      if (known === undefined) byPrefix.set(key, [index])
      else if (!known.includes(index)) known.push(index)
    }
  }
  const longestFirst = (width: 32 | 128) => [...lengths[width]].sort((a, b) => b - a)
  return { byPrefix, lengths: { 32: longestFirst(32), 128: longestFirst(128) } }
}

const compiled = new WeakMap<EnvoyJson, Ranges>()

const rangesOf = (config: EnvoyJson): Ranges => {
  const known = compiled.get(config)
  if (known !== undefined) return known
  const ranges = compile(objectsAt(config, 'range_matchers'))
  compiled.set(config, ranges)
  return ranges
}

/** Indexes of the range_matchers of an IPMatcher that contain `ip`, longest prefix first, ties as declared. */
export const containing = (config: EnvoyJson, ip: string): readonly number[] => {
  const bits = ipBits(ip)
  if (bits === undefined) return []
  const { lengths, byPrefix } = rangesOf(config)
  return lengths[bits.width].flatMap(length => byPrefix.get(keyOf(bits, length)) ?? [])
}
