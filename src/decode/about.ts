import { proxyPlace } from './envoy-files.ts'
import type { About, InputFile } from './input.ts'
import type { ReadFile } from './snapshot.ts'
import { decodeMesh } from './snapshot.ts'

/** Which proxy a file is of, by its content; undefined for what is no proxy's. */
export const aboutProxy = (read: ReadFile): About | undefined => {
  const [part] = read.parts
  if (part?.use === 'envoy') {
    const [dump] = part.kind === 'envoy-clusters' ? [] : decodeMesh([read]).waypoints
    return { kind: part.kind, namespace: dump?.subject.namespace, pod: dump?.subject.pod }
  }
  if (part?.ztunnel === undefined) return undefined
  return { kind: 'ztunnel-config-dump', node: part.ztunnel.config.localNode }
}

/** Answers that do not tell whose they are, with the name of the dump that lies beside them. */
export const namedBeside = (files: ReadonlyMap<InputFile, About>): readonly (readonly [InputFile, About])[] => {
  const named = [...files].filter(([, { pod }]) => pod !== undefined)
  const places = new Map(named.map(([file, { namespace, pod }]) => [proxyPlace(file), { namespace, pod }]))
  return [...files].flatMap(([file, about]) => {
    const beside = about.kind.startsWith('envoy-') && about.pod === undefined ? places.get(proxyPlace(file)) : undefined
    return beside === undefined ? [] : [[file, { ...about, ...beside }] as const]
  })
}
