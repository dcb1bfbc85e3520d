import { spawnSync } from 'node:child_process'
import { type Bench, interleaved } from './bench.ts'

const rounds = 21
const node = (...args: string[]) => spawnSync(process.execPath, args, { stdio: 'ignore' })

/** What every use pays before it can begin. */
export const startup: Bench = {
  name: 'startup',
  async run() {
    const { empty, ...commands } = await interleaved(
      {
        empty: () => node('-e', '0'),
        '--version': () => node('bin/run.js', '--version'),
        '--help': () => node('bin/run.js', '--help'),
        'trace --help': () => node('bin/run.js', 'trace', '--help'),
      },
      rounds,
    )
    return Object.entries(commands).map(([command, time]) => ({
      what: `\`ambientctl ${command}\``,
      value: time / empty,
      unit: '× `node -e 0`',
      bound: { atMost: 2.2 },
    }))
  },
}
