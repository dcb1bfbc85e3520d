import { describe, expect, it } from 'vitest'
import { decodeZtunnel } from '#decode/ztunnel/dump.ts'

describe('a dump of November 2022', () => {
  const dump = decodeZtunnel(
    {
      workloads: {
        '10.0.0.1': {
          workload_ip: '10.0.0.1',
          name: 'a',
          namespace: 'n',
          service_account: 's',
          protocol: 'Hbone',
          node: 'x',
        },
        '10.0.0.2': {
          workload_ip: '10.0.0.2',
          name: 'b',
          namespace: 'n',
          protocol: 'Tcp',
          waypoint_addresses: ['10.0.0.9'],
        },
      },
      vips: {
        '10.1.0.1:80': [
          ['10.0.0.1', 8080],
          ['10.0.0.2', 9090],
        ],
        '[fd00::1]:443': [['10.0.0.1', 8443]],
      },
      workload_to_vip: {},
    },
    'dump.json',
  )

  it('gives workloads known by their address', () => {
    expect(dump.era).toBe('E0')
    expect([dump.issues, dump.missing, dump.unread]).toEqual([[], [], {}])
    expect(dump.workloads).toMatchObject([
      { uid: '10.0.0.1', name: 'a', serviceAccount: 's', protocol: 'HBONE', trustDomain: 'cluster.local', node: 'x' },
      {
        uid: '10.0.0.2',
        name: 'b',
        protocol: 'TCP',
        waypoint: { destination: { kind: 'address', network: '', ip: '10.0.0.9' } },
      },
    ])
  })

  it('makes a service of each address, with a target port for each endpoint where they differ', () => {
    expect(dump.services).toMatchObject([
      {
        vips: [{ network: '', ip: '10.1.0.1' }],
        ports: new Map([[80, 0]]),
        endpoints: [
          { workloadUid: '10.0.0.1', ports: new Map([[80, 8080]]) },
          { workloadUid: '10.0.0.2', ports: new Map([[80, 9090]]) },
        ],
      },
      { vips: [{ network: '', ip: 'fd00::1' }], ports: new Map([[443, 8443]]) },
    ])
  })
})

describe('a dump of October 2022', () => {
  const workload = {
    workload_ip: '10.0.0.1',
    remote_proxy: '10.0.0.9',
    gateway_ip: null,
    identity: 'spiffe://td/ns/n/sa/s',
    protocol: 'Hbone',
    name: 'a',
    namespace: 'n',
    canonical_name: 'a',
    canonical_revision: 'v1',
    workload_type: 'deployment',
    workload_name: 'a',
    uid: '',
    node: 'x',
    enforce: false,
    native_hbone: false,
  }
  const other = { ...workload, workload_ip: '10.0.0.2', uid: 'u2', remote_proxy: null }
  const upstreams = [workload, other].map(workload => ({ workload, port: 8080 }))
  const workloads = { '10.0.0.1': workload, '10.0.0.2': other }
  const dump = decodeZtunnel(
    { workloads, name_index: { 'a/n': '10.0.0.1' }, vips: { '10.1.0.1:80': upstreams } },
    'dump.json',
  )

  it('has identities whole, and whole workloads as endpoints', () => {
    expect(dump.era).toBe('E0')
    expect([dump.issues, dump.unread, dump.workloads.flatMap(found => found.unread ?? [])]).toEqual([[], {}, []])
    expect(dump.workloads).toMatchObject([
      { uid: '10.0.0.1', trustDomain: 'td', serviceAccount: 's', waypoint: { destination: { ip: '10.0.0.9' } } },
      { uid: 'u2', waypoint: undefined },
    ])
    expect(dump.services[0]?.endpoints.map(endpoint => endpoint.workloadUid)).toEqual(['10.0.0.1', 'u2'])
    expect(dump.services[0]?.ports).toEqual(new Map([[80, 8080]]))
  })
})

describe('shapes that real files mix', () => {
  it('take map-shaped workloads beside lists, and plain or encoded certificates', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
    const workload = {
      uid: 'u',
      name: 'w',
      protocol: 'HBONE',
      workloadIps: ['10.0.0.1', '10.0.0.2'],
      waypoint: { destination: '/10.1.1.1', port: 15_009 },
    }
    const dump = decodeZtunnel(
      {
        workloads: { '/10.0.0.1': workload, '/10.0.0.2': workload },
        services: [
          {
            hostname: 'a.b',
            namespace: 'b',
            vips: ['/10.2.0.1'],
            cidrVips: ['net/10.3.0.0/16'],
            ports: { 80: 0 },
            endpoints: {},
          },
        ],
        policies: [],
        certificates: [{ identity: 'i', state: 'Available', certChain: [{ pem }, { pem: btoa(pem) }] }],
      },
      'dump.json',
    )
    expect(dump.era).toBe('E3')
    expect(dump.workloads).toHaveLength(1)
    expect(dump.workloads[0]?.waypoint?.hboneMtlsPort).toBe(15_009)
    expect(dump.services[0]?.cidrVips).toEqual([{ network: 'net', cidr: '10.3.0.0/16' }])
    expect(dump.certificates[0]?.certChain.map(certificate => certificate.pem)).toEqual([pem, pem])
  })

  it('say what is missing instead of taking it for none', () => {
    const dump = decodeZtunnel({ workloads: [], services: null, policies: 'x' }, 'dump.json')
    expect(dump.missing).toEqual(['services', 'policies', 'certificates', 'config'])
    expect(dump.issues.map(issue => issue.at)).toEqual(['/services', '/policies'])
    expect(dump.pods).toBeUndefined()
  })
})

describe('a policy', () => {
  const policy = (rules: unknown) =>
    decodeZtunnel(
      {
        workloads: [],
        services: [],
        policies: [{ name: 'p', namespace: 'n', scope: 'Global', action: 'Deny', rules }],
      },
      'dump.json',
    ).policies[0]

  it('keeps empty rules, clauses and matches apart', () => {
    expect(policy([])?.rules).toEqual([])
    expect(policy([[]])?.rules).toEqual([[]])
    expect(policy([[[]]])?.rules).toEqual([[[]]])
    expect(policy([[[{}]]])?.rules[0]?.[0]?.[0]).toMatchObject({
      principals: [],
      destinationPorts: [],
      unread: undefined,
    })
  })

  it.each(['Presence', { Presence: [] }, { Presence: {} }, { Presence: null }])(
    'reads presence written %j',
    presence => {
      expect(policy([[[{ principals: [presence] }]]])?.rules.flat(2)).toMatchObject([
        { principals: [{ kind: 'Presence' }] },
      ])
    },
  )

  it.each([
    [[[{ principals: [{ Regex: 'x' }] }]]],
    [[{ principals: [] }]],
    'all',
    [[[{ destinationPorts: [70_000] }]]],
    [[[{ sourceIps: ['x'] }]]],
  ])('that is not understood is damaged: %j', rules => expect(policy(rules)?.damaged).toBe(true))

  it('with a kind of match that is new keeps it, undecided', () => {
    const [match] = policy([[[{ jwtClaims: ['x'] }]]])?.rules.flat(2) ?? []
    expect(match?.unread).toEqual({ jwtClaims: ['x'] })
  })
})
