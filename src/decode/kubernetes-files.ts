import type { DecodeIssue } from '#model/issue.ts'
import { type KubernetesObject, KubernetesObjects } from '#model/kubernetes.ts'
import { nameOf } from './input.ts'
import { Issues } from './json/at.ts'
import { readKubernetes } from './kubernetes/objects.ts'
import type { RecognisedPart } from './parts.ts'

/** The Kubernetes objects of all files. */
export const decodeKubernetes = (parts: readonly RecognisedPart[], issues: DecodeIssue[]): KubernetesObjects => {
  const objects: KubernetesObject[] = []
  const kinds: string[] = []
  const partial = new Map<string, ReadonlySet<string>>()
  for (const part of parts) {
    const found = new Issues(part.file.path)
    const read = readKubernetes(part.value, found, part.pointer, nameOf(part.file))
    objects.push(...read.objects)
    kinds.push(...read.kinds)
    if (read.onlyNamespaces !== undefined)
      for (const kind of read.kinds) partial.set(kind, new Set(read.onlyNamespaces))
    issues.push(...found.list)
  }
  return new KubernetesObjects(objects, kinds, partial)
}
