import { textAt } from '#decode/json/member.ts'

const prefix = 'type.googleapis.com/'
const bare = (type: string): string => (type.startsWith(prefix) ? type.slice(prefix.length) : type)

/** Type of a filter's configuration without `type.googleapis.com/`; of a TypedStruct the type inside. */
export const typeOf = (filter: unknown, at = 'typed_config'): string => {
  const type = textAt(filter, at, '@type') ?? ''
  return bare(type.endsWith('.TypedStruct') ? (textAt(filter, at, 'type_url') ?? type) : type)
}

export const typeUrl = (message: unknown): string => typeOf({ message }, 'message')
