import { asRecord } from '#model/kubernetes.ts'
import type { ApiServer } from './api-server.ts'
import { ClusterFailure } from './failure.ts'
import { type Kind, rightToList } from './kinds.ts'

type Members = Readonly<Record<string, unknown>>

/** A list as the API server gives it, all pages put together. */
export interface ObjectList {
  readonly apiVersion: string
  readonly kind: string
  readonly items: readonly Members[]
}

const pageSize = 500

/**
 * Every object of a kind. A kind that the cluster does not have has none. Throws a ClusterFailure when it may not or
 * cannot be read.
 */
export const listObjects = async (server: ApiServer, kind: Kind): Promise<ObjectList> => {
  for (const version of kind.versions) {
    const found = await listVersion(server, kind, version)
    if (found !== undefined) return { ...found, items: found.items.map(withoutPrivateParts) }
  }
  return { apiVersion: `${kind.group}/${kind.versions[0]}`, kind: `${kind.kind}List`, items: [] }
}

const listVersion = async (server: ApiServer, kind: Kind, version: string): Promise<ObjectList | undefined> => {
  const what = `${kind.plural} of the cluster`
  for (let begun = 1; ; begun++)
    try {
      return await readPages(server, kind, version, what)
    } catch (error) {
      const status = error instanceof ClusterFailure ? error.status : undefined
      if (status === 404) return undefined
      if (status !== 410 || begun === listAttempts) throw error
    }
}

/** The token of a page lasts minutes: a list whose token has expired begins anew. */
const listAttempts = 3

const readPages = async (server: ApiServer, kind: Kind, version: string, what: string): Promise<ObjectList> => {
  const apiVersion = kind.group === '' ? version : `${kind.group}/${version}`
  const place = kind.group === '' ? `/api/${version}` : `/apis/${apiVersion}`
  const items: Members[] = []
  let token = ''
  do {
    const query = new URLSearchParams({ limit: String(pageSize), ...(token !== '' && { continue: token }) })
    const page = asRecord(
      await server.json({ path: `${place}/${kind.plural}?${query}`, what, right: rightToList(kind) }),
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

/** Settings of Istio's own components decide what they do; everything else is the application's business. */
const hidden = ({ name, value }: Members): unknown =>
  /^(ISTIO_META_|AMBIENT_|ENABLE_|DNS_|PILOT_|XDS_|CA_ADDRESS$|NETWORK$|CLUSTER_ID$|RUST_LOG$)/.test(String(name))
    ? value
    : '<redacted>'
