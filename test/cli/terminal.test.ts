import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { lookOf, present, writeLines } from '#cli/terminal.ts'

const tty = { isTTY: true, columns: 132 }
const pipe = {}

test.each([
  ['a terminal', tty, {}, [], true],
  ['a pipe', pipe, {}, [], false],
  ['a terminal that is dumb', tty, { TERM: 'dumb' }, [], false],
  ['NO_COLOR', tty, { NO_COLOR: '1' }, [], false],
  ['an empty NO_COLOR, which does not count', tty, { NO_COLOR: '' }, [], true],
  ['FORCE_COLOR into a pipe', pipe, { FORCE_COLOR: '1' }, [], true],
  ['FORCE_COLOR against NO_COLOR', pipe, { FORCE_COLOR: '1', NO_COLOR: '1' }, [], true],
  ['FORCE_COLOR=0', tty, { FORCE_COLOR: '0' }, [], false],
  ['--no-color against FORCE_COLOR', tty, { FORCE_COLOR: '1' }, ['--no-color'], false],
])('colours with %s', (_, terminal, environment, argv, colour) => {
  expect(lookOf(terminal, environment, argv).colour).toBe(colour)
})

test.each([
  ['a terminal', tty, {}, 132],
  ['a pipe, where nothing is cut', pipe, {}, Number.POSITIVE_INFINITY],
  ['COLUMNS', pipe, { COLUMNS: '80' }, 80],
  ['a COLUMNS that is no number', tty, { COLUMNS: 'wide' }, 132],
])('the width of %s', (_, terminal, environment, width) => {
  expect(lookOf(terminal, environment).width).toBe(width)
})

test('AMBIENTCTL_NOW stands still, and has to be a time', () => {
  const asked = { at: new Date('2026-01-31T12:00:00Z'), from: 'asked' }
  expect(present({ AMBIENTCTL_NOW: '2026-01-31T12:00:00Z' })).toEqual(asked)
  expect(present({}).from).toBe('clock')
  expect(() => present({ AMBIENTCTL_NOW: 'yesterday' })).toThrow('AMBIENTCTL_NOW is no time: yesterday')
})

test('lines arrive whole and in order, however many', async () => {
  const stream = new PassThrough()
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`)
  const read = (async () => {
    let text = ''
    for await (const piece of stream) text += piece
    return text
  })()
  await writeLines(stream, lines)
  stream.end()
  expect(await read).toBe(`${lines.join('\n')}\n`)
})
