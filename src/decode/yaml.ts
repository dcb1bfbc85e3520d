import { parseAllDocuments } from 'yaml'

export type ParsedYaml =
  | { readonly ok: true; readonly documents: readonly { readonly value: unknown; readonly pointer: string }[] }
  | { readonly ok: false; readonly message: string }

/** All documents of a file; empty ones are left out. With several, a pointer begins with the document's number. */
export const parseYaml = (text: string): ParsedYaml => {
  try {
    const list = kubectlList(text)
    if (list !== undefined) return { ok: true, documents: [{ value: list, pointer: '' }] }
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

const listHead = /^apiVersion: v1\r?\nitems:\r?\n(?=- )/

/**
 * A List as kubectl prints it, read item by item: the tree of a whole cluster would take sixty times its text. Nothing of
 * an item begins a line but its dash. Undefined for anything else, or when an item is broken.
 */
const kubectlList = (text: string): unknown => {
  const head = listHead.exec(text)
  if (head === null) return undefined
  const end = text.search(/\r?\nkind: List\b/)
  if (end < 0 || /\n(---|\.\.\.)/.test(text)) return undefined
  const items: unknown[] = []
  for (const piece of text.slice(head[0].length, end).split(/\r?\n(?=- )/)) {
    const [document, ...others] = parseAllDocuments(piece, { uniqueKeys: false, logLevel: 'error' })
    const item = document?.toJS({ maxAliasCount: 100 }) as unknown
    if (document?.errors.length !== 0 || others.length > 0 || !Array.isArray(item) || item.length !== 1)
      return undefined
    items.push(item[0])
  }
  return { apiVersion: 'v1', kind: 'List', items }
}

/** The parser throws for what is nested too deep and for too many aliases. */
const firstLine = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return message.includes('call stack') ? 'it is nested too deep' : (message.split('\n')[0] ?? message)
}
