import type { EnvoyDump, EnvoyResource } from '#model/envoy.ts'
import type { JsonPointer } from '#model/evidence.ts'
import type { Cited } from './finding.ts'

/** A message inside a resource, with the pointer to it from the resource. */
export interface Inside {
  readonly message: Readonly<Record<string, unknown>>
  readonly pointer: JsonPointer
}

/** Every message inside, depth first. */
export function* messagesIn(value: unknown, pointer: JsonPointer = ''): Generator<Inside> {
  if (Array.isArray(value))
    for (const [index, element] of value.entries()) yield* messagesIn(element, `${pointer}/${index}`)
  else if (typeof value === 'object' && value !== null) {
    yield { message: value as Inside['message'], pointer }
    for (const [name, inner] of Object.entries(value))
      yield* messagesIn(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}

export const serves = ({ state }: EnvoyResource): boolean => state === 'static' || state === 'active'

export const citeEnvoy = (resource: EnvoyResource, pointer: JsonPointer, value: string): Cited => ({
  from: 'dump',
  file: resource.file,
  pointer: `${resource.pointer}${pointer}`,
  value,
})

/** The Gateway that the proxy was made for, else its file. */
export const gatewayOf = ({
  subject,
  file,
}: EnvoyDump): { readonly kind: string; readonly namespace: string; readonly name: string } => ({
  kind: 'Gateway',
  namespace: subject.namespace ?? '',
  name: subject.gateway?.name ?? file,
})
