import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UserError } from '#errors.ts'
import { socketText } from '#reason/address.ts'
import { parseTarget } from '#trace/request.ts'

describe('TO', () => {
  test.each([
    [
      'http://cart.shop:8080/items?x=1#top',
      { scheme: 'http', host: 'cart.shop', port: 8080, path: '/items?x=1', method: 'GET' },
    ],
    ['cart.shop:8080', { scheme: 'http', host: 'cart.shop', port: 8080, path: '/' }],
    ['cart', { scheme: 'http', host: 'cart', port: 80 }],
    ['https://[fd00::5]/', { scheme: 'https', host: 'fd00::5', port: 443 }],
    ['fd00::5', { scheme: 'http', host: 'fd00::5', port: 80 }],
    ['10.96.4.7:5432', { host: '10.96.4.7', port: 5432 }],
    ['tcp://db:5432', { scheme: 'tcp', host: 'db', port: 5432 }],
    ['grpc://cart.shop', { scheme: 'grpc', port: 80, method: 'POST' }],
    ['http://user:secret@cart/', { host: 'cart', port: 80 }],
    ['http://cart?x=1', { host: 'cart', path: '/?x=1' }],
    ['shop/cart-7d9-x2:8080', { host: 'shop/cart-7d9-x2', port: 8080, path: '/' }],
  ])('%s', (text, expected) => {
    expect(parseTarget(text)).toMatchObject(expected)
  })

  test.each([
    'tcp://db',
    'ftp://cart/',
    'constructor://cart/',
    'http://',
    'http://cart:0/',
    'http://cart:99999/',
    'http://ca:rt:1/',
  ])('%s is an error that says what to give', text => {
    expect(() => parseTarget(text)).toThrow(UserError)
  })

  test('a source address is one, in the form that dumps use', () => {
    expect(parseTarget('cart', { sourceIp: '::ffff:10.0.0.1' }).sourceIp).toBe('10.0.0.1')
    expect(parseTarget('cart', { sourceIp: 'FD00:0::7' }).sourceIp).toBe('fd00::7')
    expect(() => parseTarget('cart', { sourceIp: '1.2.3' })).toThrow('the source address "1.2.3" is no IP address')
  })

  test('no text makes it fail otherwise than with a usage error', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        try {
          const { port } = parseTarget(text)
          return port >= 1 && port <= 65535
        } catch (error) {
          return error instanceof UserError && error.kind === 'usage'
        }
      }),
    )
  })

  test('an address and a port are read back as written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65535 }), (ip, port) => {
        const target = parseTarget(`tcp://${socketText(ip, port)}`)
        return target.host === ip && target.port === port
      }),
    )
  })
})
