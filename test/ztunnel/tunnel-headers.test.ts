import { describe, expect, test } from 'vitest'
import { parseForwardedHost } from '#ztunnel/authority.ts'
import type { Forward } from '#ztunnel/forward.ts'
import { tunnelHeaders } from '#ztunnel/tunnel-headers.ts'
import { indexOf } from './mesh.ts'

const index = indexOf({
  config: { network: 'test-network' },
  services: { example: { hostname: 'example.com', vips: [], ports: {} } },
})
const service = index.servicesByHostname.get('example.com')?.[0]
const forward = (protocol: Forward['protocol'], named = false): Forward => ({
  kind: 'forward',
  protocol,
  nextHop: { ip: '127.0.0.2', port: 15008 },
  upstreamSans: [],
  finalSans: [],
  via: 'direct',
  ...(named && service ? { destinationService: service } : {}),
})
const source = { ip: '127.0.0.1', port: 80 }

describe('headers of a tunnel', () => {
  test('O-28: whose connection it is, and for which service', () => {
    expect(tunnelHeaders(index, source, forward('HBONE'))?.forwarded).toBe('for="127.0.0.1:80"')
    expect(tunnelHeaders(index, source, forward('HBONE', true))?.forwarded).toBe('for="127.0.0.1:80";host=example.com')
    expect(tunnelHeaders(index, { ip: '::1', port: 80 }, forward('HBONE'))?.forwarded).toBe('for="[::1]:80"')
  })

  test('O-29: the network is told to the inner end of a double tunnel only', () => {
    expect(tunnelHeaders(index, source, forward('DOUBLEHBONE'))).not.toHaveProperty('x-forwarded-network')
    expect(tunnelHeaders(index, source, forward('DOUBLEHBONE'), 'inner')?.['x-forwarded-network']).toBe('test-network')
    expect(tunnelHeaders(index, source, forward('HBONE'), 'inner')).toBeUndefined()
    expect(tunnelHeaders(index, source, forward('TCP'))).toBeUndefined()
  })

  test.each([
    ['by=i;for=i;host=example.com;proto=https', 'example.com'],
    ['by=i;for=i;host="example.com";proto=https', 'example.com'],
    ['by=i;for=i;proto=https', undefined],
    ['by=i;for=i;host=;proto=https', undefined],
    ['host=exämple.com', undefined],
  ])('%j asks for %s', (header, host) => {
    expect(parseForwardedHost(header)).toBe(host)
  })
})
