import type { Json } from '#model/netfilter.ts'
import type { Cursor } from './cursor.ts'

const metaKeys = new Set([
  'mark',
  'iif',
  'iifname',
  'iiftype',
  'iifgroup',
  'oif',
  'oifname',
  'oiftype',
  'oifgroup',
  'skuid',
  'skgid',
  'nftrace',
  'rtclassid',
  'pkttype',
  'cpu',
  'cgroup',
  'l4proto',
  'nfproto',
  'protocol',
  'length',
  'priority',
  'random',
  'time',
  'day',
  'hour',
  'secmark',
  'ibrname',
  'obrname',
  'ibriport',
  'obriport',
])

/** Keys of `meta` that may stand alone. */
const bareMeta = new Set(
  [...metaKeys].filter(
    key =>
      !['l4proto', 'nfproto', 'protocol', 'length', 'priority', 'random', 'time', 'day', 'hour', 'secmark'].includes(
        key,
      ),
  ),
)

const headers = new Set([
  'ip',
  'ip6',
  'tcp',
  'udp',
  'udplite',
  'sctp',
  'dccp',
  'th',
  'icmp',
  'icmpv6',
  'igmp',
  'ether',
  'arp',
  'vlan',
  'ah',
  'esp',
  'comp',
])

const headerFields = new Set(
  `saddr daddr sport dport protocol nexthdr dscp ecn ttl hoplimit length id frag-off version hdrlength checksum flowlabel
   flags sequence ackseq doff window urgptr csumcov type code mtu gateway vtag spi reqid cpi cfi pcp htype ptype hlen plen
   operation group`.split(/\s+/),
)

/** What stands left of a comparison: one field, fields with bit operations, or several joined by dots. */
export const readExpression = (cursor: Cursor): Json | undefined => readJoined(cursor, readTerm)

type TermReader = (cursor: Cursor) => Json | undefined

const readJoined = (cursor: Cursor, term: TermReader): Json | undefined => {
  const parts: Json[] = []
  do {
    const part = readOperations(cursor, term)
    if (part === undefined) return undefined
    parts.push(part)
  } while (cursor.take('.') !== undefined)
  const [only] = parts
  return parts.length === 1 ? only : { concat: parts }
}

/** nft binds `&` and shifts tighter than `^`, and `^` tighter than `|`. */
const operators: readonly (readonly [string, string][])[] = [
  [
    ['|', '|'],
    ['or', '|'],
  ],
  [
    ['^', '^'],
    ['xor', '^'],
  ],
  [
    ['&', '&'],
    ['and', '&'],
  ],
  [
    ['<<', '<<'],
    ['>>', '>>'],
  ],
]

const readOperations = (cursor: Cursor, term: TermReader, level = 0): Json | undefined => {
  const known = operators[level]
  if (known === undefined) return cursor.take('(') === undefined ? term(cursor) : closed(cursor, term)
  let left = readOperations(cursor, term, level + 1)
  for (;;) {
    const operator = known.find(([word]) => cursor.peek() === word)?.[1]
    if (left === undefined || operator === undefined) return left
    cursor.next()
    const right = readOperations(cursor, term, level + 1)
    left = right === undefined ? undefined : { [operator]: [left, right] }
  }
}

const closed = (cursor: Cursor, term: TermReader): Json | undefined => {
  const inner = readOperations(cursor, term)
  return cursor.take(')') === undefined ? undefined : inner
}

const readTerm: TermReader = cursor => readField(cursor) ?? readConstant(cursor)

type FieldReader = (cursor: Cursor) => Json | undefined

const readField: FieldReader = cursor => {
  const word = cursor.peek()
  if (word === undefined) return undefined
  const place = cursor.mark()
  const reader = fieldReaders[word] ?? (bareMeta.has(word) ? bareMetaReader : headers.has(word) ? payload : undefined)
  const read = reader?.(cursor)
  if (read === undefined) cursor.reset(place)
  return read
}

const bareMetaReader: FieldReader = cursor => ({ meta: { key: cursor.word() ?? '' } })

const meta: FieldReader = cursor => {
  cursor.next()
  const key = cursor.word()
  return key !== undefined && metaKeys.has(key) ? { meta: { key } } : undefined
}

const ct: FieldReader = cursor => {
  cursor.next()
  const dir = cursor.take('original', 'reply')
  const family = dir === undefined ? undefined : cursor.take('ip', 'ip6')
  const key = cursor.word()
  if (key === undefined) return undefined
  return { ct: { key: family === undefined ? key : `${family} ${key}`, ...(dir === undefined ? {} : { dir }) } }
}

const payload: FieldReader = cursor => {
  const protocol = cursor.word() ?? ''
  const field = cursor.word()
  if (field === undefined || !headerFields.has(field)) return undefined
  return { payload: { protocol, field } }
}

const fib: FieldReader = cursor => {
  cursor.next()
  const flags: string[] = []
  do flags.push(cursor.word() ?? '')
  while (cursor.take('.') !== undefined)
  const result = cursor.take('oif', 'oifname', 'type')
  return result === undefined ? undefined : { fib: { result, flags } }
}

const socket: FieldReader = cursor => {
  cursor.next()
  const key = cursor.take('transparent', 'mark', 'wildcard')
  return key === undefined ? undefined : { socket: { key } }
}

const numgen: FieldReader = cursor => {
  cursor.next()
  const mode = cursor.take('random', 'inc')
  if (mode === undefined || cursor.take('mod') === undefined) return undefined
  const mod = Number(cursor.word())
  const offset = cursor.take('offset') === undefined ? 0 : Number(cursor.word())
  return Number.isInteger(mod) && Number.isInteger(offset) ? { numgen: { mode, mod, offset } } : undefined
}

const fieldReaders: Readonly<Record<string, FieldReader>> = { meta, ct, fib, socket, numgen }

const address = /^(?:[\da-fA-F]*:[\da-fA-F:.]*|\d+\.\d+\.\d+\.\d+)$/

/** A number, address, prefix, range, name or named set. */
export const readConstant = (cursor: Cursor): Json | undefined => {
  const token = cursor.token()
  if (token === undefined) return undefined
  if (token.quoted) {
    cursor.next()
    return token.text
  }
  if (/^[{}();,\n]$/.test(token.text) || token.text === ':') return undefined
  cursor.next()
  return constantOf(token.text)
}

const constantOf = (text: string): Json => {
  const single = scalar(text)
  if (single !== undefined) return single
  const prefix = /^([^/]+)\/(\d+)$/.exec(text)
  if (prefix !== null && address.test(prefix[1] ?? ''))
    return { prefix: { addr: prefix[1] ?? '', len: Number(prefix[2]) } }
  const range = /^([^-]+)-([^-]+)$/.exec(text)
  const from = range === null ? undefined : scalar(range[1] ?? '')
  const to = range === null ? undefined : scalar(range[2] ?? '')
  return from !== undefined && to !== undefined ? { range: [from, to] } : text
}

const scalar = (text: string): Json | undefined => {
  if (/^(0x[\da-f]+|\d+)$/i.test(text)) return Number(text)
  return address.test(text) ? text : undefined
}

/** Right of a comparison: a constant, names joined by commas, `{ … }` or `@set`. */
export const readRight = (cursor: Cursor): Json | undefined => {
  if (cursor.peek() === '{') return readSet(cursor)
  const first = readConcatenation(cursor)
  if (first === undefined) return undefined
  const listed = [first]
  while (cursor.take(',') !== undefined) {
    const another = readConcatenation(cursor)
    if (another === undefined) return undefined
    listed.push(another)
  }
  return listed.length === 1 ? first : listed
}

/** Right of a comparison stand constants only: in `meta l4proto tcp ip saddr …` the rule goes on after `tcp`. */
const readConcatenation = (cursor: Cursor): Json | undefined => readJoined(cursor, readConstant)

export const readSet = (cursor: Cursor): Json | undefined => {
  const elements = readElements(cursor, readElement)
  return elements === undefined ? undefined : { set: elements }
}

/** `{ a, b, c }` over any number of lines. */
export const readElements = (
  cursor: Cursor,
  read: (cursor: Cursor) => Json | undefined,
): readonly Json[] | undefined => {
  const elements: Json[] = []
  if (cursor.take('{') === undefined) return undefined
  for (;;) {
    while (cursor.take(',', '\n') !== undefined);
    if (cursor.take('}') !== undefined) return elements
    const element = read(cursor)
    if (element === undefined) return undefined
    elements.push(element)
    while (cursor.take('\n') !== undefined);
    if (cursor.peek() !== ',' && cursor.peek() !== '}') return undefined
  }
}

/** A key with what was noted beside it: `10.0.0.1 timeout 5m comment "x"`. */
export const readElement = (cursor: Cursor): Json | undefined => {
  const val = readConcatenation(cursor)
  if (val === undefined) return undefined
  const noted: Record<string, Json> = {}
  for (;;) {
    const name = cursor.take('timeout', 'expires', 'comment', 'counter')
    if (name === undefined) break
    if (name === 'counter') {
      cursor.take('packets')
      const packets = Number(cursor.word())
      cursor.take('bytes')
      noted.counter = { packets, bytes: Number(cursor.word()) }
    } else noted[name] = cursor.word() ?? ''
  }
  return Object.keys(noted).length === 0 ? val : { elem: { val, ...noted } }
}
