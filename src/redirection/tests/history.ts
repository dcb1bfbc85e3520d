import { type Ip, type Prefix, showIp } from '../ip.ts'
import { missing } from '../stage.ts'
import type { Side } from './header.ts'
import type { Holds } from './test.ts'

/** `-m statistic --mode random`: a chance, explored both ways. */
export const chance =
  (probability: number): Holds =>
  (_skb, { choices }) =>
    choices.pick([probability, 1 - probability]) === 0

/** `-m statistic --mode nth`: the counter is not in any dump, but one of so many packets matches. */
export const oneOf = (every: number): Holds => chance(1 / every)

export interface RecentList {
  readonly name: string
  readonly side: Side
  /** Addresses are kept and looked up under this mask. */
  readonly kept: (ip: Ip) => Prefix | undefined
}

/** A `--rcheck` or `--update` of one list; entries older than `seconds` or hit less often than `hits` do not count. */
export interface RecentCondition {
  readonly seconds: number | undefined
  readonly hits: number
}

type Asked = Parameters<Holds>

const entryOf = ({ name, side, kept }: RecentList, [skb, { kernel }]: Asked): string => {
  const prefix = kept(skb[side])
  return `${name} of ${kernel.name}: ${prefix === undefined ? '?' : `${showIp(prefix.base)}/${prefix.length}`}`
}

const inList = (entry: string) => missing('match', `entry of recent list ${entry}`)

/** `--set` always holds, and what it enters is there for the rest of the flow. */
export const enterRecent =
  (list: RecentList): Holds =>
  (...asked) => {
    asked[1].choices.settle(entryOf(list, asked), 1)
    return true
  }

/** Lists are in no dump: both worlds are followed, and where they end differently the answer is open. */
export const isRecent =
  (list: RecentList, { seconds, hits }: RecentCondition): Holds =>
  (...asked) => {
    const [, { choices }] = asked
    const entry = entryOf(list, asked)
    const entered = choices.settled(entry)
    if (entered === 0) return false
    if (entered === 1 && hits <= 1) return true
    return choices.either(`${entry} ${seconds ?? ''} ${hits}`, inList(entry)) === 1
  }

/** `--remove` holds for what was in the list. */
export const leaveRecent =
  (list: RecentList): Holds =>
  (...asked) => {
    const [, { choices }] = asked
    const entry = entryOf(list, asked)
    const entered = choices.settled(entry) ?? choices.either(entry, inList(entry))
    choices.settle(entry, 0)
    return entered === 1
  }
