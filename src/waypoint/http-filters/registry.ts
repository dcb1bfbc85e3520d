import { buffer } from './buffer.ts'
import { cors } from './cors.ts'
import { extAuthz } from './ext-authz.ts'
import { fault } from './fault.ts'
import type { HttpFilter } from './filter.ts'
import { headerMutation } from './header-mutation.ts'
import { istioAuthn } from './istio-authn.ts'
import { jwtAuthn } from './jwt-authn.ts'
import { localRateLimit } from './local-ratelimit.ts'
import { headerToMetadata, setMetadata } from './metadata.ts'
import { opaque } from './opaque.ts'
import { passive } from './passive.ts'
import { rateLimit } from './ratelimit.ts'
import { rbac } from './rbac.ts'
import { connectAuthority, setFilterState } from './set-filter-state.ts'

/** Every HTTP filter that is modelled; any other is opaque: it may answer or change the request. */
const httpFilters: readonly HttpFilter[] = [
  buffer,
  connectAuthority,
  cors,
  extAuthz,
  fault,
  headerMutation,
  headerToMetadata,
  istioAuthn,
  jwtAuthn,
  localRateLimit,
  opaque,
  passive,
  rateLimit,
  rbac,
  setFilterState,
  setMetadata,
]

const byType = new Map(httpFilters.flatMap(filter => filter.types.map(type => [type, filter] as const)))

export const httpFilterOf = (type: string): HttpFilter | undefined => byType.get(type)
