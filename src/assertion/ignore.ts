import type { ObjectRef } from '#model/evidence.ts'
import { matches } from './pattern.ts'
import type { Ignore } from './suite.ts'

/** What an `ignore` may speak of: a failed case of a test, or a finding of `check`, which has no test. */
export interface Ignorable {
  readonly test?: string
  readonly code: string
  /** As `objectKey` writes them, or `namespace/name`. */
  readonly objects: readonly string[]
}

/** What is left of a list, and which `ignore` took the rest or would have taken it until a day that is over. */
export interface Sorted<T> {
  readonly kept: readonly T[]
  readonly ignored: readonly { readonly what: T; readonly by: Ignore }[]
  /** Parts of `kept`. */
  readonly expired: readonly { readonly what: T; readonly by: Ignore }[]
}

export const sortOut = <T>(
  all: readonly T[],
  ignores: readonly Ignore[],
  now: Date,
  about: (what: T) => Ignorable,
): Sorted<T> => {
  const today = now.toISOString().slice(0, 10)
  const told = all.map(what => {
    const covering = ignores.filter(ignore => covers(ignore, about(what)))
    return { what, by: covering.find(({ expires }) => today <= expires), over: covering[0] }
  })
  return {
    kept: told.flatMap(({ what, by }) => (by === undefined ? [what] : [])),
    ignored: told.flatMap(({ what, by }) => (by === undefined ? [] : [{ what, by }])),
    expired: told.flatMap(({ what, by, over }) => (by === undefined && over !== undefined ? [{ what, by: over }] : [])),
  }
}

/** `gateway/shop/old-wp`; `namespace/shop`. */
export const objectKey = ({ kind, namespace, name }: ObjectRef): string =>
  [kind.toLowerCase(), ...(namespace ? [namespace] : []), name].join('/')

const covers = ({ test, code, object }: Ignore, about: Ignorable): boolean =>
  (test === undefined || (about.test !== undefined && matches(test, about.test))) &&
  (code === undefined || code === about.code) &&
  (object === undefined || about.objects.some(name => isMeant(object, name)))

const isMeant = (object: string, name: string): boolean => {
  const [kind = '', ...rest] = object.split('/')
  return [object, `*/${object}`, [kind.toLowerCase(), ...rest].join('/')].some(pattern => matches(pattern, name))
}
