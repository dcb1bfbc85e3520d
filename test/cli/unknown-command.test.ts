import { expect, test } from 'vitest'
import { unknownCommand } from '#cli/unknown-command.ts'

const known = ['trace', 'help', 'dump', 'dump:ztunnel', 'dump:ztunnel:workloads', 'dump:redirection']

test.each([
  ['trcae', 'there is no command trcae', 'trace'],
  ['trcae:shop/web:http://cart:80/', 'there is no command trcae', 'trace'],
  ['dump:ztunell:workloads', 'there is no command dump ztunell', 'dump ztunnel workloads'],
  ['dump:ztunnel:workload', 'there is no command dump ztunnel workload', 'dump ztunnel workloads'],
  ['dmup:redirection:-n:shop', 'there is no command dmup', 'dump redirection'],
])('%s is answered with the command that was meant', (id, message, meant) => {
  expect(unknownCommand(id, 'ambientctl', known)).toMatchObject({
    kind: 'usage',
    message,
    next: [`did you mean ambientctl ${meant}?`, 'ambientctl --help'],
  })
})

test('a word like no other only points to the help', () => {
  expect(unknownCommand('xyzzy', 'ambientctl', known).next).toEqual(['ambientctl --help'])
})

test('a flag before the command is told so', () => {
  expect(unknownCommand('--snapshot:x:trace', 'ambientctl', known).message).toBe('the command comes before its flags')
})
