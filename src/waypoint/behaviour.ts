/** What differs between Envoy releases, asked by name and never by number (specs/waypoint-measured.md §2). */
export interface EnvoyBehaviour {
  /** Values of a repeated header in a route match: tried one by one, or joined with `,`. */
  readonly routeHeaderValues: 'each' | 'joined'
  readonly rbacHeaderValues: 'each' | 'joined'
  /** The HTTP inspector takes any token as a method; before, only the methods it knows. */
  readonly sniffsUnknownMethods: boolean
  /** The prefix map goes on with a shorter prefix when the longest one's subtree does not match. */
  readonly prefixMapResumes: boolean
}

interface Row {
  readonly sinceMinor: number
  readonly change: Partial<EnvoyBehaviour>
}

const oldest: EnvoyBehaviour = {
  routeHeaderValues: 'joined',
  rbacHeaderValues: 'joined',
  sniffsUnknownMethods: false,
  prefixMapResumes: false,
}

const rows: readonly Row[] = [
  { sinceMinor: 36, change: { prefixMapResumes: true } },
  { sinceMinor: 38, change: { rbacHeaderValues: 'each' } },
  { sinceMinor: 39, change: { routeHeaderValues: 'each', sniffsUnknownMethods: true } },
]

export const behaviourOf = (minor: number): EnvoyBehaviour =>
  Object.assign({}, oldest, ...rows.filter(({ sinceMinor }) => minor >= sinceMinor).map(({ change }) => change))
