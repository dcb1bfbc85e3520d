import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ExactNumber } from '#model/exact-number.ts'
import { listByTemplate, readTemplate } from '#render/list/jsonpath/fill.ts'
import { mutateTemplate, randomList, randomTemplate, runTemplateCase } from '../../fuzz/jsonpath-case.ts'
import { Random } from '../../support/random.ts'

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
  for await (const line of listByTemplate(readTemplate(template), inBatches)) lines.push(line)
  return lines
}

test.each([
  ['{[*].name}', ['a b c\\u202e']],
  ['{$[*].name}', ['a b c\\u202e']],
  ['{.[1].name}', ['b']],
  ['{range [*]}{.name}{"\\t"}{.ips[0]}{"\\n"}{end}', ['a\t10.0.0.1', 'b\t', 'c\\u202e\t10.0.0.3']],
  ['{[?(@.name=="b")].ports}', ['{}']],
  ['{range [?(@.ips[0]>"10.0.0.2")]}{range .ips[*]}<{@}>{end}{end}', ['<10.0.0.3>']],
  ['{[*].ips[0]}', ['10.0.0.1 10.0.0.3']],
  ['{[-1].name}{"\\n"}{[:-1].name}', ['c\\u202e', 'a b']],
  ["{[*]['name','ips']}", ['a b c\\u202e ["10.0.0.1","10.0.0.2"] [] ["10.0.0.3"]']],
  ["{[2,0]['name']}", ['c\\u202e a']],
  ['{[?(@.big==9007199254740993)].name}', ['c\\u202e']],
  ['{[?(@.big==9007199254740992)].name}', []],
  ['{[?(@.labels)].name}', ['a']],
  ['{..name}', ['a b c\\u202e']],
  ['{range .*}{.ports.*}{end}', ['8080']],
  ['{[*].ports.80}', ['8080']],
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
  ['{.items[*].name}', 'must begin with elements of the list'],
  ['{@}', 'must begin with elements of the list'],
  ['{..[0]}', 'must begin with elements of the list'],
  ['{[?(@.a==1 && @.b==2)]}', '"&& @.b==2" is not understood in a filter'],
  ['{[?(@.a=~1)]}', '= compares nothing'],
  ['{[::0]}', 'a step of 0'],
  ['{[*]....a}', '".." follows ".."'],
  ['{"\\q"}{[*]}', 'stands for nothing'],
  ['{range [*]}{.name}', 'has no {end}'],
  ['{[*].name}{end}', '{end} ends no {range}'],
  ['{[*].name', 'from "{[*].name" on'],
])('%s is refused', (template, why) => {
  expect(() => readTemplate(template)).toThrow(why)
})

interface Answered {
  readonly template: string
  readonly list: readonly unknown[]
  readonly text: string
}
const answered: readonly Answered[] = JSON.parse(readFileSync('fixtures/kubectl-jsonpath.json', 'utf8'))

test('templates give what the implementation of kubectl gave', async () => {
  for (const { template, list, text } of answered) {
    const found = await runTemplateCase(new Random(1), template, list)
    expect({ template, list, text: found }).toEqual({ template, list, text: text.replace(/\n$/, '') })
  }
})

test('a template, however mutilated, is filled in or refused', async () => {
  for (let seed = 1; seed <= 1500; seed++) {
    const random = new Random(seed)
    const list = randomList(random)
    const template = randomTemplate(random)
    await runTemplateCase(random, random.chance(0.3) ? template : mutateTemplate(random, template), list)
  }
})
