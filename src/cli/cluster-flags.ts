import { Flags } from '@oclif/core'
import { NoteTeller } from '#cli/notes.ts'
import { present } from '#cli/terminal.ts'
import { UserError } from '#errors.ts'
import type { State } from '#model/state.ts'

const helpGroup = 'CLUSTER'
const exclusive = ['snapshot']

/** Flags of commands that ask a cluster, with the names that kubectl and istioctl give them. */
export const clusterOnly = {
  kubeconfig: Flags.string({ char: 'c', summary: 'The kubeconfig file', helpValue: 'FILE', helpGroup, exclusive }),
  context: Flags.string({ summary: 'The context of the kubeconfig', helpValue: 'NAME', helpGroup, exclusive }),
  as: Flags.string({ summary: 'The user to impersonate', helpValue: 'USER', helpGroup, exclusive }),
  'as-group': Flags.string({
    summary: 'A group to impersonate, with --as. Repeatable',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'GROUP',
    helpGroup,
    exclusive,
  }),
  'request-timeout': Flags.string({
    summary: 'How long to try for each piece of evidence: 30s, 2m; 0 for no end',
    default: '30s',
    helpValue: 'TIME',
    helpGroup,
  }),
  'istio-namespace': Flags.string({
    char: 'i',
    summary: 'The namespace of Istio [default: the one in which istiod runs]',
    helpValue: 'NAME',
    helpGroup,
    exclusive,
  }),
  revision: Flags.string({
    summary: 'Only the proxies of this control plane revision, and its mesh configuration',
    helpValue: 'NAME',
    helpGroup,
    exclusive,
  }),
}

/** The same for commands that read what proxies hold. */
export const clusterFlags = {
  ...clusterOnly,
  'proxy-admin-port': Flags.integer({
    summary: 'The admin port of the proxies [default: the one of the mesh configuration, or 15000]',
    min: 1,
    max: 65535,
    helpValue: 'PORT',
    helpGroup,
    exclusive,
  }),
}

export const debugContainer = Flags.string({
  summary:
    'Read the rules of a pod in a debug container of this image where istio-cni cannot: this adds a container to the pod',
  helpValue: 'IMAGE',
  helpGroup,
  exclusive,
})

export const rules = Flags.boolean({
  summary: 'Rules of nodes and pods, through istio-cni; of a large mesh they take the longest',
  default: true,
  allowNo: true,
  helpGroup,
})

export interface ClusterFlags {
  readonly snapshot?: string[] | undefined
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly as?: string | undefined
  readonly 'as-group'?: string[] | undefined
  readonly 'request-timeout': string
  readonly 'istio-namespace'?: string | undefined
  readonly revision?: string | undefined
  readonly 'proxy-admin-port'?: number | undefined
  readonly 'debug-container'?: string | undefined
  readonly namespace?: string | undefined
}

/** Files where they are named, else the cluster of the kubeconfig. */
export const stateOf = (flags: ClusterFlags): State =>
  flags.snapshot !== undefined && flags.snapshot.length > 0
    ? { kind: 'files', paths: flags.snapshot }
    : clusterOf(flags)

export const clusterOf = (flags: ClusterFlags): State & { readonly kind: 'cluster' } => {
  const teller = new NoteTeller(process.stderr)
  return {
    kind: 'cluster',
    cluster: {
      kubeconfig: flags.kubeconfig,
      context: flags.context,
      as: flags.as,
      asGroups: flags['as-group'],
      istioNamespace: flags['istio-namespace'],
      revision: flags.revision,
      requestTimeout: parseDuration(flags['request-timeout']),
      adminPort: flags['proxy-admin-port'],
      debugImage: flags['debug-container'],
      namespace: flags.namespace,
      environment: process.env,
      now: () => present().at,
      tell: note => teller.tell(note),
    },
  }
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, '': 1000 }

/** kubectl's notation, `1m30s` or a number of seconds, in milliseconds; 0 is no end. */
const parseDuration = (text: string): number => {
  if (!/^(\d+|(\d+(\.\d+)?(ms|s|m|h))+)$/.test(text))
    throw new UserError('usage', `cannot read the time "${text}"`, { next: ['write it as 30s, 2m or 1m30s'] })
  let total = 0
  for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)?/g))
    total += Number(number) * (units[unit] ?? 0)
  return total === 0 ? Number.POSITIVE_INFINITY : total
}
