import type { Random } from '../../support/random.ts'
import { type Json, typed } from './json.ts'
import { destinations, ports, sources } from './vocabulary.ts'

const input = (type: string): Json => ({
  name: type,
  typed_config: typed(`extensions.matching.common_inputs.network.v3.${type}`),
})
const to = (chain: string): Json => ({
  action: { name: chain, typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: chain } },
})

export const matcher = (random: Random, chains: readonly [string, ...string[]], depth = 0): Json => {
  const onMatch = (): Json =>
    depth < 2 && random.chance(0.4) ? { matcher: matcher(random, chains, depth + 1) } : to(random.pick(chains))
  const tree = random.pick<() => Json>([
    () => ({
      input: input('DestinationIPInput'),
      custom_match: {
        name: 'ip',
        typed_config: {
          '@type': 'type.googleapis.com/xds.type.matcher.v3.IPMatcher',
          range_matchers: random.times(1, 3, () => ({
            ranges: [
              {
                address_prefix: random.pick(destinations).replace(/[[\]]/g, ''),
                prefix_len: random.pick([0, 8, 16, 24, 32] as const),
              },
            ],
            on_match: onMatch(),
            ...random.maybe(0.15, () => ({ exclusive: true })),
          })),
        },
      },
    }),
    () => ({
      input: input('DestinationPortInput'),
      exact_match_map: { map: Object.fromEntries(random.times(1, 3, () => [`${random.pick(ports)}`, onMatch()])) },
    }),
    () => ({ input: input('DestinationPortInput'), prefix_match_map: { map: { '8': onMatch(), '80': onMatch() } } }),
    () => ({
      input: input('ApplicationProtocolInput'),
      exact_match_map: { map: { "'h2c'": to(chains[0]), "'http/1.1'": to(chains[0]) } },
    }),
  ])()
  return {
    matcher_tree: tree,
    ...random.maybe(depth === 0 ? 0.9 : 0.5, () => ({ on_no_match: to(random.pick(chains)) })),
  }
}

const legacyMatch = (random: Random): Json => ({
  ...random.maybe(0.4, () => ({ destination_port: random.pick(ports) })),
  ...random.maybe(0.4, () => ({
    prefix_ranges: unlike(random.times(1, 2, () => range(random, destinations, [8, 16, 24, 32]))),
  })),
  ...random.maybe(0.2, () => ({ server_names: [random.pick(['a.com', '*.a.com', '*.com', 'foo.org'] as const)] })),
  ...random.maybe(0.2, () => ({ transport_protocol: random.pick(['tls', 'raw_buffer'] as const) })),
  ...random.maybe(0.3, () => ({
    application_protocols: random.pick([['http/1.1', 'h2c'], ['h2'], ['http/1.0'], ['http/1.1']] as const),
  })),
  ...random.maybe(0.2, () => ({ source_prefix_ranges: [range(random, sources, [8, 24, 32])] })),
  ...random.maybe(0.1, () => ({ direct_source_prefix_ranges: [range(random, sources, [8, 32])] })),
  ...random.maybe(0.15, () => ({ source_type: random.pick(['SAME_IP_OR_LOOPBACK', 'EXTERNAL', 'ANY'] as const) })),
})

const range = (random: Random, of: readonly string[], lengths: readonly number[]): Json => ({
  address_prefix: random.pick(of).replace(/[[\]]/g, ''),
  prefix_len: random.pick(lengths),
})

const claimOf = (entry: unknown): string => {
  if (typeof entry !== 'object' || entry === null) return `${entry}`
  const { address_prefix, prefix_len } = entry as { address_prefix: string; prefix_len: number }
  return `${address_prefix.split('.').slice(0, prefix_len / 8)}/${prefix_len}`
}

const unlike = (ranges: readonly Json[]): readonly Json[] => [
  ...new Map(ranges.map(entry => [claimOf(entry), entry])).values(),
]

const dimensions = [
  'destination_port',
  'prefix_ranges',
  'server_names',
  'transport_protocol',
  'application_protocols',
  'direct_source_prefix_ranges',
  'source_type',
  'source_prefix_ranges',
] as const

/** What a match claims in one dimension: ranges claim their masked network. */
const claims = (match: Json, dimension: (typeof dimensions)[number]): readonly string[] => {
  const value = match[dimension]
  if (value === undefined || value === 'ANY') return ['']
  return (Array.isArray(value) ? value : [value]).map(claimOf)
}

/** Envoy refuses two chains that claim the same in every dimension. */
const overlap = (one: Json, other: Json): boolean =>
  dimensions.every(dimension => claims(one, dimension).some(claim => claims(other, dimension).includes(claim)))

/** A `filter_chain_match` for each of at most `most` chains. */
export const legacyMatches = (random: Random, most: number): readonly Json[] =>
  Array.from({ length: most }, () => legacyMatch(random)).filter(
    (match, index, all) => !all.slice(0, index).some(before => overlap(before, match)),
  )
