import type { EnvoyDump } from '#model/envoy.ts'
import type { NonEmpty } from '#model/evidence.ts'
import type { DecodeIssue } from '#model/issue.ts'
import { decodeEnvoy, type EnvoyParts } from './envoy/dump.ts'
import { type InputFile, nameOf } from './input.ts'
import type { RecognisedPart } from './parts.ts'
import type { InputKind } from './recognise.ts'

const members: Partial<Record<InputKind, keyof EnvoyParts>> = {
  'envoy-config-dump': 'configDump',
  'envoy-clusters': 'clusters',
  'envoy-listeners': 'listeners',
  'envoy-server-info': 'serverInfo',
}

/** The Envoys of a snapshot: answers of one admin port lie in one folder under names that begin alike. */
export const decodeEnvoys = (parts: readonly RecognisedPart[], issues: DecodeIssue[]): readonly EnvoyDump[] => {
  const proxies = new Map<string, RecognisedPart[]>()
  for (const part of parts) {
    const key = proxyPlace(part.file)
    proxies.set(key, [...(proxies.get(key) ?? []), part])
  }
  return oncePerProxy([...proxies.values()].flatMap(decodeOne), issues)
}

/** The same for all answers of one admin port. */
export const proxyPlace = (file: InputFile): string => `${file.place.slice(0, -1).join('/')}/${stem(nameOf(file))}`

/** `shop-waypoint.envoy-` of `shop-waypoint.envoy-config_dump.json` and of `shop-waypoint.envoy-clusters.json`. */
const stem = (name: string): string => name.replace(/(config[-_]?dump|clusters|server[-_]?info|listeners).*$/, '')

const decodeOne = (parts: readonly RecognisedPart[]): readonly EnvoyDump[] => {
  const dumps = parts.filter(part => part.kind === 'envoy-config-dump')
  const others = parts.filter(part => part.kind !== 'envoy-config-dump')
  const beside = Object.fromEntries(others.map(part => [members[part.kind], part.value])) as EnvoyParts
  const [main = others[0], ...more] = dumps
  if (main === undefined) return []
  const first = main.kind === 'envoy-config-dump' ? { ...beside, configDump: main.value } : beside
  return [
    decodeEnvoy(first, main.file.path),
    ...more.map(part => decodeEnvoy({ configDump: part.value }, part.file.path)),
  ]
}

/** Envoy's own dump is preferred to istiod's view of the same proxy, then the one that says more. */
const rank = (dump: EnvoyDump): number =>
  (dump.form === 'envoy' ? 0 : 4) + (dump.endpoints === undefined ? 2 : 0) + (dump.health === undefined ? 1 : 0)

const oncePerProxy = (dumps: readonly EnvoyDump[], issues: DecodeIssue[]): readonly EnvoyDump[] => {
  const chosen = new Map<string, EnvoyDump>()
  for (const dump of [...dumps].sort((a, b) => rank(a) - rank(b))) {
    const known = keys(dump).flatMap(key => chosen.get(key) ?? [])[0]
    if (known !== undefined) issues.push(aside(dump.file, known.file))
    for (const key of keys(dump)) chosen.set(key, known ?? dump)
  }
  return dumps.filter(dump => chosen.get(keys(dump)[0]) === dump)
}

/** A proxy is known by its pod, and where the dump does not tell, by the folder and the beginning of the file's name. */
const keys = ({ subject, file }: EnvoyDump): NonEmpty<string> => {
  const place = file.replace(/([^/]*?)(\.(envoy|istiod)-.*)?$/, '$1')
  return subject.pod === undefined ? [place] : [`${subject.namespace}/${subject.pod}`, place]
}

const aside = (file: string, other: string): DecodeIssue => ({
  severity: 'note',
  file,
  at: '',
  expected: 'one dump of each proxy',
  found: `a proxy that was already read from ${other}`,
})
