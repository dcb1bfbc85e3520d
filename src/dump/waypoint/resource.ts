import type { EnvoyDump, EnvoyResource, EnvoyState } from '#model/envoy.ts'

/** What every row of a resource carries beside its own cells. */
export interface ResourceFacts {
  readonly proxy: string
  readonly state: EnvoyState
  /** Version of the resource, as the control plane numbered it. */
  readonly version: string
  readonly lastUpdated: string
  /** Why the row looks odd: a refused update, a resource that is not in force. */
  readonly reason: string
  readonly file: string
  readonly pointer: string
}

/** `POD.NAMESPACE`; a dump without a node is named by its file. */
export const proxyName = ({ subject, file }: EnvoyDump): string =>
  subject.pod === undefined ? file : `${subject.pod}.${subject.namespace ?? ''}`

const notServing: Readonly<Record<Exclude<EnvoyState, 'static' | 'active'>, string>> = {
  warming: 'warming: waits for what it depends on, serves nothing yet',
  draining: 'draining: an older version that only finishes its connections',
  rejected: 'rejected',
}

const reasonOf = ({ state, rejection }: EnvoyResource): string => {
  if (rejection !== undefined) {
    const when = rejection.lastAttempt === undefined ? '' : ` at ${rejection.lastAttempt}`
    return `rejected${when}: ${rejection.details}`
  }
  return state === 'static' || state === 'active' ? '' : notServing[state]
}

export const resourceFacts = (dump: EnvoyDump, resource: EnvoyResource): ResourceFacts => ({
  proxy: proxyName(dump),
  state: resource.state,
  version: resource.version ?? resource.rejection?.version ?? '',
  lastUpdated: resource.lastUpdated ?? resource.rejection?.lastAttempt ?? '',
  reason: reasonOf(resource),
  file: resource.file,
  pointer: resource.pointer,
})

export const serves = ({ state }: { readonly state: EnvoyState }): boolean => state === 'static' || state === 'active'

/** istioctl's order before sorting: what the control plane sent, then what the bootstrap holds, then what does not serve. */
export const inListOrder = (resources: readonly EnvoyResource[]): readonly EnvoyResource[] => {
  const of = (...states: readonly EnvoyState[]) => resources.filter(({ state }) => states.includes(state))
  return [...of('active'), ...of('static'), ...of('warming', 'draining', 'rejected')]
}
