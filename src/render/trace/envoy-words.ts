import type { ObjectRef, Reason } from '#model/evidence.ts'
import type { EnvoyStep, Step } from '#trace/step.ts'
import { authorizationPolicyOf } from '#waypoint/origin.ts'

type Phrases = { readonly [Kind in EnvoyStep['kind']]: (step: Extract<EnvoyStep, { kind: Kind }>) => string }

type FilterStep = Extract<EnvoyStep, { kind: 'httpFilter' | 'networkFilter' }>

const effectWords: Readonly<Record<FilterStep['effect'], string>> = {
  passed: 'passed',
  changed: 'changed the request',
  replied: 'answered',
  denied: 'denied',
  skipped: 'does nothing here',
  opaque: 'decides at run time',
}

/** The details stand in the answer that follows. */
const filterText = ({ filter, effect, details, origin, reason }: FilterStep): string => {
  const from = origin === undefined ? '' : ` (${objectText(origin)})`
  const unmatched = effect === 'denied' && origin === undefined ? policiesIn(reason) : []
  const none = unmatched.length === 0 ? '' : `: no rule matched of AuthorizationPolicy ${unmatched.join(', ')}`
  const told =
    details === undefined || effect === 'denied' || effect === 'replied'
      ? ''
      : effect === 'passed'
        ? ` after ${details}`
        : `, ${details}`
  return `${filter}: ${effectWords[effect]}${told}${from}${none}`
}

const originText = (...objects: readonly (ObjectRef | undefined)[]): string => {
  const known = objects.filter(object => object !== undefined)
  return known.length === 0 ? '' : ` (${known.map(objectText).join(', ')})`
}

const objectText = ({ kind, namespace, name }: ObjectRef): string => `${kind} ${namespace}/${name}`

/** The policies whose rules an RBAC filter looked at, each once. */
const policiesIn = (reason: Reason | undefined): readonly string[] => [
  ...new Set(
    (reason?.because ?? []).flatMap(({ text }) => {
      const policy = authorizationPolicyOf(text)
      return policy === undefined ? [] : [`${policy.namespace}/${policy.name}`]
    }),
  ),
]

/** Sidecars and gateways have chains without a name. */
export const chainText = (name: string): string => (name === '' ? 'the unnamed chain' : `chain ${name}`)

/** One phrase for each decision of Envoy, in its own vocabulary. */
const phrases: Phrases = {
  tls: ({ accepted, identity }) =>
    `mTLS ${accepted ? 'accepts' : 'refuses'} ${identity || 'a client without certificate'}`,
  listener: ({ listener, destination }) => `listener ${listener} for ${destination}`,
  inspect: ({ inspector, ran, found }) =>
    ran ? `${inspector}: ${found.length === 0 ? 'finds nothing' : found.join(', ')}` : `${inspector} does not run`,
  chain: ({ listener, chain }) => `${listener}: ${chain === undefined ? 'no filter chain matches' : chainText(chain)}`,
  networkFilter: filterText,
  httpFilter: filterText,
  rewritten: ({ what, before, after, by }) => `${what} ${before} becomes ${after} (${by})`,
  virtualHost: ({ name, domain }) => `virtual host ${name}${domain === undefined ? '' : ` by domain ${domain}`}`,
  route: ({ route, passed }) =>
    route === undefined
      ? `no route matches${passed.length === 0 ? '' : ` (${passed.length} tried)`}`
      : `route ${route.name === '' ? `#${route.index}` : route.name}${route.origin === undefined ? '' : ` (${objectText(route.origin)})`}`,
  cluster: ({ cluster, known, share, origin, routedBy }) =>
    `cluster ${cluster}${known ? '' : ', which does not exist'}${share === undefined ? '' : `, ${Math.round(share * 100)} %`}${originText(routedBy, origin)}`,
  hosts: ({ hosts, left }) =>
    `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} to choose from${left.length === 0 ? '' : `; left out: ${left.map(({ upstreamHost, why }) => `${upstreamHost} (${why})`).join(', ')}`}`,
  note: ({ about, text }) => `${about}: ${text}`,
}

export const envoyText = (step: EnvoyStep): string => (phrases[step.kind] as (step: EnvoyStep) => string)(step)

/** What a reader of the summary needs of a hop: in a waypoint what refused, changed or chose inside `main_internal`. */
export const told = (steps: readonly Step[]): readonly Step[] => {
  const inside = steps.findIndex(step => step.kind === 'envoy' && isMain(step.detail))
  return steps.filter(
    (step, index) => step.kind !== 'envoy' || isRefusal(step.detail) || (index >= inside && !isPlain(step.detail)),
  )
}

const isMain = (step: EnvoyStep): boolean => step.kind === 'listener' && step.listener === 'main_internal'

const isRefusal = (step: EnvoyStep): boolean =>
  (step.kind === 'tls' && !step.accepted) ||
  ((step.kind === 'httpFilter' || step.kind === 'networkFilter') &&
    (step.effect === 'denied' || step.effect === 'replied' || step.effect === 'opaque'))

/** Network filters of Istio itself note addresses for what comes after them. */
const isHarmless = ({ effect }: FilterStep): boolean => effect === 'passed' || effect === 'changed'

const isPlain = (step: EnvoyStep): boolean => {
  switch (step.kind) {
    case 'httpFilter':
      return step.effect === 'skipped' || (step.effect === 'passed' && step.origin === undefined)
    case 'networkFilter':
      return step.effect === 'skipped' || (isHarmless(step) && step.origin === undefined)
    case 'tls':
    case 'listener':
    case 'inspect':
    case 'virtualHost':
      return true
    case 'cluster':
      return step.known && step.origin === undefined && step.routedBy === undefined
    case 'hosts':
      return step.left.length === 0
    default:
      return false
  }
}
