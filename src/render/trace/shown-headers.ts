import { isSecretName, withoutSecret } from '#model/secrets.ts'

type Header = readonly [name: string, value: string]

/** A header as it may be shown: assertions compare its value, nobody reads it. */
export const shownHeader = ([name, value]: Header): Header => [
  name,
  isSecretName(name) ? withoutSecret(name, value) : value,
]

/** The same value with every header in it as it may be shown. Reasons, which make their words later, hold none. */
export const withShownHeaders = <Value>(value: Value): Value => shown(value) as Value

const shown = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (isHeader(value)) return shownHeader(value)
  if (Array.isArray(value)) return value.map(shown)
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, shown(inside)]))
}

const isHeader = (value: object): value is Header =>
  Array.isArray(value) && value.length === 2 && value.every(part => typeof part === 'string')
