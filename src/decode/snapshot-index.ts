import type { About, InputFile } from './input.ts'
import { asObject, asText } from './json/at.ts'
import { parseJson } from './json/parse.ts'

const index = 'snapshot.json'

/** The files with what the indexes of snapshots among them say: what each is and whose. */
export const indexed = async (files: readonly InputFile[]): Promise<readonly InputFile[]> => {
  const known = new Map<string, About>()
  for (const file of files)
    if (file.place.at(-1) === index)
      for (const [path, about] of await itemsOf(file)) known.set(file.path.slice(0, -index.length) + path, about)
  return files.map(file => (known.has(file.path) ? { ...file, about: known.get(file.path) } : file))
}

const itemsOf = async (file: InputFile): Promise<readonly (readonly [path: string, about: About])[]> => {
  const content = await file.read()
  const parsed = content.kind === 'text' ? parseJson(content.text) : undefined
  const items = parsed?.ok === true ? asObject(parsed.value)?.items : undefined
  return (Array.isArray(items) ? items : []).flatMap(item => {
    const { path, kind, subject } = asObject(item) ?? {}
    if (typeof path !== 'string' || typeof kind !== 'string') return []
    const { node, namespace, pod } = asObject(subject) ?? {}
    return [[path, { kind, node: asText(node), namespace: asText(namespace), pod: asText(pod) }] as const]
  })
}
