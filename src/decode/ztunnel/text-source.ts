import { escapePointer, Issues } from '#decode/json/at.ts'
import { noteRepeated, parseExactly } from '#decode/json/exact.ts'
import { parseJson } from '#decode/json/parse.ts'
import { maxDepth } from '#decode/json/scan.ts'
import { firstInside, type MemberSpan, outlineOf } from '#decode/json/spans.ts'
import { UserError } from '#errors.ts'
import { isZtunnelDump, sampled } from './dump.ts'
import { sectionKind } from './sections.ts'
import { type DumpMembers, heldSource, isLong, type Reading, type ZtunnelSource } from './source.ts'

/**
 * A dump as text, of which only the sections that a table asks for are parsed. Undefined where the text is no JSON of a
 * ztunnel dump, its outline is broken or it is nested too deep. What is broken further inside throws a UserError when it is read.
 */
export const textSource = (text: string, file: string): ZtunnelSource | undefined => {
  const spans = outlineOf(text)
  if (spans === undefined || !spans.some(({ name }) => sectionKind(name) === 'workload')) return undefined
  if (spans.some(({ depth }) => depth >= maxDepth)) return undefined
  const excerpt = readOrFail(text, file, () => excerptOf(text, spans))
  if (!isZtunnelDump(excerpt)) return undefined
  const issues = new Issues(file)
  return heldSource(membersOf(text, spans, issues), excerpt, issues, () =>
    readOrFail(text, file, () => JSON.parse(text) as unknown),
  )
}

const membersOf = (text: string, spans: readonly MemberSpan[], issues: Issues): DumpMembers => {
  const byName = new Map(spans.map(span => [span.name, span]))
  const repeated = spans.filter(span => byName.get(span.name) !== span).map(({ name }) => name)
  noteRepeated(issues, '', [...new Set(repeated)].map(pointerOf))
  return {
    names: [...byName.keys()],
    get: (name, reading) => readOrFail(text, issues.file, () => readMember(text, byName.get(name), reading, issues)),
  }
}

const readMember = (text: string, span: MemberSpan | undefined, reading: Reading, issues: Issues): unknown => {
  if (span === undefined) return undefined
  const part = text.slice(span.start, span.end)
  if (reading === 'plain') return JSON.parse(part)
  const { value, repeated } = parseExactly(part, span)
  noteRepeated(issues, pointerOf(span.name), repeated)
  return value
}

const pointerOf = (name: string): string => `/${escapePointer(name)}`

/** Every member, of long sections the first elements. */
const excerptOf = (text: string, spans: readonly MemberSpan[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(spans.map(span => [span.name, excerptOfMember(text, span)]))

const excerptOfMember = (text: string, { name, start, end }: MemberSpan): unknown => {
  const opening = text[start]
  if (!isLong(sectionKind(name)) || (opening !== '[' && opening !== '{')) return JSON.parse(text.slice(start, end))
  const first = firstInside(text, start, sampled)
  const values = first.map(span => [span.key ?? '', JSON.parse(text.slice(span.start, span.end)) as unknown] as const)
  return opening === '[' ? values.map(([, value]) => value) : Object.fromEntries(values)
}

/** Tells broken JSON with its place in the whole text. */
const readOrFail = <T>(text: string, file: string, read: () => T): T => {
  try {
    return read()
  } catch (error) {
    const parsed = error instanceof SyntaxError ? parseJson(text) : undefined
    if (parsed === undefined || parsed.ok) throw error
    const { line, column, message } = parsed
    throw new UserError('input', `${file} is not valid JSON: line ${line}, column ${column}: ${message}`)
  }
}
