import { catalogue } from './catalogue.ts'
import type { EntryKind } from './entry.ts'

const codesOf = (wanted: EntryKind): readonly string[] =>
  catalogue.filter(({ kind }) => kind === wanted).map(({ code }) => code)

/** The codes that an assertion file may name. */
export const vocabulary = { codes: codesOf('rejection'), findings: codesOf('finding') }
