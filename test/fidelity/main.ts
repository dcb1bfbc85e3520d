import { existsSync, statSync } from 'node:fs'
import { normalize } from 'node:path'
import type { Disagreement, Tally } from './suite.ts'
import { suites } from './suites.ts'
import { holdWidth } from './ztunnel/width.ts'

const shown = 10
const asJson = process.argv.includes('--json')
const given = process.argv.slice(2).filter(argument => !argument.startsWith('--'))
const only = process.argv.find(argument => argument.startsWith('--engine='))?.slice('--engine='.length)
const roots = given.length > 0 ? given.map(plainPath) : ['fixtures/recorded', '../shared/captures'].filter(existsSync)
if (only !== undefined && !suites.some(({ engine }) => engine === only))
  refuse(`no engine is called ${only}: ${suites.map(({ engine }) => engine).join(', ')}`)

// A reader that has seen enough, such as head, is no failure.
process.stdout.on('error', () => process.exit(0))

const say = (line: string) => (asJson ? process.stderr : process.stdout).write(`${line}\n`)

const tallies: Tally[] = []
for (const root of roots) {
  if (!existsSync(root) || !statSync(root).isDirectory()) refuse(`${root} is no folder`)
  for (const suite of suites.filter(suite => only === undefined || suite.engine === only)) {
    for (const folder of suite.find(root)) {
      const first: Disagreement[] = []
      const found = await suite.replay(folder, disagreement => {
        if (first.length < shown) first.push(disagreement)
      })
      for (const tally of [found].flat()) {
        tallies.push(tally)
        say(
          `${tally.engine.padEnd(20)} ${tally.agreed} agreed  ${tally.disagreed} disagreed  ${tally.undetermined} undetermined  of ${tally.total}  ${folder}`,
        )
        for (const note of tally.notes ?? []) say(`    ${note}`)
      }
      for (const { where, recorded, predicted } of first)
        say(`  ✗ ${where}\n      recorded:  ${recorded}\n      predicted: ${predicted}`)
    }
  }
}

const engines = tallies.map(({ engine, folder, agreed, disagreed, undetermined, total }) => ({
  engine,
  folder,
  agreed,
  disagreed,
  undetermined,
  total,
}))
if (asJson) process.stdout.write(`${JSON.stringify({ engines })}\n`)
const sum = (key: 'agreed' | 'disagreed' | 'undetermined' | 'total') =>
  engines.reduce((all, tally) => all + tally[key], 0)
say(
  `total: ${sum('agreed')} agreed, ${sum('disagreed')} disagreed, ${sum('undetermined')} undetermined of ${sum('total')}`,
)
if (engines.length === 0) say(`nothing recorded under ${roots.join(', ') || 'fixtures/recorded'}`)
const width = holdWidth(tallies.flatMap(({ outboundWidth }) => outboundWidth ?? []))
for (const line of width.lines) say(line)
process.exitCode = sum('disagreed') > 0 || engines.length === 0 || !width.holds ? 1 : 0

/** The folder as a path that others can be joined to, however it was typed. */
function plainPath(folder: string): string {
  return normalize(folder).replace(/(?<=.)[/\\]+$/, '')
}

function refuse(why: string): never {
  process.stderr.write(`error: ${why}\n`)
  process.exit(1)
}
