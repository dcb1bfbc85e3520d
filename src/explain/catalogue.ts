import { closest } from '#reason/closest.ts'
import { type Entry, type EntryKind, entry, type Words } from './entry.ts'
import { findings } from './findings.ts'
import { envoyFlags, ztunnelFlags } from './flags.ts'
import { rejections } from './rejections.ts'
import { missing, verdicts } from './verdicts.ts'

const all = (kind: EntryKind, words: Readonly<Record<string, Words>>): readonly Entry[] =>
  Object.entries(words).map(([code, text]) => entry(kind, code, text))

/** Every code that ambientctl prints, in the order in which they are listed. */
export const catalogue: readonly Entry[] = [
  ...findings,
  ...all('rejection', rejections),
  ...all('verdict', verdicts),
  ...all('missing', missing),
  ...all('flag', { ...envoyFlags, ...ztunnelFlags }),
]

const byCode = new Map(catalogue.map(one => [one.code.toLowerCase(), one]))

/** `amb1` and `AMB001` are the same. */
export const entryOf = (code: string): Entry | undefined =>
  byCode.get(code.toLowerCase()) ??
  byCode.get(code.toLowerCase().replace(/^amb(\d{1,2})$/, (_, n) => `amb${n.padStart(3, '0')}`))

/** The code that was probably meant. */
export const nearest = (code: string): string | undefined =>
  closest(
    code,
    catalogue.map(one => one.code),
  )
