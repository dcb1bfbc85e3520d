import { outlineOf } from '#decode/json/spans.ts'
import type { DecodeIssue } from '#model/issue.ts'

const sections = {
  workloads: 'workloads',
  services: 'services',
  policies: 'policies',
  certificates: 'certificates',
  connections: 'workloadState',
} as const

/** What a list of JSON lost of the dump that it was printed from; undefined when it has everything, or says what it has not. */
export const lossIn = (
  source: string,
  table: keyof typeof sections,
  printed: string,
  issues: readonly DecodeIssue[],
): string | undefined => {
  const isTold = issues.some(({ expected }) => expected === 'a member once')
  const dump = parsed(source)
  const section: unknown = Object(dump)[sections[table]]
  if (!Array.isArray(section) || isTold) return undefined
  if (JSON.stringify(JSON.parse(printed)) !== JSON.stringify(section)) return 'the JSON has lost something'
  const text = sectionText(source, sections[table])
  const lost = longNumbers(text).find(number => !longNumbers(printed).includes(number))
  if (lost !== undefined) return `the JSON has lost the number ${lost}`
  const [members, left] = [membersIn(text), membersIn(printed)]
  return members > left ? `the JSON has ${left} members of ${members}` : undefined
}

/** A dump may be broken in a section that the table does not need. */
const parsed = (source: string): unknown => {
  try {
    return JSON.parse(source)
  } catch {
    return undefined
  }
}

const withoutTexts = (json: string): string => json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
const longNumbers = (json: string): readonly string[] => withoutTexts(json).match(/-?\d{17,}/g) ?? []
const membersIn = (json: string): number => withoutTexts(json).split(':').length - 1

/** The last member of that name is the one that counts. */
const sectionText = (text: string, section: string): string => {
  const place = outlineOf(text)?.findLast(({ name }) => name === section)
  return place === undefined ? '' : text.slice(place.start, place.end)
}
