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

/** Kinds that several API groups have, and the group that is meant when the kind is named alone. */
const homonyms: ReadonlyMap<string, string> = new Map([
  ['ClusterNetworkPolicy', 'policy.networking.k8s.io'],
  ['Gateway', 'gateway.networking.k8s.io'],
  ['NetworkPolicy', 'networking.k8s.io'],
  ['Service', ''],
])

/** The kind, with the group where the kind alone means another one: `Gateway.networking.istio.io`. */
export const kindKey = ({ apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>): string => {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  const meant = homonyms.get(kind)
  return meant === undefined || meant === group ? kind : `${kind}.${group}`
}

/** Kinds that were listed in some namespaces only, with these. */
export type PartialKinds = ReadonlyMap<string, ReadonlySet<string>>

/** Objects by kind, then by `namespace/name` (`/name` when cluster-scoped). A kind that is absent was not collected. */
export class KubernetesObjects {
  private readonly kinds = new Map<string, Map<string, KubernetesObject>>()
  private readonly partial: PartialKinds

  /**
   * `collected` names kinds that were asked for, so that one without objects is known to have none.
   */
  constructor(
    objects: Iterable<KubernetesObject>,
    collected: Iterable<string> = [],
    partial: PartialKinds = new Map(),
  ) {
    this.partial = partial
    for (const kind of collected) this.kinds.set(kind, new Map())
    for (const object of objects) {
      const kind = kindKey(object)
      const named = this.kinds.get(kind) ?? new Map<string, KubernetesObject>()
      named.set(`${object.namespace}/${object.name}`, object)
      this.kinds.set(kind, named)
    }
  }

  /** False when this kind was not collected, or in part: that there is no such object cannot be said. */
  knows(kind: string): boolean {
    return this.kinds.has(kind) && !this.partial.has(kind)
  }

  /** The same of one namespace. */
  knowsIn(kind: string, namespace: string): boolean {
    return this.knows(kind) || this.partial.get(kind)?.has(namespace) === true
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

/** The members of a nested part of an object; `{}` when it is not an object. */
export const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
