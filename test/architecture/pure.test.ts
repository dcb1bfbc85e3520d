import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const impureRooms = ['commands', 'hooks', 'cli', 'collect', 'pipeline']

/** What makes two runs differ: clock, randomness, environment, terminal. A given time (`new Date(text)`) is none of these. */
const impure =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.|\bconsole\.|\bperformance\.|\bcrypto\.random|\bset(?:Timeout|Interval)\b/

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')

const impureLines = (text: string) =>
  withoutComments(text)
    .split('\n')
    .filter(line => impure.test(line))

test.each(['const now = new Date()', 'if (process.env.X) {', 'console.log(1)', 'return Math.random() // why'])(
  'would notice %s',
  line => expect(impureLines(line)).toEqual([line.replace(' // why', ' ')]),
)

test.each([
  'const then = new Date(text)',
  '// process.env is read in cli',
  '/** no console.log\n here */',
  'processed.x',
])('leaves %j alone', text => expect(impureLines(text)).toEqual([]))

const rooms = readdirSync('src', { withFileTypes: true })
  .filter(entry => entry.isDirectory() && !impureRooms.includes(entry.name))
  .map(entry => entry.name)

test.each(rooms)('src/%s has no clock, randomness, environment or console', room => {
  const files = (readdirSync(join('src', room), { recursive: true }) as string[]).filter(file => file.endsWith('.ts'))
  expect(files).not.toEqual([])
  for (const file of files) expect(impureLines(readFileSync(join('src', room, file), 'utf8')), file).toEqual([])
})
