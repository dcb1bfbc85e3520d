import type { EnvoyStep, Step } from '#trace/trace.ts'

type Phrases = { readonly [Kind in EnvoyStep['kind']]: (step: Extract<EnvoyStep, { kind: Kind }>) => string }

const filterText = (step: Extract<EnvoyStep, { kind: 'httpFilter' | 'networkFilter' }>): string => {
  const { filter, effect, details, origin } = step
  const from = origin === undefined ? '' : ` (${origin.kind} ${origin.namespace}/${origin.name})`
  return `${filter}: ${effect}${details === undefined ? '' : ` ${details}`}${from}`
}

/** One phrase for each decision of Envoy, in its own vocabulary. */
const phrases: Phrases = {
  tls: ({ accepted, identity }) =>
    `mTLS ${accepted ? 'accepts' : 'refuses'} ${identity || 'a client without certificate'}`,
  listener: ({ listener, destination }) => `listener ${listener} for ${destination}`,
  inspect: ({ inspector, ran, found }) =>
    ran ? `${inspector}: ${found.length === 0 ? 'finds nothing' : found.join(', ')}` : `${inspector} does not run`,
  chain: ({ listener, chain }) => `${listener}: ${chain === undefined ? 'no filter chain matches' : `chain ${chain}`}`,
  networkFilter: filterText,
  httpFilter: filterText,
  rewritten: ({ what, before, after, by }) => `${what} ${before} becomes ${after} (${by})`,
  virtualHost: ({ name, domain }) => `virtual host ${name}${domain === undefined ? '' : ` by domain ${domain}`}`,
  route: ({ route, passed }) =>
    route === undefined
      ? `no route matches${passed.length === 0 ? '' : ` (${passed.length} tried)`}`
      : `route ${route.name === '' ? `#${route.index}` : route.name}${route.origin === undefined ? '' : ` (${route.origin.kind} ${route.origin.namespace}/${route.origin.name})`}`,
  cluster: ({ cluster, known, share }) =>
    `cluster ${cluster}${known ? '' : ', which does not exist'}${share === undefined ? '' : `, ${Math.round(share * 100)} %`}`,
  hosts: ({ hosts, left }) =>
    `${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} to choose from${left.length === 0 ? '' : `, ${left.length} left out`}`,
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

const isPlain = (step: EnvoyStep): boolean => {
  switch (step.kind) {
    case 'httpFilter':
    case 'networkFilter':
      return step.effect === 'skipped' || (step.effect === 'passed' && step.origin === undefined)
    case 'tls':
    case 'listener':
    case 'inspect':
    case 'virtualHost':
    case 'hosts':
    case 'cluster':
      return true
    default:
      return false
  }
}
