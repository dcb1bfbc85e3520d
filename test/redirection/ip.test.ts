import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, fromBytes, inPrefix, readIp, readPrefix, showEndpoint, showIp } from '#redirection/ip.ts'

const bytes4 = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 })
const bytes6 = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 16, maxLength: 16 })

describe('addresses', () => {
  test('read what they show, in both families', () => {
    fc.assert(
      fc.property(fc.oneof(bytes4, bytes6), bytes => {
        const ip = fromBytes(bytes)
        expect(bytesOf(ip)).toEqual(bytes)
        const mapped = bytes.length === 16 && bytes.slice(0, 12).join() === '0,0,0,0,0,0,0,0,0,0,255,255'
        if (!mapped) expect(readIp(showIp(ip))).toBe(ip)
      }),
    )
  })

  test('the high half of IPv4 stays unsigned', () => {
    expect(readIp('255.255.255.255')).toBe(0xffffffff)
    expect(readPrefix('240.0.0.0/4')?.base).toBe(0xf0000000)
    expect(inPrefix({ base: 0xf0000000, length: 4 })(0xfffffffe)).toBe(true)
  })

  test('a prefix holds exactly the addresses that share its first bits', () => {
    fc.assert(
      fc.property(fc.oneof(bytes4, bytes6), fc.nat(), fc.nat(), (bytes, lengthSeed, flipSeed) => {
        const width = bytes.length * 8
        const length = lengthSeed % (width + 1)
        const flip = flipSeed % width
        const ip = fromBytes(bytes)
        const flipped = fromBytes(bytes.map((byte, at) => (at === flip >> 3 ? byte ^ (128 >> (flip & 7)) : byte)))
        const prefix = readPrefix(`${showIp(ip)}/${length}`)
        if (prefix === undefined || typeof readIp(showIp(ip)) !== typeof ip) return
        expect(inPrefix(prefix)(ip)).toBe(true)
        expect(inPrefix(prefix)(flipped)).toBe(flip >= length)
      }),
    )
  })

  test('netmask spellings, zones and families', () => {
    expect(readPrefix('10.1.2.3/255.255.0.0')).toEqual({ base: 0x0a010000, length: 16 })
    expect(readPrefix('10.1.2.3/255.0.255.0')).toBeUndefined()
    expect(readIp('fe80::1%eth0')).toBe((0xfe80n << 112n) | 1n)
    expect(inPrefix({ base: 0, length: 0 })(1n)).toBe(false)
    expect(showEndpoint(1n, 15008)).toBe('[::1]:15008')
  })
})
