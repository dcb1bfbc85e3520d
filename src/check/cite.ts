import type { JsonPointer, ObjectRef } from '#model/evidence.ts'
import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, list, refOf, text } from '#model/kubernetes.ts'
import type { LogLine } from '#model/log.ts'
import type { Authorization, Service, Workload, ZtunnelDump } from '#model/ztunnel.ts'
import type { Pod } from '#trace/world.ts'
import type { Cited } from './finding.ts'

/** A part of a Kubernetes object, with the value that decides. */
export const cite = (object: KubernetesObject, pointer: JsonPointer, value?: string): Cited => ({
  from: 'object',
  file: object.file,
  pointer: `${object.pointer}${pointer}`,
  object: refOf(object),
  ...(value !== undefined && { value }),
})

/** A part of a record of a ztunnel dump. */
export const citeRecord = (
  { file }: ZtunnelDump,
  record: Service | Workload | Authorization,
  pointer: JsonPointer,
  value?: string,
): Cited => ({
  from: 'dump',
  file,
  pointer: `${record.pointer}${pointer}`,
  object: recordRef(record),
  ...(value !== undefined && { value }),
})

export const recordRef = (record: Service | Workload | Authorization): ObjectRef => ({
  kind: 'vips' in record ? 'Service' : 'rules' in record ? 'AuthorizationPolicy' : 'Pod',
  namespace: record.namespace,
  name: record.name,
})

/** A label or annotation of an object. */
export const citeMetadata = (object: KubernetesObject, part: 'labels' | 'annotations', key: string): Cited =>
  cite(object, `/metadata/${part}/${key.replaceAll('/', '~1')}`, object[part][key] ?? 'absent')

export const citeLine = ({ file, line, text: whole, fields }: LogLine): Cited => ({
  from: 'log',
  file,
  line,
  text: whole,
  ...(fields.error !== undefined && { value: fields.error }),
})

export const podRef = ({ namespace, name }: Pick<Pod, 'namespace' | 'name'>): ObjectRef => ({
  kind: 'Pod',
  namespace,
  name,
})

export const named = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`

export interface Condition {
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly evidence: Cited
}

/** A status condition, wherever the kind keeps it: `status.conditions`, or those of its parents or ancestors. */
export const conditionOf = (object: KubernetesObject, type: string): Condition | undefined => {
  const places: readonly (readonly [JsonPointer, unknown])[] = [
    ['/status/conditions', object.status.conditions],
    ...list(object.status.parents).map(
      (parent, index) => [`/status/parents/${index}/conditions`, asRecord(parent).conditions] as const,
    ),
    ...list(object.status.ancestors).map(
      (one, index) => [`/status/ancestors/${index}/conditions`, asRecord(one).conditions] as const,
    ),
  ]
  for (const [pointer, conditions] of places) {
    const index = list(conditions).findIndex(condition => asRecord(condition).type === type)
    if (index < 0) continue
    const condition = asRecord(list(conditions)[index])
    const reason = text(condition.reason) ?? ''
    return {
      status: text(condition.status) ?? '',
      reason,
      message: text(condition.message) ?? '',
      evidence: cite(object, `${pointer}/${index}`, `${type}=${text(condition.status)} ${reason}`),
    }
  }
  return undefined
}
