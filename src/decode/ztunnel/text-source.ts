import { escapePointer, Issues } from '#decode/json/at.ts'
import { noteRepeated, parseExactly } from '#decode/json/exact.ts'
import { parseJson } from '#decode/json/parse.ts'
import { maxDepth, tooDeep } from '#decode/json/scan.ts'
import { firstInside, listPieces, type MemberPlace, outlineOf, outlineOfLines, spanAt } from '#decode/json/spans.ts'
import { UserError } from '#errors.ts'
import { isZtunnelDump, sampled } from './dump.ts'
import { noteRepeatedMembers, sectionKind } from './sections.ts'
import { type DumpMembers, heldSource, isLong, type ListPiece, type ZtunnelSource } from './source.ts'

/**
 * A dump as text, of which sections are parsed when a table asks for them. Undefined where the text is no JSON of a ztunnel
 * dump or its outline is broken. What is broken further inside, or nested too deep, throws a UserError when it is read.
 */
export const textSource = (text: string, file: string): ZtunnelSource | undefined => {
  const byLines = outlinedBy(text, outlineOfLines)
  const outlined = byLines ?? readOrFail(text, file, () => outlinedBy(text, outlineOf, 'fail'))
  if (outlined === undefined || !isZtunnelDump(outlined.excerpt)) return undefined
  const issues = new Issues(file)
  const guessed = outlined === byLines ? outlined.places.filter(({ name }) => isLong(sectionKind(name))) : []
  return heldSource(membersOf(text, outlined.places, guessed, issues), outlined.excerpt, issues, () =>
    readOrFail(text, file, () => JSON.parse(text) as unknown),
  )
}

interface Outlined {
  readonly places: readonly MemberPlace[]
  /** Every member, of long sections the first elements. */
  readonly excerpt: Members
}

type Members = Readonly<Record<string, unknown>>

const outlinedBy = (
  text: string,
  outline: (text: string) => readonly MemberPlace[] | undefined,
  broken: 'fail' | 'pass' = 'pass',
): Outlined | undefined => {
  const places = outline(text)
  if (places === undefined || !places.some(({ name }) => sectionKind(name) === 'workload')) return undefined
  try {
    const members = places.map(place => [place.name, excerptOf(text, place)] as const)
    return { places, excerpt: Object.fromEntries(members) }
  } catch (error) {
    if (broken === 'fail' || !(error instanceof SyntaxError)) throw error
    return undefined
  }
}

/** `guessed` are places whose ends only the layout tells, until they are read. */
const membersOf = (
  text: string,
  places: readonly MemberPlace[],
  guessed: readonly MemberPlace[],
  issues: Issues,
): DumpMembers => {
  const { file } = issues
  const unread = new Set(guessed)
  const byName = new Map(places.map(place => [place.name, place]))
  const repeated = places.filter(place => byName.get(place.name) !== place).map(({ name }) => name)
  noteRepeatedMembers(issues, repeated)
  return {
    names: [...byName.keys()],
    get: name => {
      const place = byName.get(name)
      if (place === undefined) return undefined
      const value = readOrFail(text, file, () => readMember(text, place, issues))
      unread.delete(place)
      return value
    },
    lists: (name, reading) => {
      const place = byName.get(name)
      if (place === undefined || text[place.start] !== '[') return undefined
      return piecesOf(text, place, reading === 'exact' ? issues : undefined, file, () => unread.delete(place))
    },
    confirm: () => {
      const isDeceptive = [...unread].some(({ start, end }) => spanAt(text, start)?.end !== end)
      if (isDeceptive && parseJson(text).ok) throw deceptive(file)
    },
  }
}

const readMember = (text: string, { name, start, end }: MemberPlace, issues: Issues): unknown => {
  const { value, repeated } = parseExactly(text.slice(start, end))
  noteRepeated(issues, pointerOf(name), repeated)
  return value
}

/** The elements of a list, a piece at a time; with `exact`, read exactly, and members that they repeat are noted there. */
function* piecesOf(
  text: string,
  { name, ...place }: MemberPlace,
  exact: Issues | undefined,
  file: string,
  onEnd: () => void,
): Iterable<ListPiece> {
  let from = 0
  const parse = (list: string): ListPiece => {
    if (exact === undefined) return { from, elements: JSON.parse(list) }
    const { value, repeated } = parseExactly(list)
    noteRepeated(
      exact,
      pointerOf(name),
      repeated.map(pointer => movedBy(from, pointer)),
    )
    return { from, elements: value as readonly unknown[], text: linesOf(list) }
  }
  const pieces = listPieces(text, place, parse)[Symbol.iterator]()
  for (;;) {
    const { done, value } = readOrFail(text, file, () => pieces.next())
    if (done === true) return onEnd()
    yield value
    from += value.elements.length
  }
}

/** What stands in a list that begins as ztunnel prints it: an element on lines of its own, indented by four. */
const linesOf = (list: string): string | undefined =>
  list.startsWith('[\n    {\n') ? list.slice('[\n'.length, -1).trimEnd() : undefined

/** `/3/name` of a piece that begins with element 40 is `/43/name` of the list. */
const movedBy = (from: number, pointer: string): string =>
  pointer.replace(/^\/(\d+)/, (_, index: string) => `/${Number(index) + from}`)

const pointerOf = (name: string): string => `/${escapePointer(name)}`

const excerptOf = (text: string, { name, start, end }: MemberPlace): unknown => {
  const opening = text[start]
  if (!isLong(sectionKind(name)) || (opening !== '[' && opening !== '{')) return parsedPart(text, start, end)
  const first = firstInside(text, start, sampled)
  const values = first.map(span => [span.key ?? '', parsedPart(text, span.start, span.end)] as const)
  return opening === '[' ? values.map(([, value]) => value) : Object.fromEntries(values)
}

const parsedPart = (text: string, start: number, end: number): unknown => {
  if ((spanAt(text, start)?.depth ?? 0) >= maxDepth) throw new SyntaxError(tooDeep)
  return JSON.parse(text.slice(start, end))
}

/** Tells broken JSON with its place in the whole text; where there is none, the layout deceived. */
const readOrFail = <T>(text: string, file: string, read: () => T): T => {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const parsed = parseJson(text)
    if (parsed.ok) throw deceptive(file)
    const { line, column, message } = parsed
    throw new UserError('input', `${file} is not valid JSON: line ${line}, column ${column}: ${message}`)
  }
}

const deceptive = (file: string): UserError =>
  new UserError('input', `${file} is indented so that its members cannot be told apart`, {
    next: ['jq . lays a file out anew'],
  })
