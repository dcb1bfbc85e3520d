import { readFileSync } from 'node:fs'
import { Random } from '../support/random.ts'
import { mutateTemplate, randomList, randomTemplate, runTemplateCase } from './jsonpath-case.ts'

/*
 * node tools/run.mjs test/fuzz/jsonpath-templates.ts N SEED: N templates, well-formed and mutilated, filled in for lists.
 * `--cases` prints them, a line of JSON each: the template T and the document D. With FILE in its place, which has a line
 * for each that kubectl's own implementation answered, `{"out": …}` or `{"err": …}`, those that were answered are compared.
 */
const [count = '1000', first = '1', reference] = process.argv.slice(2)
const answers = reference === undefined || reference === '--cases' ? [] : readFileSync(reference, 'utf8').split('\n')
const outcomes = new Map<string, number>()

for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const random = new Random(seed)
  const list = randomList(random)
  const wellFormed = randomTemplate(random)
  const template = reference === undefined && random.chance(0.5) ? mutateTemplate(random, wellFormed) : wellFormed
  if (reference === '--cases') process.stdout.write(`${JSON.stringify({ T: template, D: list })}\n`)
  else {
    const outcome = await outcomeOf(seed, random, template, list)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
}
if (reference !== '--cases')
  process.stdout.write(`${count} templates: ${[...outcomes].map(([name, times]) => `${times} ${name}`).join(', ')}\n`)
process.exitCode = outcomes.has('failed') || outcomes.has('unlike') ? 1 : 0

async function outcomeOf(seed: number, random: Random, template: string, list: readonly unknown[]): Promise<string> {
  const text = await runTemplateCase(random, template, list).catch((error: unknown) => {
    process.stdout.write(`seed ${seed}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 'failed' as const
  })
  if (text === 'failed') return text
  const answer = answers[seed - Number(first)]
  if (answer === undefined || answer === '') return text === undefined ? 'refused' : 'filled in'
  const { out } = JSON.parse(answer) as { readonly out?: string }
  if (out === undefined) return 'refused by the reference'
  if (text === undefined)
    process.stdout.write(`seed ${seed}: ${template} is refused, and there ${JSON.stringify(out)}\n`)
  else if (out !== text && out !== `${text}\n`)
    process.stdout.write(
      `seed ${seed}: ${template} of ${JSON.stringify(list)}\n  ${JSON.stringify(text)}\n  ${JSON.stringify(out)}\n`,
    )
  else return 'alike'
  return 'unlike'
}
