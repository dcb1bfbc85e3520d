import { UserError } from '#errors.ts'
import { listByTemplate, readTemplate } from '#render/list/jsonpath/fill.ts'
import type { Random } from '../support/random.ts'

/** Undefined where the template is refused. Throws when the outcome depends on how the list is cut, or is unsafe. */
export const runTemplateCase = async (
  random: Random,
  template: string,
  list: readonly unknown[],
): Promise<string | undefined> => {
  const whole = await filled(template, list, list.length)
  const cut = await filled(template, list, 1 + random.below(3))
  if (whole !== cut) throw new Error(`${template} gives ${JSON.stringify(whole)}, in pieces ${JSON.stringify(cut)}`)
  const templatesOwn = /[\p{Cc}\p{Cs}\p{Bidi_Control}]|\\[xuU\d abfnrtv]/u.test(template)
  if (!templatesOwn && unsafe.test(whole ?? '')) throw new Error(`${template} lets control characters out`)
  return whole
}

const unsafe = /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u

const filled = async (text: string, list: readonly unknown[], size: number): Promise<string | undefined> => {
  const batches = async function* () {
    for (let start = 0; start < list.length; start += size) yield list.slice(start, start + size)
  }
  try {
    const lines: string[] = []
    for await (const line of listByTemplate(readTemplate(text), batches)) lines.push(line)
    return lines.join('\n')
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

const names = ['a', 'b', 'c', 'name', 'ips', 'x-y', 'app.io/n'] as const
const texts = ['', 'v1', 'b', '10.0.0.1', 'x y', 'ü', 'true', '1'] as const

/** Elements of a list; members are sorted, as the reference shows them. */
export const randomList = (random: Random): readonly unknown[] =>
  Array.from({ length: random.below(5) }, () => (random.chance(0.9) ? randomObject(random, 3) : randomValue(random, 2)))

const randomObject = (random: Random, depth: number): unknown =>
  Object.fromEntries(
    [...names].sort().flatMap(name => (random.chance(0.5) ? [[name, randomValue(random, depth - 1)]] : [])),
  )

const randomValue = (random: Random, depth: number): unknown => {
  const choice = random.below(depth > 0 ? 8 : 5)
  if (choice === 0) return null
  if (choice === 1) return random.chance(0.5)
  if (choice === 2) return random.pick([0, 1, 2, 80, -3, 1.5, 9_007_199_254_740_991])
  if (choice < 5) return random.pick(texts)
  if (choice < 7) return Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1))
  return randomObject(random, depth)
}

/** Of the list, with ranges inside ranges. */
export const randomTemplate = (random: Random): string => {
  let template = randomPart(random, randomOfList(random), 2)
  for (let parts = random.below(3); parts > 0; parts--)
    template += random.chance(0.3) ? randomText(random) : randomPart(random, randomOfList(random), 2)
  return template
}

const randomPart = (random: Random, path: string, depth: number): string => {
  if (depth === 0 || random.chance(0.5)) return `{${path}}`
  let body = ''
  for (let parts = 1 + random.below(3); parts > 0; parts--)
    body += random.chance(0.4) ? randomText(random) : randomPart(random, randomPath(random), depth - 1)
  return `{range ${path}}${body}{end}`
}

const randomText = (random: Random): string =>
  random.pick([
    ' - ',
    '{"\\t"}',
    '{"\\n"}',
    "{'one'}",
    '{"\\u00fc\\x41"}',
    '{1}',
    '{true}',
    '{1.50}',
    '|',
    '}',
    '{"a\\"b"}',
  ])

const randomOfList = (random: Random): string => {
  const first = random.pick([
    '[*]',
    '[*]',
    '[0]',
    '[1]',
    '[-1]',
    '[-1:]',
    '[0:2]',
    '[:1]',
    '[::2]',
    '[1:]',
    '[0,1]',
    '[1,0]',
    '.*',
    '..a',
    '..name',
    randomFilter(random),
  ])
  return `${random.pick(['', '', '@', '$', ' '])}${first}${random.chance(0.8) ? randomPath(random) : ''}`
}

const randomPath = (random: Random): string => {
  let path = ''
  for (let steps = 1 + random.below(3); steps > 0; steps--) path += randomStep(random)
  return random.pick(['', '', '@', '$', ' ']) + path + random.pick(['', '', ' '])
}

const randomStep = (random: Random): string => {
  const name = random.pick(['a', 'b', 'c', 'name', 'ips', 'x-y'])
  const choice = random.below(14)
  if (choice < 6) return `.${name}`
  if (choice === 6) return '.app\\.io/n'
  if (choice === 7) return `['${name}']`
  if (choice === 8) return random.pick(['[*]', '.*', '[0]', '[-1]', '[0:1]', '[:2]', '[::2]', '[1:0]'])
  if (choice === 9) return `['${name}','b']`
  if (choice === 10) return `..${name}`
  if (choice === 11) return '[0, 1]'
  return randomFilter(random)
}

const randomFilter = (random: Random): string => {
  const name = random.pick(['@.a', '@.b', '@.name', '@.ips[0]', "@['x-y']", '@', '@..a', '.c'])
  // The reference takes any value for a list when it is only asked whether it has an element.
  if (random.chance(0.3) && !name.endsWith(']')) return `[?(${name})]`
  const operator = random.pick(['==', '==', '!=', '<', '<=', '>', '>='])
  const blank = random.pick(['', ' '])
  return `[?(${name}${blank}${operator}${blank}${random.pick(['1', '80', '"v1"', "'b'", '"10.0.0.1"', 'true', '@.b', '1.5', '""', '-3', '"(x)"'])})]`
}

const noise = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  '?',
  '@',
  '$',
  '.',
  '..',
  '*',
  ',',
  ':',
  "'",
  '"',
  '\\',
  ' ',
  '\n',
  '-1',
  '99999999999999999999',
  'range ',
  'end',
  '=',
  '!',
  '&&',
  'ü',
  '\u202e',
] as const

/** What a slip of the hand makes of it. */
export const mutateTemplate = (random: Random, template: string): string => {
  let result = template
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(result.length + 1)
    result = result.slice(0, at) + (random.chance(0.6) ? random.pick(noise) : '') + result.slice(at + random.below(3))
  }
  return result
}
