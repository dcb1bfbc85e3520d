/** What stands for a secret; Envoy writes the same. */
export const hidden = '[redacted]'

/** How names end whose values are secret: `PASSWORD`, `access_token`, `x-api-key`, `clientSecret`. */
const ending = '(?:password|passwd|token|secret|(?:api|access|secret)[-_]?key)'

/** Headers, parameters and variables whose values are secret as a whole, whatever they look like. */
const secretName = new RegExp(
  `(?:${ending}|authorization|cookie|passphrase|credentials?|session(?:[-_]?id)?|signature|(?:auth|private|signing|subscription|license)[-_]?key)$`,
  'i',
)

export const isSecretName = (name: string): boolean => secretName.test(name)

const scheme = /^(?:bearer|basic|digest|negotiate|api-?token|token|api-?key)(?=\s|$)/i

/** In a pattern, a condition or a list of cookies: `user=jason`. */
const cookie = /(?<![\w-])(?!(?:path|domain|expires|max-age|samesite)=)([\w.-]+=)[^;()\s]+/gi

/**
 * The value of what has a secret name. The scheme of a credential stays, names of cookies, and what Envoy fills in for
 * each request: `Bearer [redacted]`, `session=[redacted]`, `%REQ(x-token)%`.
 */
export const withoutSecret = (name: string, value: string): string => {
  if (/^(?:%[^%]+%)*$/.test(value)) return value
  if (/cookie$/i.test(name) && value.includes('=')) return value.replace(cookie, `$1${hidden}`)
  const [kept] = scheme.exec(value) ?? []
  if (kept === undefined) return hidden
  return value.trim() === kept ? value : `${kept} ${hidden}`
}

/**
 * Secrets by what they look like, wherever they stand: keys as PEM, with line ends or with `\n` written out, and again in
 * base64 as Kubernetes and Envoy keep bytes; JSON Web Tokens; credentials in a header or a URL; values of arguments,
 * variables, queries and JSON inside of text by their names. What comes first in parentheses stays.
 */
export const secretPatterns: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?-----END [A-Z ]*PRIVATE KEY-----/g],
  [
    'private key',
    /LS0tLS1CRUdJTiB(?:QUklWQVRFIEtFWS0|SU0EgUFJJVkFURSBLRVkt|FQyBQUklWQVRFIEtFWS0t|FTkNSWVBURUQgUFJJVkFURSBLRVkt|PUEVOU1NIIFBSSVZBVEUgS0VZ)[A-Za-z0-9+/=_-]*/g,
  ],
  ['token', /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g],
  ['credential', /\b(?<=(?:Bearer|Basic) )[A-Za-z0-9+/=._~-]{8,}/g],
  ['credential', /(:\/\/[^\s/"@:]*:)[^\s/"@]+(?=@)/g],
  ['credential', new RegExp(`(${ending}=)[^\\s"'&;,\\\\[]+`, 'gi')],
  ['credential', new RegExp(`("--?[\\w.-]*${ending}",\\s*")[^"\\[]+`, 'gi')],
  ['credential', new RegExp(`(${ending}\\\\?"\\s*:\\s*\\\\?")[^"\\\\[]+`, 'gi')],
]

/** Only a text in which one of these stands can hold one of the patterns. */
const suspicious = new RegExp(`PRIVATE KEY|LS0tLS1CRUdJTiB|eyJ|Bearer |Basic |://|${ending}`, 'i')

export const withoutSecretText = (text: string): string =>
  suspicious.test(text)
    ? secretPatterns.reduce(
        (rest, [, pattern]) =>
          rest.replace(pattern, (_, name: unknown) => (typeof name === 'string' ? name : '') + hidden),
        text,
      )
    : text
