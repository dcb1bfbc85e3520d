export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
  /** As a Role in these namespaces has it; a ClusterRole without. */
  readonly namespaces?: readonly string[]
}

/** What a request asks of RBAC. */
export interface Attributes {
  readonly verb: string
  readonly group: string
  /** With its subresource: `pods/exec`. */
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

export const allows = (rules: readonly Rule[], asked: Attributes): boolean =>
  rules.some(
    ({ apiGroups, resources, verbs, resourceNames, namespaces }) =>
      has(apiGroups, asked.group) &&
      has(resources, asked.resource) &&
      has(verbs, asked.verb) &&
      (resourceNames === undefined || has(resourceNames, asked.name)) &&
      (namespaces === undefined || has(namespaces, asked.namespace)),
  )

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

const path =
  /^\/(?:api\/(?<core>v\d\w*)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[a-z]+)(?:\/(?<name>[^/]+)(?:\/(?<sub>[a-z]+))?)?$/

/** The attributes that the API server makes of a request; undefined for paths that are no resources. */
export const attributesOf = (
  method: string,
  pathname: string,
): (Attributes & { readonly version: string }) | undefined => {
  const found = path.exec(pathname)?.groups
  if (found === undefined) return undefined
  const { core, group = '', version = core ?? '', namespace = '', plural = '', name = '', sub } = found
  const verb = method === 'GET' ? (name === '' ? 'list' : 'get') : method === 'POST' ? 'create' : 'patch'
  return { verb, group, version, namespace, name, resource: sub === undefined ? plural : `${plural}/${sub}` }
}
