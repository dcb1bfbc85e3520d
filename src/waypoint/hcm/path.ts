/** How a path leaves normalisation: changed or not, or answered at once. */
export type PathResult =
  | { readonly kind: 'path'; readonly path: string }
  /** `path` is how far normalisation came: the route of the refusal is matched on it. */
  | { readonly kind: 'rejected'; readonly path: string }
  | { readonly kind: 'redirected'; readonly path: string }

export interface PathRules {
  readonly escapedSlashes: 'KEEP_UNCHANGED' | 'REJECT_REQUEST' | 'UNESCAPE_AND_REDIRECT' | 'UNESCAPE_AND_FORWARD'
  readonly normalize: boolean
  readonly mergeSlashes: boolean
  /** Taken off dot segments before they are resolved. */
  readonly dotSegmentsHaveParameters: boolean
}

const splitQuery = (path: string): readonly [path: string, query: string] => {
  const at = path.indexOf('?')
  return at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at)]
}

const unescapeSlashes = (path: string): string => path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\')

const unreserved = /[A-Za-z0-9\-._~]/
/** Characters of a path that canonicalisation writes as escapes. */
const reserved = /[\u0000-\u0020"<>^`{|}\u007f-\u{10ffff}]/gu
const percent = (character: string): string =>
  [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

const decodeUnreserved = (segment: string): string =>
  segment.replace(/%([0-9a-fA-F]{2})/g, (escaped, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return unreserved.test(character) ? character : escaped
  })

const canonicalSegment = (segment: string): string => decodeUnreserved(segment).replace(reserved, percent)

/** RFC 3986 dot segments on canonical segments; undefined for a NUL, which Envoy refuses. */
const canonicalPath = (path: string): string | undefined => {
  if (/%00|\u0000/.test(path)) return undefined
  const kept: string[] = []
  const segments = path.replaceAll('\\', '/').split('/').slice(1).map(canonicalSegment)
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') kept.pop()
    if (segment !== '.' && segment !== '..') kept.push(segment)
    else if (last) kept.push('')
  }
  return `/${kept.join('/')}`
}

const mergeSlashes = (path: string): string => {
  if (!path.includes('//')) return path
  const merged = path
    .split('/')
    .filter(part => part !== '')
    .join('/')
  return `${path.startsWith('/') ? '/' : ''}${merged}${path.endsWith('/') ? '/' : ''}`
}

/** Path normalisation of a connection manager, in its order (specs/waypoint.md §5.4); the query stays as it is. */
export const normalizePath = (whole: string, rules: PathRules): PathResult => {
  if (whole.includes('#')) return { kind: 'rejected', path: whole }
  const [original, query] = splitQuery(whole)
  let path = original
  let redirect = false
  if (rules.escapedSlashes !== 'KEEP_UNCHANGED') {
    path = unescapeSlashes(original)
    if (path !== original && rules.escapedSlashes === 'REJECT_REQUEST') return { kind: 'rejected', path: path + query }
    redirect = path !== original && rules.escapedSlashes === 'UNESCAPE_AND_REDIRECT'
  }
  if (rules.normalize) {
    const plain = rules.dotSegmentsHaveParameters ? path.replace(/(^|\/)(\.\.?);[^/]*/g, '$1$2') : path
    const canonical = canonicalPath(plain)
    if (canonical === undefined) return { kind: 'rejected', path: path + query }
    path = canonical
  }
  if (rules.mergeSlashes) path = mergeSlashes(path)
  return { kind: redirect ? 'redirected' : 'path', path: path + query }
}
