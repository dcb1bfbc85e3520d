import type { ObjectRef } from './evidence.ts'
import { type KubernetesObject, type KubernetesObjects, refOf } from './kubernetes.ts'
import type { ServiceGlance, WorkloadGlance } from './ztunnel.ts'

/** What a workload was made from, told by its uid: `Kubernetes/networking.istio.io/WorkloadEntry/shop/vm`. */
export interface Origin {
  readonly kind: string
  readonly ref: ObjectRef
}

export const originOf = ({
  uid,
  namespace,
  name,
}: Pick<WorkloadGlance, 'uid' | 'namespace' | 'name'>): Origin | undefined => {
  const [, , kind, ofNamespace = namespace, ofName = name] = uid.split('/')
  if (kind === undefined || kind === '') return undefined
  return { kind, ref: { kind, namespace: ofNamespace, name: ofName } }
}

export const objectOf = (kubernetes: KubernetesObjects, workload: WorkloadGlance): KubernetesObject | undefined => {
  const origin = originOf(workload)
  return origin && kubernetes.get(origin.kind, origin.ref.namespace ?? '', origin.ref.name)
}

/** A Kubernetes Service, or the ServiceEntry that names the host. */
export const objectOfService = (
  kubernetes: KubernetesObjects,
  { namespace, name, hostname }: Pick<ServiceGlance, 'namespace' | 'name' | 'hostname'>,
): KubernetesObject | undefined => {
  const service = hostname.startsWith(`${name}.${namespace}.svc.`)
    ? kubernetes.get('Service', namespace, name)
    : undefined
  return service ?? kubernetes.get('ServiceEntry', namespace, name)
}

export const namespaceOf = (kubernetes: KubernetesObjects, namespace: string): KubernetesObject | undefined =>
  kubernetes.get('Namespace', '', namespace)

export interface Labelled {
  readonly value: string
  readonly on: ObjectRef
}

/** A label of the object, else of its namespace. */
export const labelOf = (
  label: string,
  object: KubernetesObject | undefined,
  namespace: KubernetesObject | undefined,
): Labelled | undefined => {
  for (const holder of [object, namespace]) {
    const value = holder?.labels[label]
    if (holder !== undefined && value !== undefined && value !== '') return { value, on: refOf(holder) }
  }
  return undefined
}

export interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
}

/** A condition of an object's status, by its type. */
export const conditionOf = (object: KubernetesObject, type: string): Condition | undefined => {
  const { conditions } = object.status
  const found = Array.isArray(conditions) ? conditions.find(condition => text(condition, 'type') === type) : undefined
  if (found === undefined) return undefined
  return { type, status: text(found, 'status'), reason: text(found, 'reason'), message: text(found, 'message') }
}

const text = (value: unknown, member: string): string => {
  const found: unknown =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[member] : undefined
  return typeof found === 'string' ? found : ''
}
