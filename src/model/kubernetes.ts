import type { JsonPointer, ObjectRef } from './evidence.ts'

/** One Kubernetes object, kept whole; readers of `spec` and `status` check shapes where they use them. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly spec: Readonly<Record<string, unknown>>
  readonly status: Readonly<Record<string, unknown>>
  readonly raw: Readonly<Record<string, unknown>>
  readonly file: string
  readonly pointer: JsonPointer
}

/** Objects by kind, then by `namespace/name` (`/name` when cluster-scoped). A kind that is absent was not collected. */
export class KubernetesObjects {
  private readonly kinds = new Map<string, Map<string, KubernetesObject>>()

  constructor(objects: Iterable<KubernetesObject>) {
    for (const object of objects) {
      const named = this.kinds.get(object.kind) ?? new Map<string, KubernetesObject>()
      named.set(`${object.namespace}/${object.name}`, object)
      this.kinds.set(object.kind, named)
    }
  }

  /** False when no object of this kind was seen: the kind may not have been collected. */
  knows(kind: string): boolean {
    return this.kinds.has(kind)
  }

  get(kind: string, namespace: string, name: string): KubernetesObject | undefined {
    return this.kinds.get(kind)?.get(`${namespace}/${name}`)
  }

  of(kind: string): readonly KubernetesObject[] {
    return [...(this.kinds.get(kind)?.values() ?? [])]
  }
}

export const refOf = (object: KubernetesObject): ObjectRef =>
  object.namespace === ''
    ? { kind: object.kind, name: object.name }
    : { kind: object.kind, namespace: object.namespace, name: object.name }
