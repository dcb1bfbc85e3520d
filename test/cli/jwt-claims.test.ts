import { expect, test } from 'vitest'
import { parseClaims } from '#cli/jwt-claims.ts'

test('claims are a JSON object', () => {
  expect(parseClaims('{"iss":"https://a","groups":["x"]}')).toEqual({ iss: 'https://a', groups: ['x'] })
})

test.each(['', 'iss=a', '[1]', 'null', '"a"'])('%s is no object of claims', text => {
  expect(() => parseClaims(text)).toThrow('cannot read the claims')
})
