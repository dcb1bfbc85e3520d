import { expect, test } from 'vitest'
import { guessServedService } from '#ztunnel/served-service.ts'
import { indexOf } from './mesh.ts'

const endpoint = (ports: Readonly<Record<number, number>>) => ({ pod: ports })
const services = {
  a: { namespace: 'ns', hostname: 'a.example', ports: { 80: 8080 }, endpoints: endpoint({}) },
  b: { namespace: 'ns', hostname: 'b.example', ports: { 80: 8080 }, endpoints: endpoint({}) },
  named: { namespace: 'ns', hostname: 'named.example', ports: { 80: 0 }, endpoints: endpoint({ 80: 9090 }) },
  foreign: { namespace: 'ns', hostname: 'foreign.example', ports: { 80: 8080 } },
}
const listing = ['ns/named.example', 'ns/b.example', 'ns/a.example']
const index = (version: string, listed = listing) =>
  indexOf({ workloads: { pod: { workloadIps: ['10.0.0.1'], services: listed } }, services }, version)

const guess = (port: number, host?: string, version = '1.30.3', isOwnDump = true) => {
  const state = index(version)
  const [workload] = state.dump.workloads
  if (workload === undefined) throw new Error('no pod')
  const served = guessServedService(state, { workload, port, host }, isOwnDump)
  if (served.kind === 'one-of') return served.services.map(({ hostname }) => hostname)
  return served.kind === 'service' ? served.service.hostname : served.kind
}

test('the first service of the pod with that target port, in the order of its own list', () => {
  expect(guess(8080)).toBe('b.example')
  expect(guess(9090)).toBe('named.example')
  expect(guess(7070)).toBe('none')
})

test('what the client asked for goes first, if the pod serves it', () => {
  expect(guess(8080, 'a.example')).toBe('a.example')
  expect(guess(7070, 'a.example')).toBe('a.example')
  expect(guess(8080, 'foreign.example')).toBe('b.example')
})

test('an order that the dump does not tell leaves several', () => {
  expect(guess(8080, undefined, '1.30.3', false)).toEqual(['b.example', 'a.example'])
  expect(guess(8080, undefined, '1.23.6')).toEqual(['a.example', 'b.example'])
  expect(guess(8080, 'b.example', '1.23.6')).toBe('b.example')
  expect(guess(9090, undefined, '1.23.6')).toBe('named.example')
})
