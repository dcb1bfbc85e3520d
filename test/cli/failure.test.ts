import { Errors } from '@oclif/core'
import { expect, test } from 'vitest'
import { failureOf } from '#cli/failure.ts'
import { usageFailure } from '#cli/usage.ts'
import { UserError } from '#errors.ts'
import { failureText } from '#render/failure.ts'

const look = { colour: false, width: 80 }
const textOf = (error: unknown, debug = false) => {
  const { failure, code } = failureOf(error, debug)
  return { text: failure === undefined ? '' : [...failureText(failure, look)].join('\n'), code }
}

test('what the user can act on: message, cause, next step, its own exit code', () => {
  const error = new UserError('unreachable', 'no answer from ztunnel on n1', {
    cause: new Error('connect ECONNREFUSED', { cause: 'port 15000 is closed' }),
    next: ['kubectl get pods -n istio-system'],
  })
  expect(textOf(error)).toEqual({
    code: 69,
    text: `error: no answer from ztunnel on n1
  because: connect ECONNREFUSED
  because: port 15000 is closed
  try: kubectl get pods -n istio-system`,
  })
})

test('our own bug: no stack, unless it was asked for', () => {
  const bug = new TypeError('x is undefined')
  expect(textOf(bug).code).toBe(1)
  expect(textOf(bug).text).toMatch(/^internal error: x is undefined\n {2}try: run it again with --debug/)
  expect(textOf(bug).text).not.toContain('failure.test')
  expect(textOf(bug, true).text).toContain('failure.test')
})

test('a thrown value that is no error is told too', () => {
  expect(textOf('odd')).toMatchObject({ code: 1, text: expect.stringContaining('internal error: odd') })
})

test('a file that cannot be read is not a bug', () => {
  const missing = Object.assign(new Error('ENOENT: no such file'), { path: '/nowhere', syscall: 'open' })
  expect(textOf(missing)).toEqual({ code: 65, text: 'error: cannot read /nowhere\n  because: ENOENT: no such file' })
})

test('a refused flag is usage, and the command to read about is named', () => {
  const usage = usageFailure(
    new Errors.CLIError('Nonexistent flag: --x\nSee more help with --help'),
    'ambientctl',
    'dump:ztunnel',
  )
  expect(textOf(usage)).toEqual({
    code: 64,
    text: 'error: Nonexistent flag: --x\n  try: ambientctl dump ztunnel --help',
  })
})

test('a command that only ends is silent', () => {
  expect(textOf(new Errors.ExitError(3))).toEqual({ code: 3, text: '' })
})

test('text from elsewhere cannot move the cursor', () => {
  expect(textOf(new UserError('input', 'odd \u001b[2J name')).text).toBe('error: odd \\x1b[2J name')
})
