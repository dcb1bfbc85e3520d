/** What a pod is called: its own name, and what else it goes by. */
export interface NamedPod {
  readonly namespace?: string | undefined
  readonly pod?: string | undefined
  readonly aliases?: readonly (string | undefined)[]
}

/** istioctl's and kubectl's words for the workload kinds that own pods. */
export const workloadKinds: Readonly<Record<string, string>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  daemonsets: 'DaemonSet',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  replicasets: 'ReplicaSet',
  job: 'Job',
  jobs: 'Job',
  cronjob: 'CronJob',
  cronjobs: 'CronJob',
}

/** Kinds whose pods have the name that is given: their own, or that of a Gateway or Service. */
const namingKinds = new Set('po pod pods gtw gateway gateways svc service services'.split(' '))

/** How many parts the name of a pod has beside that of its workload. */
const addedParts = (kind: string): number | undefined => {
  if (namingKinds.has(kind)) return 0
  const workload = workloadKinds[kind]
  if (workload === undefined) return undefined
  return workload === 'Deployment' || workload === 'CronJob' ? 2 : 1
}

/**
 * Whether `reference` means the pod: `NAMESPACE/NAME`, `NAME.NAMESPACE` or `NAME`, each also after `KIND/`. A name without
 * its namespace is one of `namespace`, or of any where that is undefined. A namespace may be called like a kind.
 */
export const isMeant = (
  reference: string,
  { namespace: home, pod, aliases = [] }: NamedPod,
  namespace: string | undefined,
): boolean => {
  const [, kind = '', rest = ''] = /^([^/]*)\/(.*)$/.exec(reference) ?? []
  const parts = addedParts(kind.toLowerCase())
  const names = [pod, ...aliases, parts === undefined || pod === undefined ? undefined : without(parts, pod)]
  const ways = [...waysToRead(reference, namespace), ...(parts === undefined ? [] : waysToRead(rest, namespace))]
  return ways.some(want => names.includes(want.name) && (want.namespace === undefined || want.namespace === home))
}

/** `web-7c9-x` without its last two parts is `web`. */
export const without = (parts: number, name: string): string =>
  name
    .split('-')
    .slice(0, -parts || undefined)
    .join('-')

interface Name {
  readonly name: string
  readonly namespace: string | undefined
}

/** `a.b` may be a name in a namespace, or a name with a dot. */
const waysToRead = (text: string, namespace: string | undefined): readonly Name[] => {
  const slash = text.indexOf('/')
  if (slash >= 0) return [{ name: text.slice(slash + 1), namespace: text.slice(0, slash) }]
  const dot = text.lastIndexOf('.')
  const whole = { name: text, namespace }
  return dot < 0 ? [whole] : [whole, { name: text.slice(0, dot), namespace: text.slice(dot + 1) }]
}
