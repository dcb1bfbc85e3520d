import { withoutPrivate } from '#decode/envoy/private.ts'

/** What was taken out, by its kind, with how often. */
export type Redactions = Map<string, number>

const hidden = '[redacted]'

/** How names end whose values are secret: `PASSWORD`, `access_token`, `x-api-key`, `clientSecret`. */
const secret = '(?:password|passwd|token|secret|(?:api|access|secret)[-_]?key)'

/**
 * Secrets by what they look like, wherever they stand: keys as PEM, with line ends or with `\n` written out, and again in
 * base64 as Kubernetes and Envoy keep bytes; JSON Web Tokens; credentials in a header or a URL; values of arguments,
 * variables, queries and JSON inside of text by their names. What comes first in parentheses stays.
 */
const patterns: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?-----END [A-Z ]*PRIVATE KEY-----/g],
  [
    'private key',
    /LS0tLS1CRUdJTiB(?:QUklWQVRFIEtFWS0|SU0EgUFJJVkFURSBLRVkt|FQyBQUklWQVRFIEtFWS0t|FTkNSWVBURUQgUFJJVkFURSBLRVkt|PUEVOU1NIIFBSSVZBVEUgS0VZ)[A-Za-z0-9+/=_-]*/g,
  ],
  ['token', /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g],
  ['credential', /\b(?<=(?:Bearer|Basic) )[A-Za-z0-9+/=._~-]{8,}/g],
  ['credential', /(:\/\/[^\s/"@:]*:)[^\s/"@]+(?=@)/g],
  ['credential', new RegExp(`(${secret}=)[^\\s"'&;,\\\\[]+`, 'gi')],
  ['credential', new RegExp(`("--?[\\w.-]*${secret}",\\s*")[^"\\[]+`, 'gi')],
  ['credential', new RegExp(`(${secret}\\\\?"\\s*:\\s*\\\\?")[^"\\\\[]+`, 'gi')],
]

/** Members of JSON that hold a secret, where the text is too large to be parsed. */
const member = /("(?:private_key|privateKey|password|generic_secret|inline_token|access_token)"\s*:\s*)\{[^{}]*\}/g

/** Copies of whole objects, which Envoy is told as well. */
const copy = /("kubectl\.kubernetes\.io\/last-applied-configuration"\s*:\s*)"(?:[^"\\]|\\.)*"/g

/** The text without secrets. Of JSON, members that are private by their name lose their value as well. */
export const redactText = (text: string, redactions: Redactions): string =>
  redactPatterns(redactMembers(text, redactions), redactions)

const redactMembers = (text: string, redactions: Redactions): string => {
  if (!/^\s*[[{]/.test(text)) return text
  try {
    const value: unknown = JSON.parse(text)
    const clean = withoutPrivate(value)
    if (clean === value) return text
    count(redactions, 'private member')
    return JSON.stringify(clean, undefined, 1)
  } catch {
    return text
  }
}

const redactPatterns = (text: string, redactions: Redactions): string =>
  patterns.reduce(
    (rest, [kind, pattern]) =>
      rest.replace(pattern, (_, name: unknown) => {
        count(redactions, kind)
        return typeof name === 'string' ? name + hidden : hidden
      }),
    text.replace(copy, (_, name: string) => {
      count(redactions, 'copy of an object')
      return `${name}"${hidden}"`
    }),
  )

/** Characters that are kept back so that no secret is divided: longer than any key. */
const overlap = 65_536

/** The same for what is too large to be one string. It is cut behind a brace, where no secret goes on. */
export const redactBytes = async function* (
  bytes: AsyncIterable<Uint8Array>,
  redactions: Redactions,
): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let waiting = ''
  for await (const chunk of bytes) {
    waiting += decoder.decode(chunk, { stream: true })
    const cut = waiting.length > 2 * overlap ? waiting.lastIndexOf('}', waiting.length - overlap) + 1 : 0
    if (cut === 0) continue
    yield redactPiece(waiting.slice(0, cut), redactions)
    waiting = waiting.slice(cut)
  }
  yield redactPiece(waiting + decoder.decode(), redactions)
}

const redactPiece = (text: string, redactions: Redactions): string =>
  redactPatterns(
    text.replace(member, (_, name: string) => {
      count(redactions, 'private member')
      return `${name}{"inline_string":"${hidden}"}`
    }),
    redactions,
  )

const count = (redactions: Redactions, kind: string): void => {
  redactions.set(kind, (redactions.get(kind) ?? 0) + 1)
}
