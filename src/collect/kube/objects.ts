import { compare } from '#model/compare.ts'
import { asRecord, list } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure } from './failure.ts'
import { type Kind, rightToList } from './kinds.ts'

type Members = Readonly<Record<string, unknown>>

/** A list as the API server gives it, all pages put together. */
export interface ObjectList {
  readonly apiVersion: string
  readonly kind: string
  readonly items: readonly Members[]
  /** Where it was listed, when not in the whole cluster. */
  readonly onlyNamespaces?: readonly string[]
}

const pageSize = 500

/**
 * Every object of a kind, in the cluster or in one namespace. A kind that the cluster does not have has none. Throws a
 * ClusterFailure when it may not or cannot be read.
 */
export const listObjects = async (server: ApiServer, kind: Kind, namespace?: string): Promise<ObjectList> => {
  for (const version of kind.versions) {
    const found = await listVersion(server, kind, version, namespace)
    if (found !== undefined) return { ...found, items: found.items.map(withoutPrivateParts) }
  }
  return noObjects(kind)
}

/** The list as a file of a snapshot, the same for the same objects in whatever order they came. */
export const listText = ({ onlyNamespaces, items, ...list }: ObjectList): string => {
  const key = ({ metadata }: Members) => `${asRecord(metadata).namespace ?? ''}/${asRecord(metadata).name ?? ''}`
  const ordered = items.toSorted((a, b) => compare(key(a), key(b)))
  return JSON.stringify({ ...list, ...(onlyNamespaces && { metadata: { onlyNamespaces } }), items: ordered })
}

export const noObjects = ({ group, versions, kind }: Kind): ObjectList => ({
  apiVersion: `${group}/${versions[0]}`,
  kind: `${kind}List`,
  items: [],
})

/** Does the cluster have this kind? Whoever may not list it is refused either way. True when nobody tells. */
export const isServed = async (server: ApiServer, { group, versions, plural }: Kind): Promise<boolean> => {
  if (group === '') return true
  for (const version of versions)
    try {
      const { resources } = asRecord(
        await server.json({ path: `/apis/${group}/${version}`, what: `kinds of ${group}` }),
      )
      if (list(resources).some(resource => asRecord(resource).name === plural)) return true
    } catch (error) {
      if (!(error instanceof ClusterFailure && error.status === 404)) return true
    }
  return false
}

export const fieldSelector = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(pair => pair.join('='))
    .join()

const listVersion = async (
  server: ApiServer,
  kind: Kind,
  version: string,
  namespace: string | undefined,
): Promise<ObjectList | undefined> => {
  for (let begun = 1; ; begun++)
    try {
      return await readPages(server, kind, version, namespace)
    } catch (error) {
      const status = error instanceof ClusterFailure ? error.status : undefined
      if (status === 404) return undefined
      if (status !== 410 || begun === listAttempts) throw error
    }
}

/** The token of a page lasts minutes: a list whose token has expired begins anew. */
const listAttempts = 3

const readPages = async (
  server: ApiServer,
  kind: Kind,
  version: string,
  namespace: string | undefined,
): Promise<ObjectList> => {
  const what = `${kind.plural} of ${namespace === undefined ? 'the cluster' : `namespace ${namespace}`}`
  const apiVersion = kind.group === '' ? version : `${kind.group}/${version}`
  const root = kind.group === '' ? `/api/${version}` : `/apis/${apiVersion}`
  const place = namespace === undefined ? root : `${root}/namespaces/${namespace}`
  const items: Members[] = []
  let token = ''
  do {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(kind.fields !== undefined && { fieldSelector: fieldSelector(kind.fields) }),
      ...(token !== '' && { continue: token }),
    })
    const page = asRecord(
      await server.json({ path: `${place}/${kind.plural}?${query}`, what, right: rightToList(kind, namespace) }),
    )
    if (!Array.isArray(page.items))
      throw new ClusterFailure('unreachable', `${what}: the answer is no list: is this a Kubernetes API server?`)
    items.push(...page.items.map(asRecord))
    token = String(asRecord(page.metadata).continue ?? '')
  } while (token !== '')
  return { apiVersion, kind: `${kind.kind}List`, items }
}

/** What a mesh is not explained by and may hold secrets: values of environment variables, copies of whole objects, annals. */
const withoutPrivateParts = (object: Members): Members => {
  const { managedFields: _, ...metadata } = asRecord(object.metadata)
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...annotations } = asRecord(metadata.annotations)
  return blankEnvironment({
    ...object,
    metadata: { ...metadata, ...(metadata.annotations !== undefined && { annotations }) },
  }) as Members
}

const containerLists = new Set(['containers', 'initContainers', 'ephemeralContainers'])

const blankEnvironment = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value))
    return value.map(item => (containerLists.has(key) ? blankContainer(item) : blankEnvironment(item)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, blankEnvironment(member, name)]))
}

const blankContainer = (container: unknown): unknown => {
  const { env, ...rest } = asRecord(container)
  if (!Array.isArray(env)) return container
  return {
    ...rest,
    env: env.map(asRecord).map(entry => (entry.value === undefined ? entry : { ...entry, value: hidden(entry) })),
  }
}

/** Settings of Istio's own components and of the CNI decide what they do; everything else is the application's business. */
const hidden = ({ name, value }: Members): unknown =>
  /^(ISTIO_META_|AMBIENT_|ENABLE_|DNS_|PILOT_|XDS_|CA_ADDRESS$|NETWORK$|CLUSTER_ID$|RUST_LOG$|POD_SECURITY_GROUP_ENFORCING_MODE$)/.test(
    String(name),
  )
    ? value
    : '<redacted>'
