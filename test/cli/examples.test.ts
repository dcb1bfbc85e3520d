import { expect, test } from 'vitest'
import { clusterExamples, everyCommand, everyExample, shell } from './ambientctl.ts'

test.each(everyCommand())('%s has an example', command => {
  expect([...everyExample(), ...clusterExamples()].filter(example => example.command === command)).not.toEqual([])
})

test.each(everyCommand())('%s: its usage names what it can be given', command => {
  const usage = /^USAGE\n([\s\S]*?)\n\n/m.exec(shell(`ambientctl ${command} --help`).out)?.[1]
  expect(usage).toContain(`ambientctl ${command}`)
  expect(usage).not.toMatch(/[[|]\s*\]|undefined/)
})

test.each(everyExample())('$example', ({ example }) => {
  const { code, out, err } = shell(example)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).not.toBe('')
})
