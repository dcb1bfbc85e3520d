import { expect, test } from 'vitest'
import type { DecodeIssue } from '#model/issue.ts'
import { issueCount, issueList } from '#render/issues.ts'

const look = { colour: false, width: 80 }
const issue = (severity: DecodeIssue['severity'], at = '/workloads/12/name'): DecodeIssue => ({
  severity,
  file: 'ztunnel/n1.json',
  at,
  expected: 'a string',
  found: '5',
})

test('a list names file, place, and what was expected', () => {
  expect([...issueList([issue('error'), issue('warning', 'line 3'), issue('note', '')], look)]).toEqual([
    'error: ztunnel/n1.json#/workloads/12/name: expected a string, found 5',
    'warning: ztunnel/n1.json, line 3: expected a string, found 5',
    'note: ztunnel/n1.json: expected a string, found 5',
  ])
})

test.each([
  [[], []],
  [['note'], []],
  [['error', 'note'], ['1 error in what was read; --verbose lists them']],
  [['warning', 'error', 'warning'], ['1 error and 2 warnings in what was read; --verbose lists them']],
] as const)('%j are counted as %j', (severities, lines) => {
  expect([
    ...issueCount(
      severities.map(severity => issue(severity)),
      '--verbose',
    ),
  ]).toEqual(lines)
})
