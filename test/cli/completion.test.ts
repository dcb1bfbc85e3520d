import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { lacks } from '../machine.ts'
import { ambientctl } from './ambientctl.ts'

const answer = (command: string, args: readonly string[]) => {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return { words: stdout.split(/\s+/).filter(word => word !== ''), stderr }
}

test.each(['bash', 'zsh', 'fish', 'powershell'])('the script for %s is printed', async shell => {
  const { code, out } = await ambientctl(['completion', shell])
  expect(code).toBe(0)
  expect(out).toContain('ambientctl')
})

describe.skipIf(lacks('bash', 'to try its completion'))('bash', () => {
  const complete = (...words: string[]) =>
    answer('bash', [
      '-c',
      `source completions/ambientctl.bash; COMP_WORDS=(ambientctl "$@"); COMP_CWORD=$#; _ambientctl_autocomplete; printf '%s ' "\${COMPREPLY[@]}"`,
      'complete',
      ...words,
    ])

  test('completes commands and their flags', () => {
    expect(complete('tr')).toEqual({ words: ['trace'], stderr: '' })
    expect(complete('completion', '--').words).toContain('--no-color')
  })
})

describe.skipIf(lacks('fish', 'to try its completion'))('fish', () => {
  const complete = (line: string) =>
    answer('fish', [
      '--no-config',
      '-c',
      `source completions/ambientctl.fish; complete -C '${line}' | string replace -r '\\t.*' ''`,
    ])

  test('completes commands, their flags and values', () => {
    expect(complete('ambientctl tr')).toEqual({ words: ['trace'], stderr: '' })
    expect(complete('ambientctl completion --').words).toContain('--no-color')
    expect(complete('ambientctl completion ').words).toEqual(expect.arrayContaining(['bash', 'powershell']))
    expect(complete('ambientctl completion ').words).not.toContain('trace')
  })
})

describe.skipIf(lacks('zsh', 'to read its completion'))('zsh', () => {
  test('can read its script', () => {
    expect(answer('zsh', ['-n', 'completions/_ambientctl'])).toEqual({ words: [], stderr: '' })
  })
})
