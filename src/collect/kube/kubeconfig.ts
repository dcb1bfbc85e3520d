import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Cluster, KubeConfig, User } from '@kubernetes/client-node'
import { UserError } from '#errors.ts'
import { proxyFromEnvironment } from './environment-proxy.ts'

/** Which cluster, and as whom: kubectl's flags. */
export interface ClusterChoice {
  readonly kubeconfig?: string | undefined
  readonly context?: string | undefined
  readonly as?: string | undefined
  readonly asGroups?: readonly string[] | undefined
}

/** Where the API server is and how to be let in. */
export interface Access {
  readonly server: URL
  readonly proxy: URL | undefined
  readonly context: string
  /** Of names that are given without one; the context's. */
  readonly namespace: string | undefined
  /** TLS settings, proxy and headers. Asked anew, a credential plugin may give a fresh token. */
  options(): Promise<RequestOptions>
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * kubectl's rules: `--kubeconfig`, the files of KUBECONFIG (the first to name a thing wins), `~/.kube/config`, the service
 * account of the pod that this runs in. Throws a UserError that says which of them failed.
 */
export const loadAccess = async (choice: ClusterChoice, environment: Environment): Promise<Access> => {
  const { asGroups: groups = [] } = choice
  const kube = await loadKubeconfig(choice.kubeconfig, environment)
  const context = chooseContext(kube, choice.context)
  const cluster = kube.getCurrentCluster()
  if (cluster === null)
    throw new UserError('input', `the context ${context} names a cluster that the kubeconfig does not have`, {
      next: ['kubectl config get-clusters'],
    })
  const { server, proxy, user } = await completeEntries(kube, cluster, choice, environment)
  if (groups.length > 0 && user.impersonateUser === undefined)
    throw new UserError('usage', '--as-group needs --as', {
      next: ['kubectl asks the same: --as USER --as-group GROUP'],
    })
  return {
    server,
    proxy,
    context,
    namespace: kube.getContextObject(context)?.namespace,
    options: async () => {
      const options: RequestOptions = {}
      await kube.applyToHTTPSOptions(options).catch((cause: unknown) => {
        throw new UserError('permission', `the credentials of context ${context} cannot be had`, {
          cause,
          next: ['run the credential plugin of the kubeconfig by hand, or log in again'],
        })
      })
      const headers = groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] }
      return { ...options, headers: { ...options.headers, ...headers } }
    },
  }
}

const loadKubeconfig = async (path: string | undefined, environment: Environment): Promise<KubeConfig> => {
  const files = kubeconfigFiles(path, environment)
  const { KubeConfig } = await import('@kubernetes/client-node')
  if (files.length === 0 && inCluster(environment)) {
    const kube = new KubeConfig()
    kube.loadFromCluster()
    return kube
  }
  if (files.length === 0)
    throw new UserError('usage', 'no cluster to ask: there is no kubeconfig', {
      next: ['--kubeconfig FILE, or KUBECONFIG', '--snapshot PATH answers from files, without a cluster'],
    })
  return mergeFirstWins(
    new KubeConfig(),
    files.map(file => {
      const kube = new KubeConfig()
      try {
        kube.loadFromFile(file)
      } catch (cause) {
        throw new UserError('input', `cannot read the kubeconfig ${file}`, { cause })
      }
      return kube
    }),
  )
}

const kubeconfigFiles = (path: string | undefined, environment: Environment): readonly string[] => {
  if (path !== undefined && !existsSync(path)) throw new UserError('input', `there is no kubeconfig ${path}`)
  if (path !== undefined) return [path]
  const named = (environment.KUBECONFIG ?? '').split(delimiter).filter(file => file !== '')
  if (named.length === 0) return [join(environment.HOME ?? homedir(), '.kube', 'config')].filter(existsSync)
  const found = named.filter(existsSync)
  if (found.length === 0)
    throw new UserError('input', `no file of KUBECONFIG is there: ${named.join(', ')}`, {
      next: ['kubectl reads the same variable: kubectl config view'],
    })
  return found
}

const inCluster = (environment: Environment): boolean =>
  (environment.KUBERNETES_SERVICE_HOST ?? '') !== '' &&
  existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token')

const mergeFirstWins = (merged: KubeConfig, configs: readonly KubeConfig[]): KubeConfig => {
  const first = <T extends { readonly name: string }>(lists: readonly (readonly T[])[]): T[] => [
    ...new Map(
      lists
        .flat()
        .reverse()
        .map(entry => [entry.name, entry]),
    ).values(),
  ]
  merged.loadFromOptions({
    clusters: first(configs.map(config => config.clusters ?? [])),
    users: first(configs.map(config => config.users ?? [])),
    contexts: first(configs.map(config => config.contexts ?? [])),
    currentContext: configs.map(config => config.currentContext).find(Boolean) ?? '',
  })
  return merged
}

const chooseContext = (kube: KubeConfig, asked: string | undefined): string => {
  const known = kube.getContexts().map(({ name }) => name)
  const chosen = asked ?? kube.getCurrentContext()
  const next = known.length === 0 ? ['the kubeconfig has no contexts'] : [`contexts: ${known.join(', ')}`]
  if (!chosen)
    throw new UserError('usage', 'the kubeconfig has no current context', { next: ['--context NAME', ...next] })
  if (!known.includes(chosen)) throw new UserError('usage', `there is no context ${chosen}`, { next })
  kube.setCurrentContext(chosen)
  return chosen
}

/**
 * Fills in what the client library takes amiss: a context without a user is anonymous but still has the cluster's
 * certificates, plain HTTP is what `kubectl proxy` speaks, and a proxy may come from the environment.
 */
const completeEntries = async (
  kube: KubeConfig,
  cluster: Cluster,
  { as: impersonated }: ClusterChoice,
  environment: Environment,
): Promise<{ readonly server: URL; readonly proxy: URL | undefined; readonly user: User }> => {
  const server = parseUrl(cluster.server, 'server', cluster)
  const context = kube.getContextObject(kube.getCurrentContext())
  const user = {
    ...(kube.getCurrentUser() ?? { name: 'anonymous' }),
    ...(impersonated && { impersonateUser: impersonated }),
  }
  const proxyUrl = cluster.proxyUrl ?? proxyFromEnvironment(server, environment)
  const reached = proxyUrl === undefined ? cluster : { ...cluster, proxyUrl }
  kube.loadFromOptions({
    clusters: [server.protocol === 'http:' ? { ...reached, skipTLSVerify: true } : reached],
    users: [user],
    contexts: kube.getContexts().map(entry => (entry === context ? { ...entry, user: user.name } : entry)),
    currentContext: kube.getCurrentContext(),
  })
  return { server, proxy: proxyUrl === undefined ? undefined : parseUrl(proxyUrl, 'proxy-url', cluster), user }
}

const parseUrl = (url: string, member: string, { name }: Cluster): URL => {
  try {
    return new URL(url)
  } catch (cause) {
    throw new UserError('input', `the ${member} of cluster ${name} is no URL: ${url}`, { cause })
  }
}
