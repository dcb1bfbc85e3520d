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
