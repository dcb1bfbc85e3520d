import type { StringMatch } from '#model/ztunnel.ts'

/** Case-sensitive and byte for byte; presence is "not empty" (specs/ztunnel.md §6.4). */
export const stringMatches = (match: StringMatch, value: string): boolean => {
  switch (match.kind) {
    case 'Exact':
      return value === match.value
    case 'Prefix':
      return value.startsWith(match.value)
    case 'Suffix':
      return value.endsWith(match.value)
    case 'Presence':
      return value !== ''
  }
}

export const stringMatchText = (match: StringMatch): string => {
  switch (match.kind) {
    case 'Exact':
      return `"${match.value}"`
    case 'Prefix':
      return `"${match.value}*"`
    case 'Suffix':
      return `"*${match.value}"`
    case 'Presence':
      return 'any value'
  }
}
