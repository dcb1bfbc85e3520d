import { objectAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'

/** A filter's configuration under its own type: what a TypedStruct wraps is unwrapped, and may be absent. */
export interface TypedConfig {
  /** `envoy.extensions.filters.http.rbac.v3.RBAC`; empty where the filter has no typed configuration. */
  readonly type: string
  readonly config: EnvoyJson
}

const typeName = (url: string | undefined): string => (url ?? '').replace(/^.*\//, '')

export const typedConfig = (any: EnvoyJson | undefined): TypedConfig => {
  const type = typeName(textAt(any, '@type'))
  if (!type.endsWith('.TypedStruct')) return { type, config: any ?? {} }
  return { type: typeName(textAt(any, 'type_url')), config: objectAt(any, 'value') ?? {} }
}

/** `30%`, `12.5%`; of a FractionalPercent, or of the default of a runtime one. */
export const percentText = (percent: unknown): string => {
  const fraction = objectAt(percent, 'default_value') ?? percent
  const whole = { HUNDRED: 1, TEN_THOUSAND: 100, MILLION: 10_000 }[textAt(fraction, 'denominator') ?? 'HUNDRED'] ?? 1
  const numerator = objectAt(fraction)?.numerator
  return `${(typeof numerator === 'number' ? numerator : 0) / whole}%`
}
