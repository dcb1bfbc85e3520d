import { writeFileSync } from 'node:fs'
import { type Case, makeCase } from './case.ts'
import { compare } from './compare.ts'
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
const wait = 0.6

const disagreements = ({ packets: sent }: Case, played: Played): number[] => {
  const topology = topologyFrom(played.recordings)
  return sent.flatMap((packet, index) => {
    const one = played.seen[index]
    return one !== undefined && compare(topology, packet, one).verdict === 'disagreed' ? [index] : []
  })
}

const sockets = new Sockets('test/live/redirection/sockets.py')
const tally = { agreed: 0, disagreed: 0, undetermined: 0 }
const failing: number[] = []
let cases = 0
const end = Date.now() + seconds * 1000
console.log(`seed ${firstSeed}, ${seconds} s, ${packets} packets a rule set`)
for (let seed = firstSeed; Date.now() < end && (!only || seed === firstSeed); seed++) {
  const case_ = makeCase(seed, packets)
  const { recordings, seen } = await playInKernel(case_, sockets, `lr${process.pid}-`, wait, played =>
    disagreements(case_, played).filter(index => played.seen[index]?.outcome === 'timeout'),
  )
  const topology = topologyFrom(recordings)
  cases++
  if (keep)
    writeFileSync(
      `${keptSeeds}/${seed}.json`,
      `${JSON.stringify({ seed, recordings, packets: case_.packets, seen }, undefined, 1)}\n`,
    )
  for (const [index, packet] of case_.packets.entries()) {
    const one = seen[index]
    if (one === undefined) continue
    const { verdict, kernel, evaluator, evaluation } = compare(topology, packet, one)
    tally[verdict]++
    if (verdict === 'agreed' && !only) continue
    if (!failing.includes(seed) && verdict === 'disagreed') failing.push(seed)
    if (verdict === 'disagreed' || only) {
      console.log(
        `${verdict} seed ${seed} packet ${index} ${JSON.stringify(packet)}\n   kernel:    ${kernel}\n   evaluator: ${evaluator}`,
      )
      if (only)
        for (const { fate, path } of evaluation.branches) {
          console.log(`   fate ${JSON.stringify(fate)}`)
          for (const hit of path)
            console.log(
              `     ${hit.packet} ${hit.netns} ${hit.hook} ${hit.evidence.from === 'rule' ? `${hit.evidence.file}: ${hit.evidence.text}` : ''} (${hit.table} ${hit.chain} #${hit.number})`,
            )
        }
    }
  }
}
sockets.end()
console.log(
  `${cases} rule sets, seeds ${firstSeed}…${firstSeed + cases - 1}: ${tally.agreed} agreed, ${tally.disagreed} disagreed, ${tally.undetermined} undetermined`,
)
if (failing.length > 0) console.log(`failing seeds: ${failing.join(' ')}`)
process.exitCode = tally.disagreed > 0 ? 1 : 0
