import type { ObjectRef } from '#model/evidence.ts'
import type { TypedConfig } from './typed-config.ts'

/** What one filter does, in the notation of the tables. */
export interface Says {
  /** For the summary of a chain: `rbac DENY shop/no-admin`. */
  readonly short: string
  readonly text: string
  readonly from?: readonly ObjectRef[]
}

export type Describe = (typed: TypedConfig, where: { readonly name: string }) => Says

/** `text` says nothing more than `short`. */
export const plainly =
  (short: string, text: string): Describe =>
  () => ({ short, text })

export const listText = (items: readonly string[], empty = ''): string =>
  items.length === 0 ? empty : items.join(', ')
