import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { traceRequest } from '#pipeline/trace-request.ts'
import type { Path, Trace } from '#trace/trace.ts'
import { verdictsOf } from '#trace/trace.ts'

let files = 0
const folder = mkdtempSync(join(tmpdir(), 'policies-'))

/** A request through the waypoint of the demonstration mesh, with one more object in its cluster. */
const traceWith = (object: Readonly<Record<string, unknown>>): Promise<Trace> => {
  const file = join(folder, `${files++}.json`)
  writeFileSync(file, JSON.stringify(object))
  return traceRequest({
    state: { kind: 'files', paths: ['fixtures/demo', file] },
    from: 'deploy/web.shop',
    to: 'http://cart.shop/',
    request: {},
  })
}

const of = (name: string, podSelector: unknown, spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name },
  spec: { podSelector, ...spec },
})
const app = (name: string) => ({ matchLabels: { app: name } })
const waypoint = { matchLabels: { 'gateway.networking.k8s.io/gateway-name': 'waypoint' } }
const tunnel = [{ port: 15008, protocol: 'TCP' }]

/** `egress of shop/web on 15008: dropped`, for every step of a NetworkPolicy. */
const decisions = ({ hops, end }: Path): readonly string[] => [
  ...hops
    .flatMap(({ steps }) => steps)
    .flatMap(({ kind, detail }) => {
      if (kind !== 'network-policy') return []
      const { direction, pod, port, allowed } = detail
      return [
        `${direction} of ${pod.replace(/-[\da-f]{8,}-.*/, '')} on ${port}: ${allowed ? 'let through' : 'dropped'}`,
      ]
    }),
  ...(end.kind === 'fork' ? end.branches.flatMap(decisions) : []),
]

const kinds = (trace: Trace) => [
  ...new Set(verdictsOf(trace).map(verdict => (verdict.kind === 'rejected' ? verdict.code : verdict.kind))),
]

describe('at every hop of a request through a waypoint', () => {
  test.each<[string, Record<string, unknown>, string]>([
    [
      'the client, out to the server only',
      of('p', app('web'), {
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: app('cart') }] }, { ports: [{ port: 53, protocol: 'UDP' }] }],
      }),
      'egress of shop/web on 15008: dropped',
    ],
    [
      'the waypoint, in on the port of the service only',
      of('p', waypoint, { ingress: [{ ports: [{ port: 80 }, { port: 8080 }] }] }),
      'ingress of shop/waypoint on 15008: dropped',
    ],
    [
      'the waypoint, out on the port of the application only',
      of('p', waypoint, { policyTypes: ['Egress'], egress: [{ ports: [{ port: 8080 }] }] }),
      'egress of shop/waypoint on 15008: dropped',
    ],
    [
      'the server, in from the client only',
      of('p', app('cart'), { ingress: [{ from: [{ podSelector: app('web') }], ports: tunnel }] }),
      'ingress of shop/cart on 15008: dropped',
    ],
  ])('%s', async (_, policy, decision) => {
    const trace = await traceWith(policy)
    expect([...new Set(decisions(trace))]).toEqual([decision])
    expect(kinds(trace)).toEqual(['network-policy'])
  })

  test('let through on 15008, the request arrives', async () => {
    const trace = await traceWith(
      of('p', app('cart'), { ingress: [{ from: [{ podSelector: waypoint }], ports: tunnel }] }),
    )
    expect([...new Set(decisions(trace))]).toEqual(['ingress of shop/cart on 15008: let through'])
    expect(kinds(trace)).toEqual(['delivered'])
  })
})

test('a policy of another kind leaves the verdict open, and tells how it goes on', async () => {
  const trace = await traceWith({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { namespace: 'shop', name: 'cart' },
    spec: { endpointSelector: app('cart'), ingress: [{ toPorts: [{ ports: [{ port: '8080' }] }] }] },
  })
  for (const verdict of verdictsOf(trace))
    expect(verdict).toMatchObject({
      kind: 'undetermined',
      missing: [{ what: 'foreign-network-policy', subject: 'CiliumNetworkPolicy shop/cart' }],
      provided: { end: { kind: 'delivered' } },
    })
})
