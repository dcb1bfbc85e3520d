import { expect, test } from 'vitest'
import { ExactNumber } from '#model/exact-number.ts'
import { listByTemplate, readTemplate } from '#render/list/jsonpath.ts'

const elements = [
  { name: 'a', ports: { 80: 8080 }, labels: { 'app.io/name': 'x' }, ips: ['10.0.0.1', '10.0.0.2'] },
  { name: 'b', ports: {}, ips: [] },
  { name: 'c\u202e', ips: ['10.0.0.3'], big: new ExactNumber('9007199254740993') },
]

async function* inBatches(): AsyncIterable<Iterable<unknown>> {
  yield elements.slice(0, 2)
  yield elements.slice(2)
}

const filled = async (template: string) => {
  const lines: string[] = []
  for await (const line of listByTemplate(readTemplate(template), inBatches())) lines.push(line)
  return lines
}

test.each([
  ['{[*].name}', ['a b c\\u202e']],
  ['{$[*].name}', ['a b c\\u202e']],
  ['{.[1].name}', ['b']],
  ['{range [*]}{.name}{"\\t"}{.ips[0]}{"\\n"}{end}', ['a\t10.0.0.1', 'b\t', 'c\\u202e\t10.0.0.3']],
  ['{[?(@.name=="b")].ports}', ['{}']],
  ['{range [?(@.ips.length>1)]}{range .ips[*]}<{@}>{end}{end}', ['<10.0.0.1><10.0.0.2>']],
  ['{[*].labels.app\\.io/name}', ['x']],
  ['{[*].big}', ['9007199254740993']],
  ['first {[0].name}, all {[*].name}, {"end"}', ['first a, all a b c\\u202e, end']],
  ['{[*].missing}', []],
])('%s', async (template, lines) => {
  expect(await filled(template)).toEqual(lines)
})

test.each([
  ['', 'it has no path in braces'],
  ['name', 'it has no path in braces'],
  ['{.items[*].name}', 'is no path of a list'],
  ['{[-1:].name}', 'is no path of a list'],
  ['{range [*]}{.name}', 'has no {end}'],
  ['{[*].name}{end}', '{end} ends no {range}'],
  ['{[*].name', 'from "{[*].name" on'],
])('%s is refused', (template, why) => {
  expect(() => readTemplate(template)).toThrow(why)
})

test('a filter that cannot be read is an error', async () => {
  await expect(filled('{[?(@.name===)]}')).rejects.toThrow('the template of -o jsonpath cannot be used')
})
