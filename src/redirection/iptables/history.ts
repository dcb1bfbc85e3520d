import type { Extension } from '#model/netfilter.ts'
import type { Part } from '../chains.ts'
import { readPrefix, showIp } from '../ip.ts'
import { chance, enterRecent, isRecent, leaveRecent, oneOf, type RecentList } from '../tests/history.ts'
import { type Holds, test, unless } from '../tests/test.ts'
import { onlyKnows, option, value } from './arguments.ts'

/** Matches whose answer depends on packets seen before. */

export const statistic = (extension: Extension): readonly Part[] | undefined => {
  const mode = value(extension, '--mode')
  if (mode === 'nth') return nth(extension)
  const probability = Number(value(extension, '--probability'))
  if (mode !== 'random' || !(probability >= 0 && probability <= 1)) return undefined
  return [test(unless(option(extension, '--probability')?.inverted === true, chance(probability)))]
}

const nth = (extension: Extension): readonly Part[] | undefined => {
  const every = Number(value(extension, '--every'))
  if (!(Number.isInteger(every) && every > 0)) return undefined
  return [test(unless(option(extension, '--every')?.inverted === true, oneOf(every)))]
}

const recentFlags = [
  '--set',
  '--rcheck',
  '--update',
  '--remove',
  '--seconds',
  '--hitcount',
  '--reap',
  '--name',
  '--mask',
]

export const recent = (extension: Extension): readonly Part[] | undefined => {
  if (!onlyKnows(extension, [...recentFlags, '--rsource', '--rdest'])) return undefined
  const asked = option(extension, '--set', '--rcheck', '--update', '--remove')
  const list = listOf(extension)
  if (asked === undefined || list === undefined) return undefined
  const holds = recentHolds(extension, asked.flag, list)
  return holds === undefined ? undefined : [test(unless(asked.inverted, holds))]
}

const recentHolds = (extension: Extension, flag: string, list: RecentList): Holds | undefined => {
  if (flag === '--set') return enterRecent(list)
  if (flag === '--remove') return leaveRecent(list)
  const seconds = value(extension, '--seconds')
  const hits = Number(value(extension, '--hitcount') ?? 0)
  if (!Number.isInteger(hits)) return undefined
  return isRecent(list, { seconds: seconds === undefined ? undefined : Number(seconds), hits })
}

const listOf = (extension: Extension): RecentList | undefined => {
  const mask = value(extension, '--mask')
  if (mask !== undefined && readPrefix(`${mask}/${mask}`) === undefined) return undefined
  return {
    name: value(extension, '--name') ?? 'DEFAULT',
    side: option(extension, '--rdest') === undefined ? 'src' : 'dst',
    kept: ip => readPrefix(mask === undefined ? showIp(ip) : `${showIp(ip)}/${mask}`),
  }
}
