import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { body, sections } from '../../tools/docs/mdoc.ts'
import { lacks } from '../machine.ts'

const render = (lines: readonly string[]) => {
  const page = ['.Dd November 25, 2026', '.Dt T 1', '.Os', '.Sh NAME', '.Nm t', '.Nd t', '.Sh DESCRIPTION', ...lines]
  const { stdout } = spawnSync('mandoc', ['-T', 'utf8', '-O', 'width=200'], {
    input: page.join('\n'),
    encoding: 'utf8',
  })
  return stdout.replace(/.\u0008/g, '')
}

test('prose, terms, bullets and code each have their macro', () => {
  expect(body('One. Two `x`.\n\n- `4`: four\n- `5`: five\n\n- a\n- b\n\n```\n.x\n\ny\n```')).toEqual([
    ...['One.', 'Two \\fBx\\fP.'],
    ...['.Bl -tag -width Ds', '.It Li 4', 'four', '.It Li 5', 'five', '.El'],
    ...['.Bl -bullet', '.It', 'a', '.It', 'b', '.El'],
    ...['.Bd -literal -offset indent', '\\&.x', '', 'y', '.Ed'],
  ])
})

test('sections are found by their titles', () => {
  expect([...sections('lead\n\n## Exit status\n\nnone\n\n## Not modelled\n\ntime\n')]).toEqual([
    ['', 'lead'],
    ['EXIT STATUS', 'none'],
    ['NOT MODELLED', 'time'],
  ])
})

describe.skipIf(lacks('mandoc', 'to lint the manual pages'))('mandoc', () => {
  test.each(readdirSync('man'))('has no warning about %s', page => {
    const { status, stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', `man/${page}`], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  })

  test('shows any text as it was written', () => {
    const line = fc.stringMatching(/^[ -_a-~]{1,60}$/).filter(text => !/^[\s-]|\s\s|\s$|[`#]/.test(text) && text !== '')
    fc.assert(
      fc.property(line, text => {
        expect(render(body(text)).replace(/\s+/g, ' ')).toContain(text)
      }),
      { numRuns: 50 },
    )
  })
})
