import { asObject } from '#decode/json/at.ts'

type Members = Readonly<Record<string, unknown>>

const redacted = '<redacted>'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** A Secret keeps its keys and loses its values, also in the copy that kubectl leaves in an annotation. */
export const withoutSecrets = (object: Members): Members => {
  if (object.kind !== 'Secret') return object
  return { ...object, ...blanked(object, 'data'), ...blanked(object, 'stringData'), ...metadataOf(object) }
}

const blanked = (object: Members, name: string): Members => {
  if (object[name] === undefined) return {}
  const keys = Object.keys(asObject(object[name]) ?? {})
  return { [name]: Object.fromEntries(keys.map(key => [key, redacted])) }
}

const metadataOf = (object: Members): Members => {
  const metadata = asObject(object.metadata)
  const annotations = asObject(metadata?.annotations)
  if (annotations === undefined || !Object.hasOwn(annotations, lastApplied)) return {}
  return { metadata: { ...metadata, annotations: { ...annotations, [lastApplied]: redacted } } }
}
