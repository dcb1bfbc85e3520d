import { readFileSync, writeFileSync } from 'node:fs'
import { type Figure, holds } from './bench.ts'
import { benches } from './benches.ts'

const figures = 'bench/README.md'
const keep = process.argv.includes('--keep')
const only = process.argv.slice(2).filter(argument => !argument.startsWith('--'))

for (const bench of benches.filter(({ name }) => only.length === 0 || only.includes(name))) {
  const measured = await bench.run()
  console.log(`## ${bench.name}\n\n${table(measured)}`)
  if (keep) replace(bench.name, table(measured))
  if (!measured.every(holds)) process.exitCode = 1
}

function table(measured: readonly Figure[]): string {
  const rows = measured.map(figure => [figure.what, `${number(figure.value)} ${figure.unit}`, boundText(figure)])
  return [['what', 'measured', 'bound'], ['---', '---', '---'], ...rows].map(row => `| ${row.join(' | ')} |\n`).join('')
}

function boundText(figure: Figure): string {
  const { bound } = figure
  if (bound === undefined) return ''
  const text = 'atMost' in bound ? `≤ ${number(bound.atMost)}` : `≥ ${number(bound.atLeast)}`
  return holds(figure) ? text : `**${text} missed**`
}

function number(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))
}

/** Puts a table under its heading in bench/README.md, in place of the one before. */
function replace(name: string, text: string): void {
  const before = readFileSync(figures, 'utf8')
  const section = new RegExp(`(^## ${name}\\n(?:(?!## |\\|).*\\n)*)(?:\\|.*\\n)*`, 'm')
  if (!section.test(before)) throw new Error(`${figures} has no heading "## ${name}" to put the figures under`)
  writeFileSync(
    figures,
    before.replace(section, (_, heading: string) => `${heading}${text}`),
  )
}
