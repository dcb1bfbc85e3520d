import type { Provenance } from '#dump/provenance.ts'
import { asSent } from '#dump/waypoint/as-sent.ts'
import { proxyName } from '#dump/waypoint/resource.ts'
import { printableJson } from '#render/printable.ts'
import type { WaypointView } from './view.ts'

/**
 * The lossless value: of one proxy its config dump, cut down to the table; of several, and in an overview, each beside
 * where it is from. All can be given back to `--snapshot`.
 */
export const sentValue = ({ proxies, provenance, table: asked, wish }: WaypointView): unknown => {
  const isOverview = asked === 'overview'
  const sent = proxies.map((dump, index) => ({
    about: { proxy: proxyName(dump), envoy: dump.server.text, ...told(provenance[index]) },
    dump: asSent(dump, isOverview ? 'all' : asked, wish),
  }))
  const [only, ...others] = sent
  if (only !== undefined && others.length === 0) return isOverview ? { ...only.about, ...only.dump } : only.dump
  return { schemaVersion: 1, proxies: sent.map(({ about, dump }) => ({ ...about, ...dump })) }
}

const told = (provenance: Provenance | undefined) => ({
  file: provenance?.file,
  ...(provenance?.pod !== undefined && { pod: provenance.pod }),
  ...(provenance?.capturedAt !== undefined && { capturedAt: provenance.capturedAt.toISOString() }),
})

/** Depth to which containers are opened line by line: below it a value is written whole. */
const openDepth = 5

/** Indented JSON, by lines, so that a long dump is never one string. Envoy and istioctl indent by one. */
export function* jsonLines(value: unknown): Iterable<string> {
  yield* linesOf(value, '', '', 0)
}

function* linesOf(value: unknown, lead: string, indent: string, depth: number): Iterable<string> {
  const open = typeof value === 'object' && value !== null && depth < openDepth ? entriesOf(value) : []
  if (open.length === 0) {
    const text = printableJson(JSON.stringify(value, null, 1)).replaceAll('\n', `\n${indent}`)
    yield `${lead}${text}`
    return
  }
  const isList = Array.isArray(value)
  yield `${lead}${isList ? '[' : '{'}`
  const inner = `${indent} `
  for (const [index, [key, member]] of open.entries()) {
    const name = isList ? '' : `${printableJson(JSON.stringify(key))}: `
    yield* withComma(linesOf(member, `${inner}${name}`, inner, depth + 1), index < open.length - 1)
  }
  yield `${indent}${isList ? ']' : '}'}`
}

const entriesOf = (value: object): readonly (readonly [string, unknown])[] =>
  Object.entries(value).filter(([, member]) => member !== undefined)

/** A comma after the last line of an element. */
function* withComma(lines: Iterable<string>, comma: boolean): Iterable<string> {
  let previous: string | undefined
  for (const line of lines) {
    if (previous !== undefined) yield previous
    previous = line
  }
  if (previous !== undefined) yield comma ? `${previous},` : previous
}
