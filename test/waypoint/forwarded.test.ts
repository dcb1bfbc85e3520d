import { describe, expect, it } from 'vitest'
import { behaviourOf } from '#waypoint/behaviour.ts'
import type { Connection } from '#waypoint/connection.ts'
import { admitHeaders } from '#waypoint/hcm/forwarded.ts'
import { Headers } from '#waypoint/headers.ts'

const from = (ip: string): Connection => {
  const address = { kind: 'ip', ip, port: 1 } as const
  return {
    listener: 'l',
    local: address,
    remote: address,
    directRemote: address,
    serverName: '',
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    filterState: new Map(),
    metadata: new Map(),
  }
}

const admitted = (
  config: object,
  sent: readonly (readonly [string, string])[],
  { ip = '10.1.1.1', version = '1.40.0' } = {},
) => {
  const headers = new Headers(sent)
  const rules = { config: { ...config }, behaviour: behaviourOf(version), ownIp: '10.9.9.9' }
  const admission = admitHeaders(rules, from(ip), headers)
  return {
    remoteIp: 'ip' in admission ? admission.ip : admission.refusal,
    seen: (name: string) => headers.all(name).join(' and '),
  }
}

const edge = { use_remote_address: true }
const spoofed = [
  ['x-forwarded-for', '1.2.3.4'],
  ['x-forwarded-proto', 'https'],
] as const

describe('where a request came from', () => {
  it('is what x-forwarded-for says where the connection does not tell', () => {
    const { remoteIp, seen } = admitted({}, spoofed)
    expect([remoteIp, seen('x-forwarded-for'), seen('x-forwarded-proto')]).toEqual(['1.2.3.4', '1.2.3.4', 'https'])
    expect(admitted({ xff_num_trusted_hops: 1 }, [['x-forwarded-for', '1.2.3.4, 5.6.7.8']]).remoteIp).toBe('1.2.3.4')
    expect(admitted({}, [['x-forwarded-for', 'nonsense']]).remoteIp).toBe('10.1.1.1')
  })

  it('keeps a protocol that it does not know for what the client said, but not for its scheme', () => {
    const { seen } = admitted({}, [['x-forwarded-proto', 'ftp']])
    expect([seen('x-forwarded-proto'), seen(':scheme')]).toEqual(['ftp', 'http'])
    expect(admitted(edge, [['x-forwarded-proto', 'ftp']]).seen('x-forwarded-proto')).toBe('http')
  })

  it('tells the port of the destination where that is wanted', () => {
    const wanted = { append_x_forwarded_port: true }
    expect(admitted(wanted, []).seen('x-forwarded-port')).toBe('1')
    expect(admitted(wanted, [['x-forwarded-port', '7']]).seen('x-forwarded-port')).toBe('7')
    expect(admitted({ ...wanted, ...edge }, [['x-forwarded-port', '7']]).seen('x-forwarded-port')).toBe('1')
    expect(admitted({}, []).seen('x-forwarded-port')).toBe('')
  })

  it('is the peer at the edge, which the upstream reads behind what was there', () => {
    const { remoteIp, seen } = admitted(edge, spoofed)
    expect(remoteIp).toBe('10.1.1.1')
    expect(seen('x-forwarded-for')).toBe('1.2.3.4,10.1.1.1')
    expect(seen('x-forwarded-proto')).toBe('http')
    expect(seen('x-envoy-external-address')).toBe('10.1.1.1')
  })

  it('is said by trusted proxies in front of the edge', () => {
    const { remoteIp, seen } = admitted({ ...edge, xff_num_trusted_hops: 1 }, spoofed)
    expect(remoteIp).toBe('1.2.3.4')
    expect(seen('x-envoy-external-address')).toBe('1.2.3.4')
    expect(seen('x-forwarded-proto')).toBe('https')
  })

  it('is not appended where the configuration says so, and its own address stands for the same host', () => {
    expect(admitted({ ...edge, skip_xff_append: true }, spoofed).seen('x-forwarded-for')).toBe('1.2.3.4')
    expect(admitted(edge, [], { ip: '127.0.0.1' }).seen('x-forwarded-for')).toBe('10.9.9.9')
  })
})

describe('a client of the trusted network', () => {
  const asks = [
    ['x-forwarded-for', '10.0.0.7'],
    ['x-envoy-max-retries', '3'],
  ] as const
  const ranges = { internal_address_config: { cidr_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }] } }

  it('keeps its x-envoy- headers, where ranges say that it is one', () => {
    const { seen } = admitted(ranges, asks)
    expect([seen('x-envoy-internal'), seen('x-envoy-max-retries')]).toEqual(['true', '3'])
    expect(admitted({}, asks).seen('x-envoy-max-retries')).toBe('')
  })

  it('is any of a private address before Envoy 1.33', () => {
    expect(admitted({}, asks, { version: '1.32.0' }).seen('x-envoy-internal')).toBe('true')
    expect(admitted({}, asks, { version: '1.33.0' }).seen('x-envoy-internal')).toBe('')
  })

  it('must be named alone', () => {
    const two = admitted(ranges, [['x-forwarded-for', '10.0.0.7, 10.0.0.8']])
    expect(two.seen('x-envoy-internal')).toBe('')
  })

  it('is overwritten in its scheme where that is wanted', () => {
    const { seen } = admitted({ scheme_header_transformation: { scheme_to_overwrite: 'https' }, ...edge }, [
      ['x-forwarded-proto', 'http'],
      [':scheme', 'http'],
    ])
    expect([seen('x-forwarded-proto'), seen(':scheme')]).toEqual(['https', 'https'])
  })

  const custom = (config: object) => ({
    original_ip_detection_extensions: [
      {
        typed_config: {
          '@type':
            'type.googleapis.com/envoy.extensions.http.original_ip_detection.custom_header.v3.CustomHeaderConfig',
          header_name: 'X-Real',
          ...config,
        },
      },
    ],
  })

  const forwardedFor = (config: object) => ({
    original_ip_detection_extensions: [
      {
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.http.original_ip_detection.xff.v3.XffConfig',
          ...config,
        },
      },
    ],
  })

  it('is what a header of its own says, and the connection where it says nothing and nobody minds', () => {
    const real = [['x-real', '9.9.9.9'], ...spoofed] as const
    expect(admitted(custom({}), real).remoteIp).toBe('9.9.9.9')
    expect(admitted(custom({}), spoofed).remoteIp).toBe('10.1.1.1')
    expect(admitted(custom({ reject_with_status: { code: 'NotFound' } }), spoofed).remoteIp).toBe(404)
    expect(admitted(custom({ reject_with_status: { code: 'OK' } }), spoofed).remoteIp).toBe(403)
  })

  it('is internal by a header of its own only where that is trusted', () => {
    const internal = { internal_address_config: { cidr_ranges: [{ address_prefix: '10.0.0.0', prefix_len: 8 }] } }
    const real = [['x-real', '10.3.3.3']] as const
    const seen = (config: object) => admitted({ ...internal, ...custom(config) }, real).seen('x-envoy-internal')
    expect([seen({}), seen({ allow_extension_to_set_address_as_trusted: true })]).toEqual(['', 'true'])
  })

  it('is before the trusted proxies, and the first of them where there are no others', () => {
    const cidrs = [{ address_prefix: '10.0.0.0', prefix_len: 8 }]
    const seen = (value: string, ip = '10.1.1.1') =>
      admitted(forwardedFor({ xff_trusted_cidrs: { cidrs } }), [['x-forwarded-for', value]], { ip }).remoteIp
    expect(seen('1.2.3.4, 6.6.6.6, 10.2.2.2')).toBe('6.6.6.6')
    expect(seen('10.3.3.3, 10.2.2.2')).toBe('10.3.3.3')
    expect(seen('bad, 10.2.2.2')).toBe('10.1.1.1')
    expect(seen('6.6.6.6', '11.1.1.1')).toBe('11.1.1.1')
  })

  it('is appended to x-forwarded-for where an extension says so, whoever it finds', () => {
    const config = forwardedFor({ skip_xff_append: false, xff_num_trusted_hops: 1 })
    expect(admitted(config, spoofed).seen('x-forwarded-for')).toBe('1.2.3.4,10.1.1.1')
    expect(admitted(forwardedFor({}), spoofed).seen('x-forwarded-for')).toBe('1.2.3.4')
  })

  it.each(['foo', '/x?y', 'http://h:80/a|b?c', 'https://[::1]/x', 'h2c+x://a/', ''])('keeps the Referer %j', value =>
    expect(admitted({}, [['referer', value]]).seen('referer')).toBe(value),
  )

  it.each(['a b', 'about:blank', 'http://u@h/', 'http://h/#f', '/x#f', 'http://h_x/', 'http://h:99999/', 'http:///x'])(
    'takes the Referer %j away',
    value => expect(admitted({}, [['referer', value]]).seen('referer')).toBe(''),
  )

  it('takes a Referer away that comes twice, and generates a number for a request whose own is empty', () => {
    const { seen } = admitted({}, [
      ['referer', 'http://a'],
      ['referer', 'http://b'],
      ['x-request-id', ''],
    ])
    expect([seen('referer'), seen('x-request-id')]).toEqual(['', '<generated>'])
  })
})
