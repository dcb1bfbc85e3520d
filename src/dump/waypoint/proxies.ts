import type { EnvoyDump } from '#model/envoy.ts'

/**
 * The proxies that `name` means: `POD`, `POD.NAMESPACE`, `NAMESPACE/POD`, with a pod's, Deployment's or Gateway's name
 * and an optional `TYPE/` before it, as istioctl takes it. Without a name, all of them.
 */
export const proxiesNamed = (
  dumps: readonly EnvoyDump[],
  name: string | undefined,
  namespace: string | undefined,
): readonly EnvoyDump[] => dumps.filter(dump => isProxyNamed(dump, name, namespace))

const types = new Set(['pod', 'po', 'pods', 'deployment', 'deploy', 'deployments', 'gateway', 'gtw', 'service', 'svc'])

interface Named {
  readonly file: string
  readonly subject: {
    readonly namespace?: string | undefined
    readonly pod?: string | undefined
    readonly gateway?: { readonly name: string } | undefined
  }
}

export const isProxyNamed = (
  { subject, file }: Named,
  name: string | undefined,
  namespace: string | undefined,
): boolean => {
  if (name === undefined) return namespace === undefined || subject.namespace === namespace
  if (name === file) return true
  const [first, ...rest] = name.split('/')
  const typed = rest.length > 0 && types.has(first ?? '')
  const plain = typed ? rest.join('/') : name
  const wanted = namesOf(plain, namespace)
  return [subject.pod, subject.gateway?.name].some(
    own =>
      own !== undefined &&
      wanted.some(want => want.name === own && (want.namespace ?? subject.namespace) === subject.namespace),
  )
}

/** `a.b` may be a name in a namespace, or a name with a dot. */
const namesOf = (
  text: string,
  namespace: string | undefined,
): readonly { readonly name: string; readonly namespace: string | undefined }[] => {
  const slash = text.indexOf('/')
  if (slash >= 0) return [{ name: text.slice(slash + 1), namespace: text.slice(0, slash) }]
  const dot = text.lastIndexOf('.')
  const whole = { name: text, namespace }
  return dot < 0 ? [whole] : [whole, { name: text.slice(0, dot), namespace: text.slice(dot + 1) }]
}
