import { Flags } from '@oclif/core'
import { output, verbose } from '#cli/flags.ts'
import { outputLook } from '#cli/terminal.ts'
import { ztunnelListingRenderers } from '#render/dump/ztunnel/listing.ts'
import type { Choice } from '#render/list/choose.ts'

/** The state, also by istioctl's names for it. */
export const ztunnelFile = Flags.string({
  char: 'f',
  aliases: ['file'],
  summary:
    'Where the dump is: a file, a directory, or - for standard input; Kubernetes objects may lie beside it. Repeatable',
  multiple: true,
  multipleNonGreedy: true,
  required: true,
  helpValue: 'PATH',
  helpGroup: 'GLOBAL',
})

/** Flags of every ztunnel table; filters have istioctl's names. */
export const listFlags = {
  snapshot: ztunnelFile,
  output: output(ztunnelListingRenderers, 'text'),
  verbose,
  columns: Flags.string({
    summary: 'The columns to show, by name, separated by commas',
    helpValue: 'NAME,…',
    helpGroup: 'LIST',
  }),
  'sort-by': Flags.string({
    summary: 'The column to sort by; with a minus in front in descending order',
    helpValue: '[-]NAME',
    helpGroup: 'LIST',
  }),
  'no-headers': Flags.boolean({ summary: 'No line of column names', helpGroup: 'LIST' }),
}

const filter = (summary: string, helpValue: string) => Flags.string({ summary, helpValue, helpGroup: 'FILTER' })

export const workloadFilters = {
  address: filter('Only workloads with this IP address', 'IP'),
  'workload-namespace': filter('Only workloads of this namespace', 'NAME'),
  'workload-node': filter('Only workloads on this node', 'NAME'),
}

export const serviceFilters = { 'service-namespace': filter('Only services of this namespace', 'NAME') }

export const policyFilters = { 'policy-namespace': filter('Only policies of this namespace', 'NAME') }

export const connectionFilters = {
  'workload-namespace': filter('Only connections of pods in this namespace', 'NAME'),
  direction: Flags.option({
    summary: 'Only connections of this direction',
    options: ['inbound', 'outbound'] as const,
    helpGroup: 'FILTER',
  })(),
  raw: Flags.boolean({ summary: 'Show IP addresses instead of names', helpGroup: 'FILTER' }),
}

interface ListFlags {
  readonly snapshot: string[]
  readonly output: keyof typeof ztunnelListingRenderers
  readonly columns?: string | undefined
  readonly 'sort-by'?: string | undefined
  readonly 'no-headers': boolean
}

const elementFormats: readonly string[] = ['json', 'yaml', 'ndjson']

/** Formats that print what the proxy sent instead of rows. */
export const isElementFormat = (format: string): boolean => elementFormats.includes(format)

/** What the flags of a table ask for, without its filters. */
export const listRequest = (flags: ListFlags) => {
  const choice: Choice = {
    wide: flags.output === 'wide',
    columns: flags.columns?.split(','),
    sortBy: flags['sort-by'],
    headers: !flags['no-headers'],
  }
  const format = isElementFormat(flags.output) ? ('elements' as const) : ('rows' as const)
  return { snapshots: flags.snapshot, choice, format, now: outputLook().now }
}
