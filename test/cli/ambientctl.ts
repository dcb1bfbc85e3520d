import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readCommands } from '../../tools/docs/manifest.ts'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Place {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** The executable; the bundle of this checkout unless said otherwise. */
  readonly bin?: string
  readonly input?: string
}

/** The `node` that runs the command line: AMBIENTCTL_TEST_NODE tries another version than the tests run on. */
export const node = process.env.AMBIENTCTL_TEST_NODE ?? process.execPath

/** No colours, no settings of the user, a time that stands still. */
const surroundings = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  AMBIENTCTL_NOW: '2026-11-25T12:00:00Z',
}

/** Runs the command line as a user would, in an environment without colours, and waits for its end. */
export const ambientctl = (args: readonly string[], place: Place = {}): Promise<Ended> =>
  new Promise((ended, failed) => {
    const child = start(args, place)
    let out = ''
    let err = ''
    child.stdout.on('data', piece => (out += piece))
    child.stderr.on('data', piece => (err += piece))
    child.on('error', failed)
    child.on('close', code => ended({ code, out, err }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(place.input ?? '')
  })

/** Starts the command line and leaves the rest to the caller. */
export const start = (args: readonly string[], { cwd = '.', env = {}, bin = 'bin/run.js' }: Place = {}) =>
  spawn(node, [resolve(bin), ...args], { cwd, env: { ...surroundings, ...env } })

/** Runs a line of a shell in which `ambientctl` is the command line under test. */
export const shell = (line: string, { cwd = '.', bin = 'bin/run.js' }: Place = {}): Ended => {
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-shell-'))
  writeFileSync(join(folder, 'ambientctl'), `#!/bin/sh\nexec '${node}' '${resolve(bin)}' "$@"\n`, { mode: 0o755 })
  const env = { ...surroundings, PATH: `${folder}:${surroundings.PATH}` }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 })
  rmSync(folder, { recursive: true })
  return { code: status, out: stdout, err: stderr }
}

/** Every command as its words: `dump ztunnel`. */
export const everyCommand = (): readonly string[] => readCommands().map(({ name }) => name)

/** Every example of every command's help, as a shell line. */
export const everyExample = (): readonly { readonly command: string; readonly example: string }[] =>
  allExamples().filter(({ command, example }) => !asksCluster(command, example))

/** Examples that need a cluster: `test/kube` runs them on its own. */
export const clusterExamples = (): readonly { readonly command: string; readonly example: string }[] =>
  allExamples().filter(({ command, example }) => asksCluster(command, example))

const asksCluster = (command: string, example: string): boolean =>
  !/ (--snapshot|-f|--file) /.test(example) && /^(snapshot|check access)$/.test(command)

const allExamples = () =>
  readCommands().flatMap(({ name, examples }) => examples.map(({ command }) => ({ command: name, example: command })))
