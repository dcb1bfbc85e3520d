import type { Candidate } from './judge.ts'
import type { RecordedCase } from './recorded.ts'

type Result = Readonly<Record<string, unknown>>

const told = ['outcome', 'status', 'flags', 'route', 'cluster', 'endpoint'] as const

const same = (result: Result, { prediction }: Candidate): boolean =>
  told.every(field => {
    // A stream through tcp_proxy has the upstream's status.
    if (prediction.proxied === true && field === 'status') return true
    return `${result[field] ?? ''}` === `${prediction[field] ?? ''}`
  })

/** Standard deviations that a frequency may be off before it is implausible. */
const tolerance = 4.5

const plausible = (count: number, tries: number, chance: number): boolean =>
  Math.abs(count - tries * chance) <= tolerance * Math.sqrt(tries * chance * (1 - chance)) + 1

const countOf = (result: Result): number => (typeof result.count === 'number' ? result.count : 0)

const chanceOf = (candidates: readonly Candidate[]): number | undefined =>
  candidates.some(({ probability }) => probability === undefined)
    ? undefined
    : candidates.reduce((sum, { probability }) => sum + (probability ?? 0), 0)

/** Why the recorded frequencies do not fit the predicted set; undefined when they do. */
export const misfit = ({ distribution = [] }: RecordedCase, candidates: readonly Candidate[]): string | undefined => {
  const tries = distribution.reduce((sum, result) => sum + countOf(result), 0)
  for (const result of distribution) {
    const matching = candidates.filter(candidate => same(result, candidate))
    if (matching.length === 0) return `${JSON.stringify(result)} is not in the predicted set`
    const chance = chanceOf(matching)
    if (chance !== undefined && !plausible(countOf(result), tries, chance))
      return `${JSON.stringify(result)} of ${tries}, predicted ${chance.toFixed(3)}`
  }
  const unseen = candidates.filter(candidate => !distribution.some(result => same(result, candidate)))
  const missing = unseen.find(({ probability }) => probability !== undefined && !plausible(0, tries, probability))
  return missing === undefined
    ? undefined
    : `never seen in ${tries}: ${JSON.stringify(missing.prediction).slice(0, 200)}`
}
