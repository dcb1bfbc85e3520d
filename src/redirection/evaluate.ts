import type { NonEmpty } from '#model/evidence.ts'
import { explore } from './choices.ts'
import type { Branch, Evaluation, Fate, Missing } from './fate.ts'
import { playFlow } from './flow.ts'
import type { Packet } from './packet.ts'
import { missing } from './stage.ts'
import type { Topology } from './topology.ts'

/** A service with more endpoints than this is followed to as many as this; the rest stays `undetermined`. */
const mostBranches = 64

/** Follows one exchange through the recorded kernels: where the packet arrives or how it dies, and the rules that matched. */
export const evaluate = (topology: Topology, packet: Packet): Evaluation => {
  const { outcomes, complete } = explore(choices => playFlow(topology, packet, choices), mostBranches)
  const branches = outcomes.map(({ value, probability }): Branch => ({ ...value, probability }))
  const [open] = outcomes.flatMap(outcome => outcome.open)
  if (open !== undefined) return settled(branches, complete ? open : tooMany)
  const rest = 1 - branches.reduce((sum, { probability }) => sum + probability, 0)
  if (!complete) branches.push(unexplored(rest))
  const [first, ...others] = branches
  if (first === undefined) throw new Error('a flow without a branch')
  return { branches: [first, ...others] }
}

const tooMany = missing('chance', `more than ${mostBranches} branches`)

/** Worlds that end alike are one answer; worlds that do not, or that were not all seen, leave it open. */
const settled = (branches: readonly Branch[], open: Missing): Evaluation => {
  const [first, ...others] = branches
  if (first === undefined) throw new Error('a flow without a branch')
  const wanted = JSON.stringify(first.fate)
  if (open !== tooMany && others.every(({ fate }) => JSON.stringify(fate) === wanted))
    return { branches: [{ ...first, probability: 1 }] }
  return { branches: [{ ...first, probability: 1, fate: { kind: 'undetermined', missing: [open] } }] }
}

const unexplored = (probability: number): Branch => ({
  probability,
  fate: { kind: 'undetermined', missing: [tooMany] },
  path: [],
  connections: [],
})

/** The one fate of all branches, or undefined when chance decides between several. */
export const soleFate = ({ branches }: Evaluation): Fate | undefined => {
  const [first, ...others]: NonEmpty<Branch> = branches
  const wanted = JSON.stringify(first.fate)
  return others.every(({ fate }) => JSON.stringify(fate) === wanted) ? first.fate : undefined
}
