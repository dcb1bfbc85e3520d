import { spawnSync } from 'node:child_process'

const shown = /^```console\n\$ ambientctl ([^\n]*)\n[\s\S]*?^```$/gm

/** The text with the real output of every `$ ambientctl …` that starts a console block. */
export const withOutputs = (text: string): string =>
  text.replace(shown, (_, line: string) => `\`\`\`console\n$ ambientctl ${line}\n${outputOf(line)}\`\`\``)

const outputOf = (line: string): string => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['bin/run.js', ...words(line)], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  })
  if (status === 1 || stdout === '') throw new Error(`ambientctl ${line}: exit ${status}\n${stderr}`)
  return stdout
}

/** A shell's words, as far as quotes go. */
export const words = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '')
