import type { EnvoyDump, EnvoyResource } from '#model/envoy.ts'
import type { JsonPointer, ObjectRef } from '#model/evidence.ts'
import { asRecord } from '#model/kubernetes.ts'
import type { World } from '#trace/world.ts'
import { authorizationPolicyOf } from '#waypoint/origin.ts'
import { messagesIn, serves } from './envoy-walk.ts'

/** One rule of an AuthorizationPolicy as a waypoint holds it. */
export interface EnforcedRule {
  readonly dump: EnvoyDump
  readonly listener: EnvoyResource
  readonly pointer: JsonPointer
  /** `ns[shop]-policy[allow-get]-rule[0]` */
  readonly id: string
  readonly policy: ObjectRef
}

/** Also rules that only mark requests, for an external service to decide. */
export function* rulesOfWaypoints({ mesh }: World): Generator<EnforcedRule> {
  for (const dump of mesh.waypoints)
    for (const listener of dump.listeners.filter(serves))
      for (const { message, pointer } of messagesIn(listener.config))
        for (const id of Object.keys(asRecord(message.policies))) {
          const policy = authorizationPolicyOf(id)
          if (policy !== undefined) yield { dump, listener, pointer: `${pointer}/policies/${id}`, id, policy }
        }
}
