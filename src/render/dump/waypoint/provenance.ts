import type { Provenance } from '#dump/provenance.ts'
import { objectText } from '#dump/waypoint/origin.ts'
import { proxyName } from '#dump/waypoint/resource.ts'
import type { EnvoyDump } from '#model/envoy.ts'
import { capturedText } from '#render/dump/captured.ts'
import type { WaypointView } from './view.ts'

/** `waypoint wp-7c9.shop of Gateway shop/wp: Istio 1.30.3, Envoy 1.38.3` */
export const proxyTitle = (dump: EnvoyDump): string => {
  const { role, gateway, istioVersion } = dump.subject
  const whose = gateway === undefined ? '' : ` of ${objectText(gateway)}`
  const istio = istioVersion === undefined ? '' : `Istio ${istioVersion}, `
  return `${role === 'unknown' ? 'proxy' : role} ${proxyName(dump)}${whose}: ${istio}${envoyText(dump)}`
}

const envoyText = ({ server }: EnvoyDump): string =>
  server.from === 'assumed' ? `Envoy ${server.text} assumed` : `Envoy ${server.text}`

/** What the title of a proxy does not say of where its state is from; empty where nothing more is known. */
export const sourceText = (dump: EnvoyDump, provenance: Provenance, present: Date): string => {
  const isNamed = dump.subject.pod !== undefined
  const { file, pod } = provenance
  return [
    isNamed || pod === undefined ? undefined : `pod ${pod}`,
    isNamed ? `from ${file}` : undefined,
    capturedText([provenance], present),
  ]
    .filter(part => part !== undefined)
    .join(', ')
}

/** Where the rows of a table are from, in one line, as far as that is known. */
export const provenanceLine = ({ proxies, provenance, present }: WaypointView): string => {
  const [dump, ...others] = proxies
  const [one] = provenance
  const parts =
    dump !== undefined && one !== undefined && others.length === 0
      ? [proxyTitle(dump), sourceText(dump, one, present)]
      : [`${proxies.length} proxies`, ...new Set(proxies.map(envoyText)), capturedText(provenance, present)]
  return parts.filter(part => part !== undefined && part !== '').join(', ')
}
