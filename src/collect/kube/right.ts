/** One thing that RBAC allows or refuses. */
export interface Right {
  readonly verbs: readonly string[]
  /** Empty for the core group. */
  readonly group: string
  /** `pods`, `pods/portforward` */
  readonly resource: string
  /** Only the object of this name. */
  readonly name?: string | undefined
  /** Absent: in all namespaces, or not in any. */
  readonly namespace?: string | undefined
}

/** The rule to add to a Role or ClusterRole, in one line of YAML. */
export const ruleOf = ({ group, resource, verbs, name }: Right): string => {
  const named = name === undefined ? '' : `, resourceNames: ["${name}"]`
  const quoted = verbs.map(verb => `"${verb}"`).join(', ')
  return `- {apiGroups: ["${group}"], resources: ["${resource}"]${named}, verbs: [${quoted}]}`
}

/** `list pods in all namespaces`, `get pods/portforward in namespace istio-system`. */
export const rightText = ({ verbs, group, resource, name, namespace }: Right): string =>
  `${verbs.join(' and ')} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` ${name}`}${
    namespace === undefined ? '' : ` in namespace ${namespace}`
  }`

/** WebSockets begin with a GET; API servers from 1.35 also ask for `create`, as they do for SPDY. */
export const streamVerbs: readonly string[] = ['get', 'create']
