import { Authority } from './certificates.ts'
import { upstreamAddresses, upstreamPort } from './configuration.ts'
import { type Played, playSeeds, type World } from './play.ts'
import { listen } from './upstream.ts'
import { identities } from './vocabulary.ts'

/** `node tools/run.mjs test/live/envoy/main.ts --binary=PATH [--seed=N] [--seconds=N] [--configurations=N] [--requests=N]` */
const argument = (name: string): string | undefined =>
  process.argv.find(text => text.startsWith(`--${name}=`))?.slice(name.length + 3)
const number = (name: string, fallback: number): number => Number(argument(name) ?? fallback)

const batch = 10
const binary = argument('binary') ?? process.env.AMBIENTCTL_TEST_ENVOY?.split(':').at(-1)
if (binary === undefined) throw new Error('no Envoy: give --binary=PATH or AMBIENTCTL_TEST_ENVOY')
const seed = number('seed', Math.floor(Math.random() * 1_000_000_000))
const seconds = number('seconds', 180)
const most = number('configurations', Number.POSITIVE_INFINITY)
const requests = number('requests', 20)

const makeWorld = (): World => {
  const authority = new Authority()
  const issue = (identity: string) =>
    authority.issue(
      identity.startsWith('(')
        ? { uris: [], dns: [], common: 'no-san' }
        : { uris: identity.split(','), dns: [], common: '' },
    )
  return {
    authority,
    waypoint: authority.issue({ uris: ['spiffe://cluster.local/ns/default/sa/waypoint'], dns: [], common: '' }),
    identities: new Map(identities.map(identity => [identity, issue(identity)])),
  }
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

const servers = await Promise.all(upstreamAddresses.map(address => listen(address, upstreamPort)))
const world = makeWorld()
const end = Date.now() + seconds * 1000
const counts = { agreed: 0, disagreed: 0, undetermined: 0, refused: 0, configurations: 0 }
let shown = 0

const count = ({ results, refused, configurations }: Played): void => {
  counts.configurations += configurations
  counts.refused += refused.length
  for (const text of refused.slice(0, 1)) if (counts.refused <= 3) say(`refused: ${text.slice(0, 400)}`)
  for (const { judgement, verdict, request } of results) {
    counts[judgement.kind]++
    if (judgement.kind !== 'disagreed' || shown++ >= 15) continue
    say(
      `✗ ${judgement.disagreement.where}\n    recorded:  ${judgement.disagreement.recorded}\n    predicted: ${judgement.disagreement.predicted}`,
    )
    if (process.argv.includes('--verbose')) say(`    ${JSON.stringify(request)}\n    ${JSON.stringify(verdict)}`)
  }
}

let at = seed
while (Date.now() < end && counts.configurations + counts.refused < most) {
  count(
    await playSeeds(
      binary,
      world,
      Array.from({ length: batch }, () => at++),
      requests,
    ),
  )
}
for (const server of servers) server.close()
say(
  `seeds ${seed}…${at - 1}: ${counts.agreed} agreed, ${counts.disagreed} disagreed, ${counts.undetermined} undetermined over ${counts.configurations} configurations (${counts.refused} refused by Envoy)`,
)
process.exit(counts.disagreed > 0 ? 1 : 0)
