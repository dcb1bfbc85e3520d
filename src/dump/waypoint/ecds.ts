import { objectAt, textAt } from '#decode/json/member.ts'
import { compare } from '#model/compare.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import { inListOrder, type ResourceFacts, resourceFacts } from './resource.ts'
import { describeTyped } from './words/registry.ts'

/** A filter's configuration that is delivered on its own. */
export interface EcdsRow extends ResourceFacts {
  readonly name: string
  readonly type: string
  readonly does: string
}

/** By type, then name, as istioctl does. */
export const ecdsRows = (dump: EnvoyDump): readonly EcdsRow[] =>
  inListOrder(dump.ecds)
    .map(resource => {
      const typed = objectAt(resource.config, 'typed_config')
      return {
        ...resourceFacts(dump, resource),
        name: resource.name,
        type: (textAt(typed, '@type') ?? '').replace(/^type\.googleapis\.com\//, ''),
        does: describeTyped(resource.name, typed).text,
      }
    })
    .toSorted((a, b) => compare(a.type, b.type) || compare(a.name, b.name))
