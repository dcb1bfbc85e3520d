import { flagAt, objectAt, objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import type { Exchange } from '../exchange.ts'
import { defineHttpFilter } from './filter.ts'

const ownNamespace = 'envoy.filters.http.header_to_metadata'

const typed = (rule: EnvoyJson, text: string): unknown => (textAt(rule, 'type') === 'NUMBER' ? Number(text) : text)

const put = (exchange: Exchange, rule: EnvoyJson, text: string): void => {
  const namespace = textAt(rule, 'metadata_namespace') ?? ownNamespace
  if (text !== '') exchange.addMetadata(namespace, { [textAt(rule, 'key') ?? '']: typed(rule, text) })
}

const applyRule = (exchange: Exchange, rule: EnvoyJson): void => {
  const header = textAt(rule, 'header') ?? ''
  const values = exchange.headers.all(header)
  const present = objectAt(rule, 'on_header_present')
  const missing = objectAt(rule, 'on_header_missing')
  if (values.length > 0 && present !== undefined) put(exchange, present, textAt(present, 'value') ?? values.join(','))
  if (values.length === 0 && missing !== undefined) put(exchange, missing, textAt(missing, 'value') ?? '')
  if (values.length > 0 && flagAt(rule, 'remove') === true) exchange.headers.remove(header)
}

export const headerToMetadata = defineHttpFilter({
  types: ['envoy.extensions.filters.http.header_to_metadata.v3.Config'],
  decide: ({ exchange, config, overrides }) => {
    for (const rule of objectsAt(overrides[0] ?? config, 'request_rules')) applyRule(exchange, rule)
    return { effect: 'changed' }
  },
})

export const setMetadata = defineHttpFilter({
  types: ['envoy.extensions.filters.http.set_metadata.v3.Config'],
  decide: ({ exchange, config }) => {
    for (const entry of objectsAt(config, 'metadata')) {
      const namespace = textAt(entry, 'metadata_namespace') ?? ''
      const value = objectAt(entry, 'value')
      if (value === undefined) continue
      if (!exchange.metadata.has(namespace) || flagAt(entry, 'allow_overwrite') === true)
        exchange.addMetadata(namespace, value)
    }
    return { effect: 'changed' }
  },
})
