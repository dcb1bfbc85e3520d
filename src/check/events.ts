import type { KubernetesObject } from '#model/kubernetes.ts'
import { asRecord, text } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { cite } from './cite.ts'
import type { Cited } from './finding.ts'

/** An event about an object; `core/v1` and `events.k8s.io` name the object and the text differently. */
export interface ObjectEvent {
  readonly about: { readonly namespace: string; readonly name: string }
  readonly reason: string
  readonly message: string
  readonly evidence: Cited
}

export const eventsAbout = (world: World, kind: string): readonly ObjectEvent[] =>
  world.mesh.kubernetes.of('Event').flatMap(event => {
    const { raw } = event
    const about = asRecord(raw.involvedObject ?? raw.regarding)
    const pointer = raw.message === undefined ? '/note' : '/message'
    const message = text(raw.message) ?? text(raw.note) ?? ''
    if (about.kind !== kind) return []
    return [
      {
        about: { namespace: text(about.namespace) ?? event.namespace, name: text(about.name) ?? '' },
        reason: text(raw.reason) ?? '',
        message,
        evidence: cite(event, pointer, message),
      },
    ]
  })

export interface PodEvent extends Omit<ObjectEvent, 'about'> {
  readonly pod: ObjectEvent['about']
}

export const podEvents = (world: World): readonly PodEvent[] =>
  eventsAbout(world, 'Pod').map(({ about, ...event }) => ({ ...event, pod: about }))

export interface DaemonSetGap {
  readonly object: KubernetesObject
  /** No node is meant to run it. */
  readonly isUnwanted: boolean
  readonly says: string
  readonly evidence: Cited
}

/** A DaemonSet that is not ready on every node it is meant for, or that is meant for none. */
export const daemonSetGap = (world: World, name: RegExp): DaemonSetGap | undefined => {
  const object = world.mesh.kubernetes.of('DaemonSet').find(candidate => name.test(candidate.name))
  if (object === undefined || object.status.desiredNumberScheduled === undefined) return undefined
  const desired = Number(object.status.desiredNumberScheduled)
  const ready = Number(object.status.numberReady ?? 0)
  const nodes = world.mesh.kubernetes.of('Node').length
  const isUnwanted = desired === 0 && nodes > 0
  if (ready >= desired && !isUnwanted) return undefined
  return {
    object,
    isUnwanted,
    says: isUnwanted
      ? `${object.name} is wanted on none of ${nodes} nodes`
      : `${object.name} is ready on ${ready} of ${desired} nodes`,
    evidence: cite(object, '/status/numberReady', `${ready} of ${desired}`),
  }
}
