import { UserError } from '#errors.ts'
import type { DecodeIssue } from '#model/issue.ts'
import type { ZtunnelDump } from '#model/ztunnel.ts'
import { type InputFile, nameOf } from './input.ts'
import type { BrokenJson } from './json/parse.ts'
import { BrokenScan } from './json/scan.ts'
import { decodeLarge } from './large.ts'
import { type InputKind, recognise, recogniseValue, type Use } from './recognise.ts'
import { bytePlace, notUtf8, Utf8Watch } from './utf8.ts'

/** One file, or one document of a YAML file, that is known. */
export interface RecognisedPart {
  readonly file: InputFile
  readonly kind: InputKind
  readonly use: Use
  /** Where the value lies in the file: `''`, or `/2` for the third document. */
  readonly pointer: string
  /** The parsed value of JSON and YAML. */
  readonly value: unknown
  readonly text: string
  /** A ztunnel that was decoded while it was scanned, because its file is too large to parse. */
  readonly ztunnel?: ZtunnelDump
}

interface Refusal {
  /** Follows the file's name: `is cut off …`. */
  readonly what: string
  readonly expected: string
  readonly severity: DecodeIssue['severity']
  readonly next: readonly string[]
}

/** What a file holds. What cannot be read throws when the user named the file, else it is an issue. */
export const readParts = async (file: InputFile, issues: DecodeIssue[]): Promise<readonly RecognisedPart[]> => {
  const refuse = (refusal: Refusal): readonly RecognisedPart[] => {
    if (file.alone) throw new UserError('input', `${file.path} ${refusal.what}`, { next: refusal.next })
    issues.push({
      severity: refusal.severity,
      file: file.path,
      at: '',
      expected: refusal.expected,
      found: refusal.what,
    })
    return []
  }
  const content = await file.read()
  if (content.kind === 'unreadable') {
    const { why, next, told } = content
    return refuse({ what: why, expected: 'a readable file', severity: told ? 'note' : 'error', next })
  }
  if (content.kind === 'large') {
    const watch = new Utf8Watch()
    const parts = await readLarge(file, watch.over(content.bytes()), refuse)
    if (watch.brokenAt !== undefined) issues.push(notUtf8(file.path, bytePlace(watch.brokenAt)))
    return parts
  }
  const { text, undecoded } = content
  if (undecoded !== undefined) issues.push(notUtf8(file.path, undecoded))
  const recognised = recognise(text, nameOf(file))
  switch (recognised.form) {
    case 'json':
      if (recognised.kind === 'agentgateway-dump') return refuse(otherWaypoint)
      if (recognised.kind === 'kubernetes-array' && !file.alone) return refuse(unknown('a bare list of objects'))
      return [{ ...recognised, file, pointer: '', text }]
    case 'text':
      return [{ ...recognised, file, pointer: '', text, value: undefined }]
    case 'yaml':
      return readYaml(file, text, refuse)
    case 'broken':
      return refuse(brokenJson(recognised.json, text))
    case 'unknown':
      return refuse(text.startsWith(notConverted) ? failedDump : unknown(recognised.looksLike))
  }
}

/** Its rules are not Envoy's: an answer made from Envoy's rules would be wrong. */
const otherWaypoint: Refusal = {
  what: 'is the dump of an agentgateway, a waypoint that is no Envoy: ambientctl does not know its rules',
  expected: 'an Envoy config dump',
  severity: 'error',
  next: ['requests through this waypoint stay undetermined'],
}

/** What Envoy answers in place of a dump that holds a type it cannot print (specs/waypoint.md §4.3). */
const notConverted = 'Failed to convert protobuf message to JSON string'
const failedDump: Refusal = {
  what: 'is not a dump: Envoy could not print its configuration, because a type in it is unknown to it',
  expected: 'an Envoy config dump',
  severity: 'error',
  next: ["ask for one section at a time: 'config_dump?resource=dynamic_listeners'"],
}

const readLarge = async (
  file: InputFile,
  bytes: AsyncIterable<Uint8Array>,
  refuse: (refusal: Refusal) => readonly RecognisedPart[],
): Promise<readonly RecognisedPart[]> => {
  const found = await decodeLarge(bytes, file.path).catch(largeFailure)
  if (found.kind === 'failure') return refuse(found.refusal)
  if (found.kind === 'ztunnel')
    return [
      { file, kind: 'ztunnel-dump', use: 'ztunnel', pointer: '', value: undefined, text: '', ztunnel: found.dump },
    ]
  const known = recogniseValue(found.value)
  if (known === undefined) return refuse(unknown('JSON of an unknown shape'))
  if (known.kind === 'agentgateway-dump') return refuse(otherWaypoint)
  return [{ ...known, file, pointer: '', value: found.value, text: '' }]
}

const largeFailure = (cause: unknown): { readonly kind: 'failure'; readonly refusal: Refusal } => {
  if (!(cause instanceof BrokenScan)) throw cause
  const { truncated, offset, message } = cause
  const what = truncated
    ? `is cut off: its ${message}, after ${offset.toLocaleString('en')} bytes`
    : `is not valid JSON: byte ${offset.toLocaleString('en')}: ${message}`
  return {
    kind: 'failure',
    refusal: { what, expected: 'complete JSON', severity: 'error', next: truncated ? fetchAgain : [] },
  }
}

const fetchAgain = ['fetch it again: kubectl exec … curl cuts long answers off without an error']

const unknown = (looksLike: string): Refusal => ({
  what: `is no input that is known: it is ${looksLike}`,
  expected: 'a known input',
  severity: 'note',
  next: ['known inputs: config dumps of ztunnel and Envoy, Kubernetes objects, iptables-save, nft and ip output'],
})

const brokenJson = ({ truncated, line, column, message }: BrokenJson, text: string): Refusal => ({
  what: truncated
    ? `is cut off: its JSON ends in the middle, after ${text.length.toLocaleString('en')} characters`
    : `is not valid JSON: line ${line}, column ${column}: ${message}`,
  expected: 'complete JSON',
  severity: 'error',
  next: truncated ? fetchAgain : [],
})

/** The YAML parser is large and rarely needed. */
const readYaml = async (
  file: InputFile,
  text: string,
  refuse: (refusal: Refusal) => readonly RecognisedPart[],
): Promise<readonly RecognisedPart[]> => {
  const { parseYaml } = await import('./yaml.ts')
  const parsed = parseYaml(text)
  if (!parsed.ok)
    return refuse({ what: `is not valid YAML: ${parsed.message}`, expected: 'YAML', severity: 'error', next: [] })
  return parsed.documents.flatMap(({ value, pointer }) => {
    const known = recogniseValue(value)
    return known === undefined ? [] : [{ ...known, file, pointer, value, text }]
  })
}
