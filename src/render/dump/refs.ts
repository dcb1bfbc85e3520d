import type { ObjectRef } from '#model/evidence.ts'

export const refText = ({ kind, namespace, name }: ObjectRef): string =>
  namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`

/** A few of many: `a, b, c and 17 more`; `total` counts those too of which the names are not given. */
export const someOf = (names: readonly string[], most = 3, total = names.length): string => {
  const shown = total <= most + 1 ? names : names.slice(0, most)
  const rest = total - shown.length
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest} more`
}

/** What a cell shows that its era or format does not tell; an empty cell would say that there is none. */
export const unknown = 'unknown'
