import type { ZtunnelDump } from '#model/ztunnel.ts'
import { type Container, type Path, type ScanPlan, scanElements } from './json/scan.ts'
import { Sharer } from './json/share.ts'
import { Draft } from './ztunnel/draft.ts'
import { finishDump } from './ztunnel/dump.ts'
import { ztunnelEras } from './ztunnel/eras/index.ts'
import { sectionKind } from './ztunnel/sections.ts'

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What a file held that was too large to parse whole. */
export type LargeValue =
  | { readonly kind: 'ztunnel'; readonly dump: ZtunnelDump }
  | { readonly kind: 'value'; readonly value: unknown }

/**
 * A file of any size: a ztunnel dump is decoded element by element, anything else is put together as `JSON.parse` would
 * give it, without ever being one string. Throws BrokenScan for bytes that are not one complete JSON value.
 */
export const decodeLarge = async (bytes: Bytes, file: string): Promise<LargeValue> => {
  const plan = new LargePlan(file)
  await scanElements(bytes, plan)
  return plan.finish()
}

class LargePlan implements ScanPlan {
  private readonly draft: Draft
  private readonly sharer = new Sharer()
  private root: unknown

  constructor(file: string) {
    this.draft = new Draft(file)
  }

  enters(path: Path, container: Container): boolean {
    return entersElements(path, container) || entersListener(path)
  }

  open(path: Path, container: Container): void {
    const kind = sectionOf(path)
    if (kind === undefined) this.put(path, container === 'array' ? [] : {})
    else this.draft.begin(String(path[0]), kind, container)
  }

  value(path: Path, value: unknown): void {
    const [name, key] = path
    if (path.length === 2 && sectionOf(path) !== undefined && key !== undefined)
      this.draft.element(String(name), key, value)
    else if (path.length === 1 && typeof name === 'string') this.member(name, value)
    else this.put(path, name === 'configs' ? this.sharer.share(value) : value)
  }

  finish(): LargeValue {
    if (ztunnelEras.some(era => era.recognises(this.draft.outline)))
      return { kind: 'ztunnel', dump: finishDump(this.draft) }
    return { kind: 'value', value: this.root }
  }

  private member(name: string, value: unknown): void {
    this.draft.add(name, value)
    this.put([name], value)
  }

  private put(path: Path, value: unknown): void {
    const key = path.at(-1)
    if (key === undefined) this.root = value
    else {
      const parent = path.slice(0, -1).reduce<unknown>((at, name) => Object(at)[name], this.root)
      Object.defineProperty(Object(parent), key, { value, enumerable: true, configurable: true, writable: true })
    }
  }
}

const sectionOf = ([name]: Path) => (typeof name === 'string' ? sectionKind(name) : undefined)

/** Lists of records, whatever wrote them: sections of ztunnel, `configs[].*[]` of Envoy, `items` of Kubernetes, bare lists. */
const entersElements = (path: Path, container: Container): boolean => {
  const [name] = path
  if (path.length === 0) return true
  if (path.length === 1) return sectionOf(path) !== undefined || (container === 'array' && isListName(name))
  return name === 'configs' && (path.length === 2 || (path.length === 3 && container === 'array'))
}

const listenerMembers = new Set<string | number | undefined>([
  'active_state',
  'activeState',
  'warming_state',
  'warmingState',
  'draining_state',
  'drainingState',
  'listener',
  'filter_chains',
  'filterChains',
])

/** A waypoint has one listener with a chain for each port of each service: its chains come one by one. */
const entersListener = (path: Path): boolean => {
  const [name, , list] = path
  if (name !== 'configs' || path.length < 4 || !/_?listeners$/i.test(String(list))) return false
  return (
    path.length === 4 || (listenerMembers.has(path.at(-1)) && path.slice(4).every(part => listenerMembers.has(part)))
  )
}

const isListName = (name: string | number | undefined): boolean =>
  name === 'configs' || name === 'items' || name === 'cluster_statuses'

/**
 * Every element of the lists of a file, one at a time: `section` is the path of its list or map, `key` its index or key in
 * it. Members that are no list of records come whole, with an empty section. Memory is bounded by the largest element.
 */
export const forEachElement = (
  bytes: Bytes,
  visit: (section: Path, key: string | number, value: unknown) => void,
): Promise<void> =>
  scanElements(bytes, {
    enters: entersElements,
    value: (path, value) => {
      const key = path.at(-1)
      if (key !== undefined) visit(path.slice(0, -1), key, value)
    },
  })
