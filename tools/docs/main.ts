import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import packageJson from '../../package.json'
import { codesPage, codesSections } from './codes.ts'
import { fishCompletion, pluginCompletions } from './completions.ts'
import { commandPage, overviewPage, pageOf, type Release } from './man.ts'
import { readCommands } from './manifest.ts'
import { withOutputs } from './readme.ts'
import { reference, surface } from './reference.ts'
import { schemaComplaints } from './schemas.ts'

const check = process.argv.includes('--check')
const commands = readCommands()
const { version, description } = packageJson

const manual = new Map([
  ['man/ambientctl.1', overviewPage(commands, description, release())],
  ...commands.map(
    command =>
      [
        `man/${pageOf(command)}.1`,
        commandPage(command, commands, release(), command.name === 'explain' ? codesSections() : []),
      ] as const,
  ),
])

const made = new Map<string, string>([
  ...manual,
  // npm links the pages of a global installation only when it is given each of them.
  [
    'package.json',
    `${JSON.stringify({ ...packageJson, man: [...manual.keys()].map(file => `./${file}`) }, undefined, 2)}\n`,
  ],
  ...(await pluginCompletions()),
  ['completions/ambientctl.fish', fishCompletion(commands)],
  ['docs/commands.md', reference(commands)],
  ['docs/codes.md', codesPage()],
  ['test/cli/command-snapshot.json', surface(commands)],
  ['README.md', withOutputs(readFileSync('README.md', 'utf8'))],
])

const foldersOfOurs = ['man', 'completions']
const left = foldersOfOurs
  .flatMap(folder => (existsSync(folder) ? readdirSync(folder).map(file => `${folder}/${file}`) : []))
  .filter(file => !made.has(file))
const stale = [...made].filter(([file, text]) => !existsSync(file) || readFileSync(file, 'utf8') !== text)

if (check) {
  for (const file of [...left, ...stale.map(([file]) => file)]) console.error(`stale: ${file}`)
  if (left.length + stale.length > 0) {
    console.error('The documents do not say what the commands do. Run: npm run docs')
    process.exitCode = 1
  } else console.log(`${made.size} documents are fresh`)
  const complaints = schemaComplaints(commands)
  for (const complaint of complaints) console.error(complaint)
  if (complaints.length > 0) process.exitCode = 1
} else {
  for (const file of left) rmSync(file)
  for (const [file, text] of stale) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${file}`)
  }
}

/** Manual pages carry the day of their release, so that they only change with it: the newest heading of CHANGELOG.md. */
function release(): Release {
  const day = readFileSync('CHANGELOG.md', 'utf8').match(/^## .*?(\d{4}-\d{2}-\d{2})/m)?.[1]
  if (day === undefined) throw new Error('CHANGELOG.md has no heading such as "## 0.1.0 (2026-11-25)"')
  const date = new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(day))
  return { version, date }
}
