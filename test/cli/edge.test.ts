import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ambientctl, everyCommand, shell, start } from './ambientctl.ts'

test('--version names the version, the platform and Node', async () => {
  expect(await ambientctl(['--version'])).toEqual({
    code: 0,
    out: expect.stringMatching(/^ambientctl\/\d+\.\d+\.\d+ \w+-\w+ node-v\d+\.\d+\.\d+\n$/),
    err: '',
  })
})

test.each([
  ['a mistyped command', ['trcae'], 'there is no command trcae', 'did you mean ambientctl trace?'],
  ['a command like no other', ['xyzzy'], 'there is no command xyzzy', 'ambientctl --help'],
  ['a mistyped flag', ['trace', 'a', 'b', '--snapshto=x'], 'Nonexistent flag: --snapshto', 'did you mean --snapshot?'],
  [
    'a missing argument',
    ['trace', 'a', '--snapshot=x'],
    'Missing 1 required arg: to (Where it is sent)\n',
    'ambientctl trace --help',
  ],
  [
    'a mistyped table',
    ['dump', 'ztunnel', 'wrkloads', '--snapshot=fixtures/demo'],
    'no ztunnel of pod wrkloads',
    'did you mean ambientctl dump ztunnel workloads?',
  ],
  [
    'no state at all',
    ['trace', 'a', 'b'],
    'no cluster to ask: there is no kubeconfig',
    '--kubeconfig FILE, or KUBECONFIG',
  ],
])('%s is a usage error that says what to do', async (_, args, message, next) => {
  const { code, out, err } = await ambientctl(args)
  expect({ code, out }).toEqual({ code: 64, out: '' })
  expect(err).toContain(`error: ${message}`)
  expect(err).toContain(`try: ${next}`)
  expect(err).not.toMatch(/\n\s+at /)
})

test('--debug adds the stack', async () => {
  expect((await ambientctl(['trcae', '--debug'])).err).toMatch(/\n\s+at /)
})

test('a pipe gets no colours, FORCE_COLOR brings them, --no-color takes them away', async () => {
  const sequence = '\u001b['
  expect((await ambientctl(['trcae'])).err).not.toContain(sequence)
  expect((await ambientctl(['trcae'], { env: { FORCE_COLOR: '1' } })).err).toContain(sequence)
  expect((await ambientctl(['trcae', '--no-color'], { env: { FORCE_COLOR: '1' } })).err).not.toContain(sequence)
})

test('Ctrl-C ends a run that waits, without a word', async () => {
  const child = start(['trace', 'a/b', 'http://c/', '--snapshot', '-'])
  let err = ''
  child.stderr.on('data', piece => (err += piece))
  const ended = new Promise(resolve => child.on('close', (code, signal) => resolve({ code, signal, err })))
  await setTimeout(1_500)
  child.kill('SIGINT')
  expect(await ended).toEqual({ code: 130, signal: null, err: '' })
})

test('a reader that leaves is no failure', async () => {
  const child = start(['--help'])
  child.stdout.destroy()
  let err = ''
  child.stderr.on('data', piece => (err += piece))
  const code = await new Promise(resolve => child.on('close', resolve))
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('a reader that leaves in the middle is none either', () => {
  expect(shell('{ ambientctl completion zsh; echo "exit $?" >&2; } | { read -r first; }').err).toBe('exit 0\n')
})

test.each(everyCommand())('%s --help shows how it is used, as `help` does', async command => {
  const shown = await ambientctl([...command.split(' '), '--help'])
  expect(shown).toMatchObject({ code: 0, err: '' })
  expect(shown.out).toContain(`$ ambientctl ${command}`)
  const asked = await ambientctl(['help', ...command.split(' ')])
  expect(asked).toEqual(shown)
})

test('-h, --help and no word at all show the same', async () => {
  const shown = await ambientctl([])
  expect(shown.out).toContain('COMMANDS')
  expect(await ambientctl(['-h'])).toEqual(shown)
  expect(await ambientctl(['--help'])).toEqual(shown)
})

test('every topic says what its commands are for', async () => {
  const { oclif } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly oclif: { readonly topics: Readonly<Record<string, { readonly description: string }>> }
  }
  const topics = everyCommand().flatMap(command => command.match(/^(.+) \S+$/)?.[1] ?? [])
  const undescribed = topics.filter(
    topic => !everyCommand().includes(topic) && oclif.topics[topic.replaceAll(' ', ':')] === undefined,
  )
  expect(undescribed, 'describe it in package.json, oclif.topics').toEqual([])
})

test.each([
  ['words after a command are its arguments', ['trace', 'web', 'http://cart/', '--help'], 'ambientctl trace FROM TO'],
  ['flags before it are no words', ['dump', 'ztunnel', 'p', '-f', 'nowhere', '-h'], 'ambientctl dump ztunnel p'],
  ['a topic alone', ['dump'], 'ambientctl dump COMMAND'],
])('help: %s', async (_, args, usage) => {
  const { code, out, err } = await ambientctl(args)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(`$ ${usage}`)
})

test.each([[['dump', 'nonsense', '--help']], [['help', 'dump', 'nonsense']]])(
  'the help of a command that is not: %j',
  async args => {
    const { code, err } = await ambientctl(args)
    expect(code).toBe(64)
    expect(err).toContain('error: there is no command dump nonsense')
  },
)
