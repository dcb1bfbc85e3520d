/** What differs between Envoy releases, asked by name and never by number (specs/waypoint-measured.md §2). */
export interface EnvoyBehaviour {
  /** Values of a repeated header in a route match: tried one by one, or joined with `,`. */
  readonly routeHeaderValues: 'each' | 'joined'
  readonly rbacHeaderValues: 'each' | 'joined'
  /** The HTTP inspector takes any token as a method; before, only the methods it knows. */
  readonly sniffsUnknownMethods: boolean
  /** The prefix map goes on with a shorter prefix when the longest one's subtree does not match. */
  readonly prefixMapResumes: boolean
  /** `*` and `**` of a URI template take a literal asterisk too. */
  readonly templatesTakeAsterisk: boolean
  /** The body of a 503 tells why the transport failed. */
  readonly tellsTransportFailure: boolean
}

interface Row {
  readonly since: readonly [minor: number, patch: number]
  readonly change: Partial<EnvoyBehaviour>
}

const oldest: EnvoyBehaviour = {
  routeHeaderValues: 'joined',
  rbacHeaderValues: 'joined',
  sniffsUnknownMethods: false,
  prefixMapResumes: false,
  templatesTakeAsterisk: false,
  tellsTransportFailure: true,
}

const rows: readonly Row[] = [
  { since: [35, 0], change: { templatesTakeAsterisk: true } },
  { since: [36, 0], change: { prefixMapResumes: true } },
  { since: [38, 0], change: { rbacHeaderValues: 'each' } },
  { since: [38, 1], change: { tellsTransportFailure: false } },
  { since: [39, 0], change: { routeHeaderValues: 'each', sniffsUnknownMethods: true } },
]

/** A release without a patch number counts as its newest patch. */
const reached = (version: string, [minor, patch]: Row['since']): boolean => {
  const [, ownMinor = '0', ownPatch] = version.split('.')
  if (Number(ownMinor) !== minor) return Number(ownMinor) > minor
  return ownPatch === undefined || Number(ownPatch) >= patch
}

/** Behaviour of a release such as `1.38.3` or `1.38`. */
export const behaviourOf = (version: string): EnvoyBehaviour =>
  Object.assign({}, oldest, ...rows.filter(({ since }) => reached(version, since)).map(({ change }) => change))
