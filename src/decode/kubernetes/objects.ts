import { At, asObject, type Issues } from '#decode/json/at.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { kindOfList } from './kinds.ts'
import { withoutSecrets } from './secrets.ts'

export interface KubernetesFile {
  readonly objects: readonly KubernetesObject[]
  /** Kinds that this file lists, with or without objects. */
  readonly kinds: readonly string[]
  /** Where they were listed, when not in the whole cluster. */
  readonly onlyNamespaces?: readonly string[]
}

/**
 * One object, a List, or a bare array of objects. `pointer` leads to the value inside its file: `''`, or `/2` for the third
 * document of a YAML file.
 */
export const readKubernetes = (value: unknown, issues: Issues, pointer: string, name: string): KubernetesFile => {
  if (Array.isArray(value)) return { objects: readItems(value, issues, pointer, undefined), kinds: [] }
  const members = asObject(value)
  if (!Array.isArray(members?.items) || typeof members.kind !== 'string' || !members.kind.endsWith('List'))
    return { objects: readObject(value, issues, pointer), kinds: [] }
  const kind = kindOfList(members.kind, String(members.apiVersion ?? ''), name)
  const typed =
    members.kind === 'List' ? undefined : { apiVersion: members.apiVersion, kind: members.kind.slice(0, -4) }
  const only = asObject(members.metadata)?.onlyNamespaces
  return {
    objects: readItems(members.items, issues, `${pointer}/items`, typed),
    kinds: kind === undefined ? [] : [kind],
    ...(Array.isArray(only) && { onlyNamespaces: only.map(String) }),
  }
}

/** Items of a typed list (`PodList`) may leave out what the list says for all. */
const readItems = (
  items: readonly unknown[],
  issues: Issues,
  pointer: string,
  typed: Readonly<Record<string, unknown>> | undefined,
): readonly KubernetesObject[] =>
  items.flatMap((item, index) => {
    const members = asObject(item)
    return readObject(members === undefined ? item : { ...typed, ...members }, issues, `${pointer}/${index}`)
  })

const readObject = (value: unknown, issues: Issues, pointer: string): readonly KubernetesObject[] => {
  const members = asObject(value)
  if (members === undefined) {
    issues.add(pointer, 'a Kubernetes object', value)
    return []
  }
  const raw = withoutSecrets(members)
  const at = new At(raw, issues, pointer)
  const metadata = at.object('metadata')
  const kind = at.text('kind')
  const name = metadata?.text('name')
  if (kind === undefined || name === undefined) {
    issues.add(pointer, 'a Kubernetes object with kind and metadata.name', raw)
    return []
  }
  const object = {
    apiVersion: at.text('apiVersion') ?? '',
    kind,
    namespace: metadata?.text('namespace') ?? '',
    name,
    labels: texts(metadata?.object('labels')),
    annotations: texts(metadata?.object('annotations')),
    spec: asObject(at.raw('spec')) ?? {},
    status: asObject(at.raw('status')) ?? {},
    raw,
    file: issues.file,
    pointer,
  }
  return [object]
}

const texts = (at: At | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (at?.keys() ?? []).flatMap(key => {
      const value = at?.text(key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
