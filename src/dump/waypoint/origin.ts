import { textAt } from '#decode/json/member.ts'
import type { ObjectRef } from '#model/evidence.ts'

const configPath = (config: unknown): string | undefined =>
  textAt(config, 'metadata', 'filter_metadata', 'istio', 'config')

/** `/apis/GROUP/VERSION/namespaces/NS/KIND/NAME` of Istio's metadata. */
const pathParts = (path: string): readonly string[] | undefined => {
  const parts = path.split('/')
  return parts.length === 8 ? parts : undefined
}

/** istioctl's text for it: `NAME.NAMESPACE`, empty without metadata, `<unknown>` for a path of another group. */
export const managedBy = (config: unknown): string => {
  const path = configPath(config)
  if (path === undefined) return ''
  if (!path.startsWith('/apis/networking.istio.io/')) return '<unknown>'
  const parts = pathParts(path)
  return parts === undefined ? '' : `${parts[7]}.${parts[5]}`
}

export const objectText = ({ kind, namespace, name }: ObjectRef): string =>
  namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
