/** What differs between Envoy releases, asked by name and never by number (specs/waypoint-measured.md §2). */
export interface EnvoyBehaviour {
  /** Values of a repeated header in a route match: tried one by one, or joined with `,`. */
  readonly routeHeaderValues: 'each' | 'joined'
  readonly rbacHeaderValues: 'each' | 'joined'
  /** The HTTP inspector takes any token as a method, and a scheme without a host; before, only the methods it knows. */
  readonly sniffsAsTheCodec: boolean
  /** The prefix map goes on with a shorter prefix when the longest one's subtree does not match. */
  readonly prefixMapResumes: boolean
  /** `*` and `**` of a URI template take a literal asterisk too. */
  readonly templatesTakeAsterisk: boolean
  /** The body of a 503 tells why the transport failed. */
  readonly tellsTransportFailure: boolean
  /** What a table that ignores `;parameters` leaves out of a path: all behind the first, or those of each segment. */
  readonly pathParameters: 'all behind the first' | 'of each segment'
  /** RBAC leaves out the parameters that the table of the route ignores. */
  readonly rbacIgnoresPathParameters: boolean
  /** Normalisation takes `..;v=1` for a dot segment. */
  readonly dotSegmentsHaveParameters: boolean
  /** The library under HTTP/2: nghttp2 resets requests with an empty `:authority`, oghttp2 joins the cookie lines that it sends. */
  readonly http2Codec: 'nghttp2' | 'oghttp2'
  /** Response code details of an HTTP/2 request whose headers are too large. */
  readonly tooLargeOverHttp2: `http2.${'too_many_headers' | 'remote_reset' | 'header_list_size_too_large'}`
  /** Hosts that EDS drains do not count when shares and panic are worked out. */
  readonly leavesOutDrainingHosts: boolean
  /** QUERY is a method of HTTP/1. */
  readonly knowsQueryMethod: boolean
  /** Private addresses are internal where no ranges are given. */
  readonly trustsPrivateAddresses: boolean
  /** The number of the attempt is written before the headers of the route are changed, or behind that. */
  readonly countsAttempts: 'before mutations' | 'after mutations'
  /** `omit_empty_values` of a format of JSON leaves out what has no value. */
  readonly jsonOmitsEmpty: boolean
  /** What `.` of a safe_regex takes: a character of UTF-8, or one byte of it. */
  readonly regexTakes: 'characters' | 'bytes'
}

type Release = readonly [minor: number, patch: number]

/** A later row may take back what an earlier one brought. */
interface Row {
  /** First releases of the lines that have it, oldest first; lines after the last one have it from their start. */
  readonly since: readonly [Release, ...Release[]]
  readonly change: Partial<EnvoyBehaviour>
}

const nghttp2 = { http2Codec: 'nghttp2', tooLargeOverHttp2: 'http2.too_many_headers' } as const
const oghttp2 = { http2Codec: 'oghttp2', tooLargeOverHttp2: 'http2.remote_reset' } as const

const oldest: EnvoyBehaviour = {
  ...nghttp2,
  routeHeaderValues: 'joined',
  rbacHeaderValues: 'joined',
  sniffsAsTheCodec: false,
  prefixMapResumes: false,
  templatesTakeAsterisk: false,
  tellsTransportFailure: true,
  pathParameters: 'all behind the first',
  rbacIgnoresPathParameters: false,
  dotSegmentsHaveParameters: false,
  leavesOutDrainingHosts: false,
  knowsQueryMethod: false,
  trustsPrivateAddresses: true,
  countsAttempts: 'after mutations',
  jsonOmitsEmpty: false,
  regexTakes: 'characters',
}

const rows: readonly Row[] = [
  { since: [[29, 0]], change: oghttp2 },
  { since: [[29, 2]], change: nghttp2 },
  { since: [[30, 0]], change: { leavesOutDrainingHosts: true } },
  { since: [[31, 0]], change: oghttp2 },
  { since: [[31, 2]], change: nghttp2 },
  { since: [[34, 0]], change: oghttp2 },
  // CVE-2025-46821
  {
    since: [
      [31, 8],
      [32, 6],
      [33, 3],
      [34, 1],
    ],
    change: { templatesTakeAsterisk: true },
  },
  { since: [[33, 0]], change: { trustsPrivateAddresses: false } },
  { since: [[36, 0]], change: { prefixMapResumes: true } },
  // CVE-2026-26308
  {
    since: [
      [34, 13],
      [35, 9],
      [36, 5],
      [37, 1],
    ],
    change: { rbacHeaderValues: 'each' },
  },
  { since: [[37, 0]], change: { ...nghttp2, countsAttempts: 'before mutations' } },
  // Measured: not in 1.37.0, in 1.38.2; no release between them was at hand.
  { since: [[38, 0]], change: { tooLargeOverHttp2: 'http2.header_list_size_too_large' } },
  { since: [[38, 1]], change: { tellsTransportFailure: false } },
  { since: [[39, 0]], change: { routeHeaderValues: 'each', sniffsAsTheCodec: true } },
  { since: [[40, 0]], change: { knowsQueryMethod: true, jsonOmitsEmpty: true } },
  // CVE-2026-73511, 73551, 73552 and 73553
  {
    since: [
      [36, 10],
      [37, 6],
      [38, 4],
      [39, 1],
    ],
    change: {
      pathParameters: 'of each segment',
      rbacIgnoresPathParameters: true,
      dotSegmentsHaveParameters: true,
      regexTakes: 'bytes',
    },
  },
]

/** A release without a patch number counts as its newest patch. */
const reached = (version: string, since: Row['since']): boolean => {
  const [, minor = '0', patch] = version.split('.')
  const line = since.find(([ofLine]) => ofLine === Number(minor))
  if (line === undefined) return since.every(([ofLine]) => ofLine < Number(minor))
  return patch === undefined || Number.parseInt(patch, 10) >= line[1]
}

/** Behaviour of a release such as `1.38.3` or `1.38`. */
export const behaviourOf = (version: string): EnvoyBehaviour =>
  Object.assign({}, oldest, ...rows.filter(({ since }) => reached(version, since)).map(({ change }) => change))
