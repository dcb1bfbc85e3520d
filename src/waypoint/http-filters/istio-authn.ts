import { asObject } from '#decode/json/at.ts'
import { objectsAt, textAt } from '#decode/json/member.ts'
import type { EnvoyJson } from '#model/envoy.ts'
import { defineHttpFilter, passed } from './filter.ts'

/** String claims split at blanks, as that filter gave them to RBAC. */
const asLists = (claims: EnvoyJson): EnvoyJson =>
  Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) => {
      if (typeof value === 'string') return [[name, value.split(' ')]]
      return Array.isArray(value) ? [[name, value]] : []
    }),
  )

const audiences = (claims: EnvoyJson): string =>
  [claims.aud]
    .flat()
    .filter(entry => typeof entry === 'string')
    .join(',')

const attributes = (claims: EnvoyJson): EnvoyJson => ({
  'request.auth.principal': `${textAt(claims, 'iss') ?? ''}/${textAt(claims, 'sub') ?? ''}`,
  'request.auth.audiences': audiences(claims),
  'request.auth.presenter': textAt(claims, 'azp') ?? '',
  'request.auth.claims': asLists(claims),
})

/** Istio's HTTP filter of 1.18 to 1.21: gives the verified token to RBAC in its own namespace (specs/waypoint-eras.md §3). */
export const istioAuthn = defineHttpFilter({
  types: ['istio.envoy.config.filter.http.authn.v2alpha1.FilterConfig'],
  decide: ({ exchange, config }) => {
    const verified = exchange.metadata.get('envoy.filters.http.jwt_authn')
    const issuers = objectsAt(config, 'policy', 'origins').map(origin => textAt(origin, 'jwt', 'issuer') ?? '')
    const claims = issuers.map(issuer => asObject(verified?.[issuer])).find(found => found !== undefined)
    if (claims === undefined) return passed
    exchange.addMetadata('istio_authn', attributes(claims))
    return { effect: 'changed' }
  },
})
