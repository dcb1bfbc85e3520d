import type { Check } from '#check/check.ts'
import { checks } from '#check/checks.ts'
import { checkIt, type Entry, entry } from './entry.ts'
import { uncheckedFailures } from './unchecked.ts'

const ofCheck = ({ code, title, means, causes, fix, severity, fixedIn }: Check): Entry => ({
  ...entry('finding', code, { title, means, causes, fix, next: [checkIt] }),
  severity,
  checked: true,
  ...(fixedIn !== undefined && { fixedIn: fixedIn.join(' and ') }),
})

/** The failures that `check` looks for, and those that it cannot see, by code. */
export const findings: readonly Entry[] = [
  ...checks.map(ofCheck),
  ...Object.entries(uncheckedFailures)
    .filter(([code]) => !checks.some(check => check.code === code))
    .map(([code, { unseen, ...words }]) => ({ ...entry('finding', code, words), checked: false, unseen })),
].toSorted((a, b) => (a.code < b.code ? -1 : 1))
