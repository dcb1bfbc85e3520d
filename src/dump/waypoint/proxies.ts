import type { EnvoyDump } from '#model/envoy.ts'
import { isMeant } from '#model/pod-reference.ts'

/** The proxies that `name` means: their file, or a name of their pod or Gateway (see `isMeant`). Without one, all of them. */
export const proxiesNamed = (
  dumps: readonly EnvoyDump[],
  name: string | undefined,
  namespace: string | undefined,
): readonly EnvoyDump[] => dumps.filter(dump => isProxyNamed(dump, name, namespace))

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
  return isMeant(name, { ...subject, aliases: [subject.gateway?.name] }, namespace)
}
