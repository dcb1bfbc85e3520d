import { expect, test } from 'vitest'
import { decideAuthorization } from '#ztunnel/authorize.ts'
import { decideOutbound } from '#ztunnel/outbound.ts'
import { indexOf } from './mesh.ts'

const pod = { name: 'pod', namespace: 'ns', serviceAccount: 'default' }
const mesh = {
  config: { localNode: 'n' },
  workloads: {
    pod: { uid: 'pod', namespace: 'ns', node: 'n', workloadIps: ['10.0.0.1'] },
    other: { uid: 'other', namespace: 'ns', node: 'n', workloadIps: ['10.0.0.2'] },
  },
  services: {
    block: { hostname: 'block.example', vips: [], cidrVips: [{ network: '', cidr: '10.9.0.0/16' }], ports: { 80: 80 } },
  },
}
const call = { source: { ...pod, ip: '10.0.0.1' }, destination: { ip: '10.0.0.2', port: 80 } }

test('1.23 may have lost an address when another workload with it was deleted; the outcome supposes not', () => {
  const index = indexOf(mesh, '1.23.6')
  const decision = decideOutbound(index, call)
  expect(decision.outcomes).toMatchObject([{ result: { destinationWorkload: { uid: 'other' } } }])
  expect(decision.unless.map(({ code }) => code)).toEqual(['lost-address', 'lost-address'])
  const doubted = decideOutbound(index, call, { doubt: true }).outcomes.map(({ result }) => result)
  expect(doubted).toMatchObject([
    { destinationWorkload: { uid: 'other' } },
    { via: 'passthrough' },
    { code: 'unknown-source' },
  ])
  const arriving = { src: '10.0.0.2', dst: { ip: '10.0.0.1', port: 80 } }
  expect(decideAuthorization(index, pod, arriving).outcomes).toMatchObject([{ result: { kind: 'allowed' } }])
  expect(decideAuthorization(index, pod, arriving, { doubt: true }).outcomes).toHaveLength(2)
})

test('1.24 keeps every owner, so that there is nothing to doubt', () => {
  expect(decideOutbound(indexOf(mesh, '1.24.6'), call).unless).toEqual([])
})

test('an address block may still know an endpoint that has left its service', () => {
  const index = indexOf(mesh, '1.30.3')
  const into = { ...call, destination: { ip: '10.9.0.1', port: 80 } }
  const decision = decideOutbound(index, into)
  expect(decision.outcomes).toMatchObject([{ result: { code: 'no-healthy-upstream' }, probability: 1 }])
  expect(decision.unless.map(({ code }) => code)).toEqual(['former-endpoint'])
  expect(decideOutbound(index, into, { doubt: true }).outcomes[1]?.result).toMatchObject({ missing: 'former-endpoint' })
})

const shared = {
  ...mesh,
  workloads: {
    ...mesh.workloads,
    other: { ...mesh.workloads.other, services: ['ns/left.example', 'ns/gone.example'] },
  },
  services: { left: { namespace: 'ns', hostname: 'left.example', vips: ['/10.96.0.1'], ports: { 80: 80 } } },
}
const toVip = { ...call, destination: { ip: '10.96.0.1', port: 80 } }

test.each(['1.24.6', '1.30.3'])(
  '%s: a service that a pod still lists and that is gone may have taken the VIP with it',
  version => {
    const index = indexOf(shared, version)
    const decision = decideOutbound(index, toVip)
    expect(decision.outcomes).toMatchObject([{ result: { code: 'no-healthy-upstream' }, probability: 1 }])
    expect(decision.unless).toMatchObject([{ code: 'deleted-sibling', subject: '/10.96.0.1 of ns/left.example' }])
    const doubted = decideOutbound(index, toVip, { doubt: true }).outcomes.map(({ result }) => result)
    expect(doubted).toMatchObject([{ code: 'no-healthy-upstream' }, { via: 'passthrough' }])
  },
)

test('a service that never came is staged, and takes no VIP; from 1.30 a deletion stays in its namespace', () => {
  const staged = { 'ns/gone.example': { other: { workloadUid: 'other', port: {}, status: 'Healthy' } } }
  expect(decideOutbound(indexOf({ ...shared, stagedServices: staged }, '1.30.3'), toVip).unless).toEqual([])
  const elsewhere = { ...shared.workloads, other: { ...mesh.workloads.other, services: ['far/gone.example'] } }
  expect(decideOutbound(indexOf({ ...shared, workloads: elsewhere }, '1.30.3'), toVip).unless).toEqual([])
  expect(decideOutbound(indexOf({ ...shared, workloads: elsewhere }, '1.29.6'), toVip).unless).toHaveLength(1)
})

test('who is first of the services on a VIP is the same whether or not all of them are visible', () => {
  const onVip = (namespace: string, visibility: string, endpoints: readonly string[]) => ({
    namespace,
    hostname: `wp.${namespace}.example`,
    vips: ['/10.96.0.9'],
    ports: { 15008: 15008 },
    visibility,
    endpoints,
  })
  const waypoint = (ip: string) => ({ namespace: 'infra', protocol: 'HBONE', workloadIps: [ip] })
  const index = indexOf({
    ...mesh,
    workloads: {
      ...mesh.workloads,
      wpA: waypoint('10.0.1.1'),
      wpB: waypoint('10.0.1.2'),
      wpC: waypoint('10.0.1.3'),
      behind: {
        namespace: 'ns',
        workloadIps: ['10.0.0.3'],
        waypoint: { destination: '/10.96.0.9', hboneMtlsPort: 15008 },
      },
    },
    services: {
      a: onVip('a', 'Namespace', ['wpA']),
      b: onVip('b', 'Public', ['wpB']),
      c: onVip('c', 'Public', ['wpC']),
    },
  })
  const { outcomes } = decideOutbound(index, { ...call, destination: { ip: '10.0.0.3', port: 80 } })
  expect(outcomes.map(({ result }) => result)).toMatchObject([
    { waypoint: { uid: 'wpB' } },
    { waypoint: { uid: 'wpC' } },
  ])
})
