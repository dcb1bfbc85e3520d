import { asObject } from '#decode/json/at.ts'
import type { EnvoyDump, EnvoyJson, EnvoyResource } from '#model/envoy.ts'
import { shown } from '#model/shown.ts'
import { withoutSigningKeys } from './key-sets.ts'

/**
 * The proxy as it may be shown: without what clients or the proxy itself prove who they are by. Envoy leaves out keys and
 * passwords alone; here go values of headers, parameters and variables too, where they are added and where they are asked
 * for. What decides about requests keeps them.
 */
export const withoutSecrets = (dump: EnvoyDump): EnvoyDump => ({
  ...dump,
  ...(dump.bootstrap !== undefined && { bootstrap: shownSection(dump.bootstrap) }),
  ...(dump.serverInfo !== undefined && { serverInfo: shownSection(dump.serverInfo) }),
  ...(dump.endpoints !== undefined && { endpoints: dump.endpoints.map(shownResource) }),
  listeners: dump.listeners.map(shownResource),
  clusters: dump.clusters.map(shownResource),
  routes: dump.routes.map(shownResource),
  secrets: dump.secrets.map(shownResource),
  ecds: dump.ecds.map(shownResource),
})

/** The same for a part of a config dump; the part itself where nothing in it is secret. */
export const shownSection = (section: EnvoyJson): EnvoyJson => {
  const keys = withoutSigningKeys(section)
  return asObject(shown(keys)) ?? keys
}

const shownResource = (resource: EnvoyResource): EnvoyResource => {
  const config = shownSection(resource.config)
  const rejection = shown(resource.rejection) as EnvoyResource['rejection']
  return config === resource.config && rejection === resource.rejection
    ? resource
    : { ...resource, config, ...(rejection !== undefined && { rejection }) }
}
