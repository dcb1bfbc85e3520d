/** A name under which the asked host may be known. */
export interface Alias {
  readonly name: string
  /** The asked name without the search domain; only for aliases that were made by stripping one. */
  readonly stripped?: string
  readonly searchDomain?: string
}

/**
 * The names that ztunnel tries for a query, in order: the name, its expansions to Kubernetes names, then the same for the
 * name without each search domain (specs/ztunnel.md §7.3). Names have no trailing dot.
 */
export const aliasesOf = (name: string, clientNamespace: string, clusterDomain: string): readonly Alias[] => {
  const expand = (short: string) => kubernetesNames(short, clientNamespace, clusterDomain)
  const all: Alias[] = [name, ...expand(name)].map(name => ({ name }))
  for (const searchDomain of searchDomains(clientNamespace, clusterDomain)) {
    if (!name.endsWith(`.${searchDomain}`)) continue
    const stripped = name.slice(0, -searchDomain.length - 1)
    all.push(...[stripped, ...expand(stripped)].map(name => ({ name, stripped, searchDomain })))
  }
  const seen = new Set<string>()
  return all.filter(({ name }) => !seen.has(name) && seen.add(name))
}

/** The name, then its wildcards from the most specific; never `*` alone. */
export const wildcardsOf = (name: string): readonly string[] => {
  const labels = name.split('.')
  const own = labels[0] === '*' ? 2 : 1
  return [name, ...labels.slice(own).map((_, at) => `*.${labels.slice(at + own).join('.')}`)]
}

export const isWildcard = (name: string): boolean => name.startsWith('*.')

const searchDomains = (namespace: string, clusterDomain: string): readonly string[] => [
  `${namespace}.svc.${clusterDomain}`,
  `svc.${clusterDomain}`,
  clusterDomain,
]

const kubernetesNames = (name: string, namespace: string, clusterDomain: string): readonly string[] => {
  const labels = name.split('.')
  const endsInSvc = labels.at(-1) === 'svc'
  switch (labels.length) {
    case 1:
      return [`${name}.${namespace}.svc.${clusterDomain}`]
    case 2:
      return [`${name}.svc.${clusterDomain}`, `${name}.${namespace}.svc.${clusterDomain}`]
    case 3:
      return [...(endsInSvc ? [`${name}.${clusterDomain}`] : []), `${name}.svc.${clusterDomain}`]
    case 4:
      return endsInSvc ? [`${name}.${clusterDomain}`] : []
    default:
      return []
  }
}
