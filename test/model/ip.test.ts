import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalIp, parseIp } from '#model/ip.ts'

const ipv6 = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
const almost = fc.string({
  unit: fc.constantFrom('0', '1', '25', '255', '256', 'f', 'ffff', '.', ':', '::', '%', '/', ' '),
  maxLength: 12,
})

describe('an address', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['2001:0DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:2:0:3:0:4:0', '1:0:2:0:3:0:4:0'],
    ['FD00:10:96::10', 'fd00:10:96::10'],
    ['::ffff:0a00:0001', '::ffff:10.0.0.1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1'],
  ])('%s is written %s', (text, canonical) => expect(canonicalIp(text)).toBe(canonical))

  it.each([
    '',
    '1.2.3',
    '010.0.0.1',
    '1.2.3.4.5',
    '256.1.1.1',
    '1:2:3:4:5:6:7',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    '::1.2.3',
    '1.2.3.4::',
  ])('%j is none', text => expect(parseIp(text)).toBeUndefined())

  it('is what Node takes for one, without a zone', () => {
    fc.assert(
      fc.property(almost, text => {
        fc.pre(!text.includes('%'))
        expect(parseIp(text) !== undefined).toBe(isIP(text) !== 0)
      }),
      { numRuns: 3000 },
    )
  })

  it('has one canonical form, which reads back the same', () => {
    fc.assert(
      fc.property(ipv6, fc.boolean(), (groups, upper) => {
        const text = groups.map(group => group.toString(16)).join(':')
        const canonical = canonicalIp(upper ? text.toUpperCase() : text) ?? ''
        expect(parseIp(canonical)).toEqual(groups)
        expect(canonicalIp(canonical)).toBe(canonical)
        if (!canonical.includes('.')) expect(canonical).toBe(new URL(`http://[${text}]`).hostname.slice(1, -1))
      }),
    )
  })
})
