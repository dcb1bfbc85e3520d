import type { Random } from '../support/random.ts'

/** Damages the text of a JSON file: what a broken transfer, an editor or an attacker may leave. `depth` is how deep values go. */
export const mutate = (random: Random, text: string, depth = 9): string => {
  let result = random.next() < 0.6 ? mutateValues(random, text, depth) : text
  if (random.next() < 0.6)
    for (let times = 1 + random.below(3); times > 0; times--) result = random.pick(textMutations)(random, result)
  return result
}

type Mutation = (random: Random, text: string) => string

const at = (random: Random, text: string): number => random.below(text.length + 1)

const insert = (random: Random, text: string, what: string): string => {
  const place = at(random, text)
  return text.slice(0, place) + what + text.slice(place)
}

const noise = [
  '\0',
  '\u001b[31m',
  '\r',
  '\u202e',
  '\uFEFF',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'NaN',
  '-',
  '1e999',
  '\ud800',
] as const

const textMutations: readonly [Mutation, ...Mutation[]] = [
  (random, text) => text.slice(0, at(random, text)),
  (random, text) => insert(random, text, random.pick(noise)),
  (random, text) => {
    const place = at(random, text)
    return text.slice(0, place) + String.fromCharCode(random.below(256)) + text.slice(place + 1)
  },
  (random, text) => {
    const place = at(random, text)
    return text.slice(0, place) + text.slice(place + random.below(200))
  },
  (random, text) => {
    const place = at(random, text)
    return insert(random, text, text.slice(place, place + random.below(400)))
  },
  (random, text) => insert(random, text, '['.repeat(random.below(3000))),
  (random, text) => replaceOne(random, text, /: \d+/g, () => `: ${random.pick(hugeNumbers)}`),
  // A member twice in one object.
  (random, text) => replaceOne(random, text, /("\w+"): ("[^"\\]*"|\d+)/g, found => `${found}, ${found}`),
  (random, text) =>
    replaceOne(random, text, /: "/g, found => found + random.pick(['\\u202e', '\u202e', '\\u001b[2J', '\\ud800'])),
  (random, text) => replaceOne(random, text, /: "/g, () => `: ${nestedText(random.below(20_000))}, "x": "`),
  // Brackets and members where those of the dump itself would be.
  (random, text) => replaceOne(random, text, /\n +(?=[\]}])/g, () => '\n  '),
  (random, text) => text.replaceAll(random.pick(['\n    ', '\n      ', '\n        ']), '\n  '),
  (random, text) =>
    replaceOne(random, text, /\n +\{\n/g, () => `\n    {"x": [\n  ],\n  "${random.pick(sections)}": [\n    {}],\n`),
  (random, text) =>
    text.replaceAll(
      random.pick(['"uid"', '"name"', '"protocol"', '"hostname"']),
      random.pick(['"x"', '"name"', '"__proto__"']),
    ),
]

const sections = ['workloads', 'services', 'policies', 'certificates', 'config'] as const

const hugeNumbers = [
  '9007199254740993',
  '18446744073709551615',
  '1e999',
  '-1e-999',
  '0.1000000000000000055',
  '1E3',
] as const

const nestedText = (depth: number): string => `${'[{"a":'.repeat(depth)}1${'}]'.repeat(depth)}`

/** One place of many that a pattern finds. */
const replaceOne = (random: Random, text: string, pattern: RegExp, replacement: (found: string) => string): string => {
  const found = [...text.matchAll(pattern)]
  const one = found[random.below(found.length)]
  if (one === undefined) return text
  return text.slice(0, one.index) + replacement(one[0]) + text.slice(one.index + one[0].length)
}

const wrongValues: readonly [() => unknown, ...(() => unknown)[]] = [
  () => null,
  () => 0,
  () => -1,
  () => 1.5,
  () => 1e308,
  () => 65_536,
  () => true,
  () => '',
  () => 'x'.repeat(5000),
  () => '\u0000\u001b]0;title\u0007',
  () => '10.0.0.999',
  () => '::ffff:1.2.3.4/129',
  () => [],
  () => [[[[]]]],
  () => [null, 1, 'a', {}, []],
  () => ({}),
  () => ({ constructor: 1, toString: 2, hasOwnProperty: 3 }),
  () => JSON.parse('{"__proto__": {"polluted": true}}'),
  () => nested(200),
]

const nested = (depth: number): unknown =>
  depth === 0 ? 'deep' : random2(depth) ? [nested(depth - 1)] : { a: nested(depth - 1) }
const random2 = (depth: number): boolean => depth % 2 === 0

/** Replaces, removes, renames or copies values somewhere in the document, as deep as `depth`: it stays JSON. */
export const mutateValues = (random: Random, text: string, depth: number): string => {
  const root: unknown = JSON.parse(text)
  for (let times = 1 + random.below(6); times > 0; times--) {
    const [holder, key] = somewhere(random, root, depth)
    if (holder === undefined || key === undefined) continue
    const choice = random.below(5)
    if (choice === 0) Reflect.deleteProperty(holder, key)
    else if (choice === 1) Reflect.set(holder, `${key}${random.below(3)}`, Reflect.get(holder, key))
    else if (choice === 2) Reflect.set(holder, key, Reflect.get(...somewhereIn(random, root, holder, key, depth)))
    else Reflect.set(holder, key, random.pick(wrongValues)())
  }
  return JSON.stringify(root, undefined, random.pick([undefined, 1, 2]))
}

/** A member or element anywhere, with what holds it. */
const somewhere = (random: Random, root: unknown, most: number): readonly [object | undefined, string | undefined] => {
  let holder: object | undefined
  let key: string | undefined
  let value = root
  for (let depth = random.below(most); depth >= 0; depth--) {
    if (typeof value !== 'object' || value === null) break
    const keys = Object.keys(value)
    const chosen = keys[random.below(keys.length)]
    if (chosen === undefined) break
    holder = value
    key = chosen
    value = Reflect.get(value, chosen)
  }
  return [holder, key]
}

/** Another place that is not above this one, so that the document stays finite. */
const somewhereIn = (random: Random, root: unknown, holder: object, key: string, depth: number): [object, string] => {
  const [other, otherKey] = somewhere(random, root, depth)
  if (other === undefined || otherKey === undefined) return [holder, key]
  const value: unknown = Reflect.get(other, otherKey)
  return typeof value === 'object' && value !== null ? [holder, key] : [other, otherKey]
}
