import { withoutPrivate } from '#decode/envoy/private.ts'
import { hidden, secretPatterns } from '#model/secrets.ts'

/** What was taken out, by its kind, with how often. */
export type Redactions = Map<string, number>

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
  secretPatterns.reduce(
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
