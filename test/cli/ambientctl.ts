import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

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
  spawn(node, [resolve(bin), ...args], { cwd, env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', ...env } })

interface Manifest {
  readonly commands: Readonly<
    Record<string, { readonly id: string; readonly hidden?: boolean; readonly examples?: readonly Example[] }>
  >
}

type Example = string | { readonly description: string; readonly command: string }

export interface CommandExample {
  readonly command: string
  readonly example: string
}

const commands = () => Object.values((JSON.parse(readFileSync('oclif.manifest.json', 'utf8')) as Manifest).commands)

/** Every command as its words: `dump ztunnel`. */
export const everyCommand = (): readonly string[] =>
  commands()
    .filter(command => command.hidden !== true)
    .map(command => command.id.replaceAll(':', ' '))

/** Every example of every command's help, as a shell line. */
export const everyExample = (): readonly CommandExample[] =>
  commands().flatMap(({ id, examples = [] }) =>
    examples.map(example => ({
      command: id.replaceAll(':', ' '),
      example: (typeof example === 'string' ? example : example.command)
        .replaceAll('<%= config.bin %>', 'ambientctl')
        .replaceAll('<%= command.id %>', id.replaceAll(':', ' ')),
    })),
  )
