import { Authority, type Names } from './certificates.ts'
import { tunnelAddresses, tunnelPort, upstreamAddresses, upstreamPort } from './clusters.ts'
import { type Played, playSeeds, type Recording, type World } from './play.ts'
import { forgetAttempts, listen } from './upstream.ts'
import { identities } from './vocabulary.ts'
import { listenTunnel } from './ztunnel.ts'

export interface LiveOptions {
  readonly binary: string
  /** Configurations are numbered from here. */
  readonly seed: number
  readonly seconds: number
  readonly configurations?: number
  /** Requests of each configuration. */
  readonly requests: number
  readonly say: (line: string) => void
  /** Takes what was played of each configuration. */
  readonly record?: (recording: Recording, disagreed: boolean) => void
}

export interface LiveTally {
  readonly agreed: number
  readonly disagreed: number
  readonly undetermined: number
  readonly configurations: number
  readonly refused: number
  readonly lastSeed: number
}

/** Configurations that share one process. */
const batch = 10
const shownDisagreements = 15

/** Identities are written as URI SANs joined with commas, other certificates in words. */
const namesOf = (identity: string): Names => {
  if (!identity.startsWith('(')) return { uris: identity.split(','), dns: [], common: '' }
  const dns = /DNS SAN ([^ )]+)/.exec(identity)?.[1]
  return dns === undefined ? { uris: [], dns: [], common: 'no-san' } : { uris: [], dns: [dns], common: '' }
}

export const makeWorld = (identities: readonly string[]): World => {
  const authority = new Authority()
  const issue = (identity: string) => authority.issue(namesOf(identity))
  return {
    authority,
    waypoint: authority.issue({ uris: ['spiffe://cluster.local/ns/default/sa/waypoint'], dns: [], common: '' }),
    identities: new Map(identities.map(identity => [identity, issue(identity)])),
  }
}

export const listenAll = ({ authority }: World) => {
  forgetAttempts()
  return Promise.all([
    ...upstreamAddresses.map(address => listen(address, upstreamPort)),
    ...tunnelAddresses.map(address => {
      const uris = ['spiffe://cluster.local/ns/default/sa/app']
      return listenTunnel(address, tunnelPort, authority.issue({ uris, dns: [], common: '' }), authority.cert)
    }),
  ])
}

const tell = ({ results, refused }: Played, shown: number, say: LiveOptions['say']): number => {
  for (const text of refused) say(`refused by Envoy: ${text.slice(0, 400)}`)
  const wrong = results.flatMap(({ judgement, verdict, request }) =>
    judgement.kind === 'disagreed' ? [{ ...judgement.disagreement, verdict, request }] : [],
  )
  for (const { where, recorded, predicted, verdict, request } of wrong.slice(
    0,
    Math.max(0, shownDisagreements - shown),
  ))
    say(
      `✗ ${where}\n    recorded:  ${recorded}\n    predicted: ${predicted}\n    ${JSON.stringify(request)}\n    ${JSON.stringify(verdict)}`,
    )
  return shown + wrong.length
}

/** Plays random configurations and requests on a real Envoy until time or configurations run out. */
export const runLive = async (options: LiveOptions): Promise<LiveTally> => {
  const { binary, seed, seconds, requests, say } = options
  const world = makeWorld(identities)
  const servers = await listenAll(world)
  const counts = { agreed: 0, disagreed: 0, undetermined: 0, refused: 0, configurations: 0 }
  const end = Date.now() + seconds * 1000
  const most = options.configurations ?? Number.POSITIVE_INFINITY
  let next = seed
  let shown = 0
  while (Date.now() < end && counts.configurations + counts.refused < most) {
    const first = next
    next += batch
    const played = await playSeeds(
      binary,
      world,
      Array.from({ length: batch }, (_, index) => first + index),
      requests,
    )
    counts.configurations += played.configurations
    counts.refused += played.refused.length
    for (const { judgement } of played.results) counts[judgement.kind]++
    shown = tell(played, shown, say)
    for (const recording of played.recordings)
      options.record?.(
        recording,
        played.results.some(({ seed: own, judgement }) => own === recording.seed && judgement.kind === 'disagreed'),
      )
  }
  for (const server of servers) server.close()
  const tally = { ...counts, lastSeed: next - 1 }
  say(
    `${binary}: seeds ${seed}…${tally.lastSeed}: ${tally.agreed} agreed, ${tally.disagreed} disagreed, ${tally.undetermined} undetermined over ${tally.configurations} configurations (${tally.refused} refused by Envoy)`,
  )
  return tally
}
