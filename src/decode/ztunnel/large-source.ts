import { escapePointer, Issues } from '#decode/json/at.ts'
import { noteRepeated, parseExactly } from '#decode/json/exact.ts'
import { type Container, ElementScanner, type Path, type ScanPlan, scanElements } from '#decode/json/scan.ts'
import { bytePlace, notUtf8, Utf8Watch } from '#decode/utf8.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { Draft } from './draft.ts'
import { finishDump, sectionNames } from './dump.ts'
import { ztunnelEras } from './eras/index.ts'
import { noteRepeatedMembers, sectionKind } from './sections.ts'
import {
  factsOf,
  flattened,
  isLong,
  newness,
  type RawElement,
  type SectionBatch,
  sectionOf,
  type TableKind,
  type ZtunnelSource,
} from './source.ts'

type Bytes = AsyncIterable<Uint8Array>

/**
 * A dump that is too large to be parsed: scanned once for what it says about itself, then again for each section that is
 * asked for. Undefined when the bytes are no ztunnel dump. Throws BrokenScan when they are not one complete JSON value.
 */
export const largeSource = async (
  bytes: () => Bytes,
  file: string,
  decode: () => Promise<ZtunnelDump>,
): Promise<ZtunnelSource | undefined> => {
  const whole = new Map<string, unknown>()
  const times = new Map<string, number>()
  const watch = new Utf8Watch()
  const draft = await scanOutline(watch.over(bytes()), file, whole, times)
  if (!ztunnelEras.some(era => era.recognises(draft.outline))) return undefined
  const facts = factsOf(finishDump(draft))
  const names = sectionNames(draft)
  const issues = new Issues(file)
  if (watch.brokenAt !== undefined) issues.list.push(notUtf8(file, bytePlace(watch.brokenAt)))
  const isRepeated = (name: string) => (times.get(name) ?? 0) > 1
  noteRepeatedMembers(issues, [...times.keys()].filter(isRepeated))
  const sections = (kinds: readonly TableKind[], exact?: Issues): AsyncIterable<SectionBatch> => {
    const sought = kinds.map(kind => [names(sectionOf(kind, facts)) ?? '', kind] as const)
    return sectionBatches(bytes(), { kinds: new Map(sought), times }, exact)
  }
  return {
    file,
    facts,
    issues,
    readKinds: new Set(),
    batches: kind => sections([kind], issues),
    sections: kinds => sections(kinds),
    members: [...draft.outline.keys()].map(name => [name, () => whole.get(name)]),
    dump: decode,
    confirm: () => undefined,
  }
}

/** Sections element by element, everything else whole. */
const enters = ([name]: Path, container: Container, depth: number): boolean =>
  depth === 0 ? container === 'object' : depth === 1 && isLong(sectionKind(String(name)))

/** `whole` takes the members that come whole, `times` how often each member comes. */
const scanOutline = async (
  bytes: Bytes,
  file: string,
  whole: Map<string, unknown>,
  times: Map<string, number>,
): Promise<Draft> => {
  const draft = new Draft(file)
  const begun = new Set<string>()
  const count = (name: string) => times.set(name, (times.get(name) ?? 0) + 1)
  await scanElements(bytes, {
    enters: (path, container) => enters(path, container, path.length),
    skips: ([name, key]) => key !== undefined && begun.has(String(name)),
    open: ([name], container) => {
      const kind = sectionKind(String(name ?? ''))
      if (name === undefined) return
      count(String(name))
      if (kind !== undefined) draft.begin(String(name), kind, container)
    },
    value: ([name, key], value) => {
      if (name === undefined) return
      if (key === undefined) {
        count(String(name))
        whole.set(String(name), value)
        draft.add(String(name), value)
      } else if (!begun.has(String(name))) {
        begun.add(String(name))
        draft.element(String(name), key, value)
      }
    },
  })
  return draft
}

interface Sought {
  readonly kinds: ReadonlyMap<string, TableKind>
  /** How often the dump has each member: the last one counts, as in JSON. */
  readonly times: ReadonlyMap<string, number>
}

/** Sections by their names; with `exact`, elements are read exactly, and members that they repeat are noted there. */
async function* sectionBatches(bytes: Bytes, sought: Sought, exact: Issues | undefined): AsyncIterable<SectionBatch> {
  const found = new Map<TableKind, RawElement[]>()
  const scanner = new ElementScanner(sectionPlan(sought, exact, found))
  for await (const chunk of bytes) {
    scanner.push(chunk)
    yield* taken(found)
  }
  scanner.end()
  yield* taken(found)
}

function* taken(found: Map<TableKind, RawElement[]>): Iterable<SectionBatch> {
  for (const [kind, elements] of found) yield { kind, elements }
  found.clear()
}

const sectionPlan = (
  { kinds, times }: Sought,
  exact: Issues | undefined,
  found: Map<TableKind, RawElement[]>,
): ScanPlan => {
  let isMap = false
  const isNew = newness()
  const passed = new Map<string, number>()
  const kindOf = (name: string | number | undefined): TableKind | undefined => kinds.get(String(name))
  const isLast = (name: string): boolean => {
    const time = (passed.get(name) ?? 0) + 1
    passed.set(name, time)
    return time >= (times.get(name) ?? 1)
  }
  const put = (kind: TableKind, element: RawElement): void => {
    const elements = found.get(kind)
    if (elements === undefined) found.set(kind, [element])
    else elements.push(element)
  }
  return {
    enters: (path, container) =>
      path.length === 0 ||
      (kindOf(path[0]) !== undefined && path.length === 1 && enters(path, container, 1) && isLast(String(path[0]))),
    skips: ({ length, 0: name }) => length === 1 || kindOf(name) === undefined,
    ...(exact && { parse: (text, path) => parsedExactly(text, path, exact) }),
    open: ([name], container) => {
      if (kindOf(name) !== undefined) isMap = container === 'object'
    },
    value: ([name, key], value) => {
      const kind = kindOf(name)
      if (kind === undefined || key === undefined) return
      const pointer = `/${escapePointer(String(name))}/${escapePointer(String(key))}`
      if (!isMap) put(kind, { value, key: undefined, pointer })
      else if (name === 'vips') put(kind, { value, key: String(key), pointer })
      else for (const one of flattened({ value, key: String(key), pointer })) if (isNew(one.value)) put(kind, one)
    },
  }
}

const parsedExactly = (text: string, path: Path, issues: Issues): unknown => {
  const { value, repeated } = parseExactly(text)
  noteRepeated(issues, path.map(part => `/${escapePointer(String(part))}`).join(''), repeated)
  return value
}
