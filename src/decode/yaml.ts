import { parseAllDocuments } from 'yaml'

export type ParsedYaml =
  | { readonly ok: true; readonly documents: readonly { readonly value: unknown; readonly pointer: string }[] }
  | { readonly ok: false; readonly message: string }

/** All documents of a file; empty ones are left out. With several, a pointer begins with the document's number. */
export const parseYaml = (text: string): ParsedYaml => {
  try {
    const documents = [...parseAllDocuments(text, { uniqueKeys: false, logLevel: 'error' })]
    const error = documents.flatMap(document => document.errors)[0]
    if (error !== undefined) return { ok: false, message: firstLine(error) }
    const values = documents.map((document, index) => ({
      value: document.toJS({ maxAliasCount: 100 }) as unknown,
      pointer: documents.length === 1 ? '' : `/${index}`,
    }))
    return { ok: true, documents: values.filter(({ value }) => value !== null && value !== undefined) }
  } catch (error) {
    return { ok: false, message: firstLine(error) }
  }
}

/** The parser throws for what is nested too deep and for too many aliases. */
const firstLine = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return message.includes('call stack') ? 'it is nested too deep' : (message.split('\n')[0] ?? message)
}
