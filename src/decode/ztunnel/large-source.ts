import { escapePointer, Issues } from '#decode/json/at.ts'
import { noteRepeated, parseExactly } from '#decode/json/exact.ts'
import { type Container, ElementScanner, type Path, scanElements } from '#decode/json/scan.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { Draft } from './draft.ts'
import { finishDump, sectionNames } from './dump.ts'
import { ztunnelEras } from './eras/index.ts'
import { sectionKind } from './sections.ts'
import { factsOf, flattened, isLong, newness, type RawElement, sectionOf, type ZtunnelSource } from './source.ts'

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
  const draft = await scanOutline(bytes(), file, whole)
  if (!ztunnelEras.some(era => era.recognises(draft.outline))) return undefined
  const facts = factsOf(finishDump(draft))
  const names = sectionNames(draft)
  const issues = new Issues(file)
  return {
    file,
    facts,
    issues,
    batches: (kind, reading = 'plain') =>
      sectionBatches(bytes(), names(sectionOf(kind, facts)) ?? '', reading === 'exact' ? issues : undefined),
    members: () => [...draft.outline.keys()].map(name => [name, whole.get(name)] as const),
    dump: decode,
  }
}

/** Sections element by element, everything else whole. */
const enters = ([name]: Path, container: Container, depth: number): boolean =>
  depth === 0 ? container === 'object' : depth === 1 && isLong(sectionKind(String(name)))

/** `whole` takes the members that come whole. */
const scanOutline = async (bytes: Bytes, file: string, whole: Map<string, unknown>): Promise<Draft> => {
  const draft = new Draft(file)
  const begun = new Set<string>()
  await scanElements(bytes, {
    enters: (path, container) => enters(path, container, path.length),
    skips: ([name, key]) => key !== undefined && begun.has(String(name)),
    open: ([name], container) => {
      const kind = sectionKind(String(name ?? ''))
      if (name !== undefined && kind !== undefined) draft.begin(String(name), kind, container)
    },
    value: ([name, key], value) => {
      if (name === undefined) return
      if (key === undefined) {
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

/** With `exact`, elements are read exactly, and members that they repeat are noted there. */
async function* sectionBatches(
  bytes: Bytes,
  section: string,
  exact: Issues | undefined,
): AsyncIterable<Iterable<RawElement>> {
  let batch: RawElement[] = []
  let isMap = false
  const isNew = newness()
  const scanner = new ElementScanner({
    enters: (path, container) =>
      path.length === 0 || (path[0] === section && path.length === 1 && enters(path, container, 1)),
    skips: ([name]) => name !== section,
    ...(exact && {
      parse: (text, path) => {
        const { value, repeated } = parseExactly(text)
        noteRepeated(exact, path.map(part => `/${escapePointer(String(part))}`).join(''), repeated)
        return value
      },
    }),
    open: ([name], container) => {
      if (name === section) isMap = container === 'object'
    },
    value: ([name, key], value) => {
      if (name !== section || key === undefined) return
      const pointer = `/${escapePointer(section)}/${escapePointer(String(key))}`
      if (!isMap) batch.push({ value, key: undefined, pointer })
      else if (section === 'vips') batch.push({ value, key: String(key), pointer })
      else for (const one of flattened({ value, key: String(key), pointer })) if (isNew(one.value)) batch.push(one)
    },
  })
  for await (const chunk of bytes) {
    scanner.push(chunk)
    if (batch.length === 0) continue
    yield batch
    batch = []
  }
  scanner.end()
  if (batch.length > 0) yield batch
}
