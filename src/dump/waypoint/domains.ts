/** A virtual host's domains in istioctl's short form: without ports, the shortest spelling of each host, at most two. */
export const shortDomains = (domains: readonly string[]): string => {
  if (domains.length <= 1) return domains[0] ?? ''
  const shortest = withoutLongForms(domains.filter(isWithoutPort))
  const shown = shortest.slice(0, 2).join(', ')
  return shortest.length > 2 ? `${shown} + ${shortest.length - 2} more...` : shown
}

/** An IPv6 address has more than two colons, and ends in a bracket where no port follows. */
const isWithoutPort = (domain: string): boolean =>
  !domain.includes(':') || (domain.split(':').length > 3 && domain.endsWith(']'))

const withoutLongForms = (domains: readonly string[]): readonly string[] => {
  const all = new Set(domains)
  const hasShorter = (domain: string, suffix: string): boolean =>
    domain.endsWith(suffix) && all.has(domain.slice(0, -suffix.length))
  return domains.filter(domain => !hasShorter(domain, '.svc.cluster.local') && !hasShorter(domain, '.svc'))
}
