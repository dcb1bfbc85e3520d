import type { JsonPointer, ObjectRef } from '#model/evidence.ts'
import type { FailureCount } from '#model/failure-count.ts'
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

/** A counter of a proxy. */
export const citeCount = ({ file, line, text, flag, count }: FailureCount): Cited => ({
  from: 'log',
  file,
  line,
  text,
  value: `${flag} ${count} times`,
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
  /** Of the parent or target that it is about, where it is about one. */
  readonly about?: string
  readonly evidence: Cited
}

/** Status conditions of a type, wherever the kind keeps them: `status.conditions`, or those of its parents or ancestors. */
export const conditionsOf = (object: KubernetesObject, type: string): readonly Condition[] => {
  const { conditions, parents, ancestors } = object.status
  const places: readonly (readonly [pointer: JsonPointer, conditions: unknown, about: unknown])[] = [
    ['/status/conditions', conditions, undefined],
    ...list(parents)
      .map(asRecord)
      .map((one, at) => [`/status/parents/${at}/conditions`, one.conditions, asRecord(one.parentRef).name] as const),
    ...list(ancestors)
      .map(asRecord)
      .map(
        (one, at) => [`/status/ancestors/${at}/conditions`, one.conditions, asRecord(one.ancestorRef).name] as const,
      ),
  ]
  return places.flatMap(([pointer, found, about]) =>
    list(found)
      .map(asRecord)
      .flatMap((condition, at) => {
        if (condition.type !== type) return []
        const reason = text(condition.reason) ?? ''
        return [
          {
            status: text(condition.status) ?? '',
            reason,
            message: text(condition.message) ?? '',
            ...(typeof about === 'string' && { about }),
            evidence: cite(object, `${pointer}/${at}`, `${type}=${text(condition.status)} ${reason}`),
          },
        ]
      }),
  )
}

export const conditionOf = (object: KubernetesObject, type: string): Condition | undefined =>
  conditionsOf(object, type)[0]
