import { describe, expect, it } from 'vitest'
import { decideWaypoint } from '#waypoint/decide.ts'
import { filter, get, httpWaypoint, router, routes } from './made.ts'

const text = (value: string) => ({ const_expr: { string_value: value } })
const name = (value: string) => ({ ident_expr: { name: value } })
const field = (operand: object, of: string) => ({ select_expr: { operand, field: of } })
const call = (of: string, ...args: readonly object[]) => ({ call_expr: { function: of, args } })
const on = (target: object, of: string, ...args: readonly object[]) => ({ call_expr: { target, function: of, args } })
const request = (of: string) => field(name('request'), of)

const statusFor = (condition: object, path = '/items', headers: readonly (readonly [string, string])[] = []) => {
  const rbac = filter('rbac', 'extensions.filters.http.rbac.v3.RBAC', {
    rules: { policies: { p: { permissions: [{ any: true }], principals: [{ any: true }], condition } } },
  })
  const index = httpWaypoint({
    ...routes({ match: { prefix: '/' }, route: { cluster: 'c' } }),
    http_filters: [rbac, router],
  })
  const { branches } = decideWaypoint(index, get(path, { headers }))
  return branches.map(({ ending, assumptions }) =>
    assumptions.length > 0 ? 'unknown' : ending.kind === 'forwarded' ? 'allowed' : 'denied',
  )
}

describe('CEL conditions', () => {
  it('compares attributes of request and connection', () => {
    expect(statusFor(call('_==_', request('url_path'), text('/items')), '/items?q')).toEqual(['allowed'])
    expect(
      statusFor(call('_&&_', on(request('path'), 'startsWith', text('/it')), field(name('connection'), 'mtls'))),
    ).toEqual(['denied'])
    expect(statusFor(call('_==_', field(name('destination'), 'port'), { const_expr: { int64_value: '80' } }))).toEqual([
      'allowed',
    ])
  })

  it('runs patterns on RE2, as a search', () => {
    expect(statusFor(on(request('path'), 'matches', text('t[e]m')))).toEqual(['allowed'])
    expect(statusFor(on(request('path'), 'matches', text('(?P<bad')))).toEqual(['denied'])
  })

  it('takes an error for no match: a missing header', () => {
    const header = call('_==_', call('_[_]', request('headers'), text('x-a')), text('1'))
    expect(statusFor(header)).toEqual(['denied'])
    expect(statusFor(header, '/', [['X-A', '1']])).toEqual(['allowed'])
  })

  it.each([
    ['5', 'allowed'],
    ['', 'denied'],
    ['0x5', 'denied'],
  ])('takes "%s" for a number or for an error: %s', (value, outcome) => {
    const number = call('int', call('_[_]', request('headers'), text('x-num')))
    const small = call('_<_', number, { const_expr: { int64_value: '9' } })
    expect(statusFor(small, '/', [['x-num', value]])).toEqual([outcome])
  })

  it('ends with a literal pattern on what is no text, whatever else would match', () => {
    const [absent, yes] = [call('_[_]', request('headers'), text('x-none')), { const_expr: { bool_value: true } }]
    const or = (left: object, right: object) => statusFor(call('_||_', left, right))
    expect(or(on(absent, 'matches', text('b')), yes)).toEqual(['denied'])
    expect(or(call('matches', absent, text('b')), yes)).toEqual(['denied'])
    expect(or(yes, on(absent, 'matches', text('b')))).toEqual(['allowed'])
    expect(or(call('_==_', absent, text('b')), yes)).toEqual(['allowed'])
    expect(or(on(absent, 'matches', request('path')), yes)).toEqual(['allowed'])
  })

  it('follows both ways of an expression that cannot be read', () => {
    expect(statusFor({ comprehension_expr: {} })).toEqual(['unknown', 'unknown'])
  })
})
