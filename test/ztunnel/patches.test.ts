import { describe, expect, test } from 'vitest'
import { answerDns } from '#ztunnel/dns/answer.ts'
import { decideOutbound } from '#ztunnel/outbound.ts'
import { indexOf, type MeshText } from './mesh.ts'

/** What changed within a minor release, each time from the first tag of ztunnel that has it. */
const pod = { name: 'pod', namespace: 'ns', serviceAccount: 'default' }
const mesh = {
  config: { localNode: 'n' },
  workloads: { pod: { namespace: 'ns', node: 'n', workloadIps: ['10.0.0.1', 'fd00::1'] } },
} satisfies MeshText
const call = (ip: string) => ({ source: { ...pod, ip: '10.0.0.1' }, destination: { ip, port: 80 } })
const resultsOf = (mesh: MeshText, ip: string, version: string) =>
  decideOutbound(indexOf(mesh, version), call(ip)).outcomes.map(({ result }) => result)

describe('1.24.3 ranks the workloads that share an address', () => {
  const sharing = (uid: string) => ({ uid, namespace: 'ns', workloadIps: ['10.0.0.2'] })
  const shared = {
    ...mesh,
    workloads: {
      ...mesh.workloads,
      entry: sharing('Kubernetes/networking.istio.io/WorkloadEntry/ns/entry'),
      real: sharing('Kubernetes//Pod/ns/real'),
    },
  }

  test.each(['1.24.0', '1.24.2'])('%s: who came last has it, and a deletion may have emptied it', version => {
    expect(resultsOf(shared, '10.0.0.2', version)).toHaveLength(2)
    expect(decideOutbound(indexOf(shared, version), call('10.0.0.2')).unless).toMatchObject([{ code: 'lost-address' }])
  })

  test.each(['1.24.3', '1.24.6', '1.25.0'])('%s: the pod has it', version => {
    expect(resultsOf(shared, '10.0.0.2', version)).toMatchObject([{ destinationWorkload: { name: 'real' } }])
  })
})

describe('1.28.1 answers a wildcard under a search domain without a CNAME', () => {
  const wild = { namespace: 'ns', hostname: '*.wild.example', vips: ['/10.96.0.1'], ports: { 80: 80 } }
  const question = { pod, name: 'a.wild.example.ns.svc.cluster.local.', type: 'A' }

  test.each([
    ['1.28.0', ['CNAME', 'A']],
    ['1.28.1', ['A']],
  ])('%s', (version, types) => {
    const [outcome] = answerDns(indexOf({ ...mesh, services: { wild } }, version), question).outcomes
    expect(outcome.result).toMatchObject({ records: types.map(type => ({ type })) })
  })
})

describe('1.22.2 refuses what a service cannot serve, keeps to the dialled address, and knows named target ports', () => {
  const service = (ports: Readonly<Record<string, number>>, endpoints: unknown) => ({
    namespace: 'ns',
    hostname: 'svc.example',
    vips: ['/10.96.0.1'],
    ports,
    endpoints,
  })
  const target = { namespace: 'ns', workloadIps: ['10.0.0.2', 'fd00::2'] }
  const of = (ports: Readonly<Record<string, number>>, endpoints: unknown): MeshText => ({
    ...mesh,
    workloads: { ...mesh.workloads, a: target, b: { ...target, workloadIps: ['10.0.0.3'] } },
    services: { svc: service(ports, endpoints) },
  })

  test.each(['1.22.0', '1.22.1'])('%s', version => {
    expect(resultsOf(of({ 80: 80 }, []), '10.96.0.1', version)).toMatchObject([{ via: 'passthrough' }])
    expect(resultsOf(of({}, ['a']), '10.0.0.2', version)).toHaveLength(2)
    const named = resultsOf(of({ 80: 0 }, { a: { 80: 8080 }, b: {} }), '10.96.0.1', version)
    expect(named.map(result => result.kind === 'forward' && result.nextHop.port)).toEqual([8080, 8080, 0])
  })

  test.each(['1.22.2', '1.22.8'])('%s', version => {
    expect(resultsOf(of({ 80: 80 }, []), '10.96.0.1', version)).toMatchObject([{ code: 'no-healthy-upstream' }])
    expect(resultsOf(of({}, ['a']), '10.0.0.2', version)).toMatchObject([{ nextHop: { ip: '10.0.0.2' } }])
    const named = resultsOf(of({ 80: 0 }, { a: { 80: 8080 }, b: {} }), '10.96.0.1', version)
    expect(named.map(result => result.kind === 'forward' && result.nextHop.port)).toEqual([8080, 8080])
  })
})
