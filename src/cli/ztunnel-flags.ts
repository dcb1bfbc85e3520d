import { Args, Flags } from '@oclif/core'
import { type ClusterFlags, clusterFlags, stateOf } from '#cli/cluster-flags.ts'
import { namespace, output, sortBy, verbose } from '#cli/flags.ts'
import { present } from '#cli/terminal.ts'
import { type ZtunnelListingFormat, ztunnelListingFormats } from '#render/dump/ztunnel/listing.ts'
import type { Choice } from '#render/list/choose.ts'

/** The state, also by istioctl's names for it. */
const ztunnelFile = Flags.string({
  char: 'f',
  aliases: ['file'],
  summary:
    'Answer from files instead of a cluster: a dump, a directory, an archive, or - for standard input. Repeatable',
  multiple: true,
  multipleNonGreedy: true,
  helpValue: 'PATH',
  helpGroup: 'GLOBAL',
})

/** Which ztunnel, as istioctl takes it. */
export const ztunnelArgs = {
  pod: Args.string({
    ignoreStdin: true,
    description:
      'A ztunnel, or a pod: the ztunnel of its node, and of workloads and connections its own. POD.NAMESPACE, NAMESPACE/POD or ds/ztunnel',
  }),
}

/** Where the dumps come from. */
export const ztunnelState = {
  snapshot: ztunnelFile,
  ...clusterFlags,
  node: Flags.string({ summary: 'Only the ztunnel of this node', helpValue: 'NAME', helpGroup: 'GLOBAL' }),
  namespace,
}

/** For tables of which any ztunnel's is taken without it. */
export const allNodes = {
  'all-nodes': Flags.boolean({
    summary: 'Ask every ztunnel of a cluster, and tell what they hold unlike; files are always all read',
    helpGroup: 'GLOBAL',
    exclusive: ['node'],
  }),
}

/** The state, and which of its ztunnels; without a choice every one, or any one where all hold the same. */
export const ztunnelRequest = (
  flags: ClusterFlags & { readonly node?: string | undefined; readonly 'all-nodes'?: boolean },
  args: { readonly pod?: string | undefined },
  otherwise: 'every' | 'any',
) => ({
  state: stateOf(flags),
  ztunnels: {
    node: flags.node,
    pod: args.pod,
    namespace: flags.namespace,
    otherwise: flags['all-nodes'] ? 'every' : otherwise,
  },
})

/** Flags of every ztunnel table; filters have istioctl's names. */
export const listFlags = {
  ...ztunnelState,
  output: output(
    ztunnelListingFormats,
    'text',
    'The format of the result; json, yaml and ndjson lose nothing of what the ztunnel sent',
  ),
  template: Flags.string({
    summary: "What -o jsonpath prints, as kubectl's; also -o jsonpath=TEMPLATE",
    helpValue: 'TEMPLATE',
    helpGroup: 'LIST',
  }),
  verbose,
  columns: Flags.string({
    summary: 'The columns to show, by name, separated by commas',
    helpValue: 'NAME,…',
    helpGroup: 'LIST',
  }),
  'sort-by': { ...sortBy, helpGroup: 'LIST' },
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
  readonly output: ZtunnelListingFormat
  readonly columns?: string | undefined
  readonly 'sort-by'?: string | undefined
  readonly 'no-headers': boolean
}

const elementFormats: readonly string[] = ['json', 'yaml', 'ndjson', 'jsonpath']

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
  return { choice, format, present: present() }
}
