import { writeFileSync } from 'node:fs'
import { type Case, makeCase } from './case.ts'
import { type Comparison, compare } from './compare.ts'
import { type Played, playInKernel } from './kernel-case.ts'
import { Sockets } from './sockets.ts'
import { topologyFrom } from './topology.ts'

const flag = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}

const seconds = flag('seconds', 120)
const firstSeed = flag('seed', Math.floor(Date.now() / 1000) % 1_000_000_000)
const only = process.argv.includes('--once')
/** Keeps what the kernel held and did, so that a seed that once failed is replayed without a kernel. */
const keep = process.argv.includes('--keep')
const keptSeeds = 'fixtures/redirection/seeds'
const packets = flag('packets', 24)
/** Worlds that stand at the same time: most of a packet's time is waiting. */
const worlds = only ? 1 : flag('worlds', 4)
const wait = 0.6

const tally = { agreed: 0, disagreed: 0, undetermined: 0 }
const failing = new Set<number>()
let cases = 0

const comparisons = ({ packets: sent }: Case, played: Played): Comparison[] => {
  const topology = topologyFrom(played.recordings)
  return sent.flatMap((packet, index) => {
    const seen = played.seen[index]
    return seen === undefined ? [] : [compare(topology, packet, seen)]
  })
}

/** Packets that came nowhere although they should: on a busy machine the answer may only have been late. */
const lateOnes = (case_: Case, played: Played): number[] =>
  comparisons(case_, played).flatMap(({ verdict, kernel }, index) =>
    verdict === 'disagreed' && kernel === 'timeout' ? [index] : [],
  )

const play = async (seed: number, sockets: Sockets, prefix: string): Promise<void> => {
  const case_ = makeCase(seed, packets)
  const played = await playInKernel(case_, sockets, prefix, wait, so => lateOnes(case_, so))
  cases++
  if (keep)
    writeFileSync(
      `${keptSeeds}/${seed}.json`,
      `${JSON.stringify({ seed, recordings: played.recordings, packets: case_.packets, seen: played.seen }, undefined, 1)}\n`,
    )
  for (const [index, comparison] of comparisons(case_, played).entries()) {
    tally[comparison.verdict]++
    if (comparison.verdict === 'disagreed') failing.add(seed)
    if (comparison.verdict === 'disagreed' || only) report(case_, index, comparison)
  }
}

const report = (
  { seed, packets: sent }: Case,
  index: number,
  { verdict, kernel, evaluator, evaluation }: Comparison,
) => {
  console.log(`${verdict} seed ${seed} packet ${index} ${JSON.stringify(sent[index])}`)
  console.log(`   kernel:    ${kernel}\n   evaluator: ${evaluator}`)
  if (!only) return
  for (const { fate, path } of evaluation.branches) {
    console.log(`   fate ${JSON.stringify(fate)}`)
    for (const { packet, netns, hook, table, chain, number, evidence } of path)
      console.log(
        `     ${packet} ${netns} ${hook} ${evidence.from === 'rule' ? `${evidence.file}: ${evidence.text}` : ''} (${table} ${chain} #${number})`,
      )
  }
}

let nextSeed = firstSeed
const end = Date.now() + seconds * 1000
const world = async (number: number): Promise<void> => {
  const sockets = new Sockets('test/live/redirection/sockets.py')
  try {
    while (Date.now() < end && (!only || nextSeed === firstSeed))
      await play(nextSeed++, sockets, `lr${process.pid}-${number}-`)
  } finally {
    sockets.end()
  }
}

console.log(`seed ${firstSeed}, ${seconds} s, ${packets} packets a rule set, ${worlds} worlds at once`)
const ends = await Promise.allSettled(Array.from({ length: worlds }, (_, number) => world(number)))
const broken = ends.filter(({ status }) => status === 'rejected')
for (const { reason } of broken as PromiseRejectedResult[]) console.log(`a world could not be played: ${reason}`)
console.log(
  `${cases} rule sets, seeds ${firstSeed}…${nextSeed - 1}: ${tally.agreed} agreed, ${tally.disagreed} disagreed, ${tally.undetermined} undetermined`,
)
if (failing.size > 0) console.log(`failing seeds: ${[...failing].join(' ')}`)
process.exitCode = tally.disagreed > 0 || broken.length > 0 ? 1 : 0
