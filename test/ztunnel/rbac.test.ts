import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Workload } from '#model/ztunnel.ts'
import { type RbacConnection, rbacConnection } from '#ztunnel/rbac/connection.ts'
import { decideRbac } from '#ztunnel/rbac/decide.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'
import { indexOf, type Named } from './mesh.ts'

const names = fc.constantFrom('a', 'b', '')
const strings = fc.array(
  fc.oneof(
    names.map(value => ({ Exact: value })),
    names.map(value => ({ Prefix: value })),
    names.map(value => ({ Suffix: value })),
    fc.constant({ Presence: [] }),
  ),
  { maxLength: 2 },
)
const cidrs = fc.array(fc.constantFrom('10.0.0.1/32', '10.0.0.0/24', '::/0', '0.0.0.0/0'), { maxLength: 2 })
const ports = fc.array(fc.constantFrom(80, 8080), { maxLength: 2 })
const match = fc.record(
  {
    namespaces: strings,
    notNamespaces: strings,
    principals: strings,
    notPrincipals: strings,
    sourceIps: cidrs,
    notDestinationIps: cidrs,
    destinationPorts: ports,
    notDestinationPorts: ports,
  },
  { requiredKeys: [] },
)
const lists = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 })
const policy = fc.record({
  namespace: fc.constantFrom('ns', 'other'),
  scope: fc.constantFrom('Global', 'Namespace', 'WorkloadSelector'),
  action: fc.constantFrom('Allow', 'Deny'),
  dryRun: fc.boolean(),
  rules: lists(lists(lists(match))),
})
const policies: fc.Arbitrary<Named> = fc
  .array(policy, { maxLength: 6 })
  .map(list => Object.fromEntries(list.map((one, at) => [`p${at}`, one])))
const connection = fc
  .record({
    src: fc.constantFrom('10.0.0.1', '10.0.1.1', '2001:db8::1'),
    port: fc.constantFrom(80, 8080, 9090),
    identity: fc.option(fc.constantFrom('spiffe://a/ns/a/sa/a', 'spiffe://td/ns/b/sa/', 'no identity'), {
      nil: undefined,
    }),
  })
  .map(({ src, port, identity }) => rbacConnection({ src, dst: { ip: '10.0.0.2', port }, identity }))

const setUp = (named: Named, version?: string): { readonly index: ZtunnelIndex; readonly workload: Workload } => {
  const listed = Object.entries(named).map(([name, { namespace }]) => `${namespace}/${name}`)
  const index = indexOf(
    { workloads: { to: { namespace: 'ns', authorizationPolicies: listed } }, policies: named },
    version,
  )
  const workload = index.workloadsByUid.get('to')
  if (workload === undefined) throw new Error('no workload')
  return { index, workload }
}

const decide = (named: Named, to: RbacConnection, version?: string) => {
  const { index, workload } = setUp(named, version)
  return decideRbac(index, workload, to)
}

describe('policies', () => {
  test('a denial names a policy that matches, and an allowance has none that denies', () => {
    fc.assert(
      fc.property(policies, connection, (named, to) => {
        const decision = decide(named, to)
        const denying = decision
          .considered()
          .filter(({ policy, isEnforced, reason }) => policy.action === 'Deny' && isEnforced && reason.holds === 'yes')
          .map(({ policy }) => policy)
        if (decision.kind === 'deny' && decision.code === 'rbac-explicit-deny')
          for (const policy of decision.policies) expect(denying).toContain(policy)
        else expect(denying).toEqual([])
      }),
    )
  })

  test('one more DENY never lets anybody in', () => {
    fc.assert(
      fc.property(policies, policy, connection, (named, more, to) => {
        if (decide(named, to).kind === 'deny')
          expect(decide({ ...named, more: { ...more, action: 'Deny' } }, to).kind).toBe('deny')
      }),
    )
  })

  test('dry runs change nothing since 1.29, and before they count', () => {
    fc.assert(
      fc.property(policies, connection, (named, to) => {
        const enforced = Object.fromEntries(Object.entries(named).filter(([, { dryRun }]) => dryRun === false))
        const whole = (version?: string) => decide(named, to, version).kind
        expect(whole()).toBe(decide(enforced, to).kind)
        const all = Object.fromEntries(Object.entries(named).map(([name, one]) => [name, { ...one, dryRun: false }]))
        expect(whole('1.28.0')).toBe(decide(all, to).kind)
      }),
    )
  })

  test('the order of policies changes nothing', () => {
    fc.assert(
      fc.property(policies, connection, (named, to) => {
        const reversed = Object.fromEntries(Object.entries(named).reverse())
        expect(decide(reversed, to).kind).toBe(decide(named, to).kind)
      }),
    )
  })

  test('a policy that could not be read whole leaves the decision open, unless another denies', () => {
    const { index, workload } = setUp({ p0: { namespace: 'ns', scope: 'Namespace', action: 'Deny', rules: [] } })
    const to = rbacConnection({ src: '10.0.0.1', dst: { ip: '10.0.0.2', port: 80 } })
    const damaged = indexDamaged(index)
    expect(decideRbac(damaged, workload, to)).toMatchObject({ kind: 'undetermined', about: 'ns/p0' })
  })
})

const indexDamaged = (index: ZtunnelIndex): ZtunnelIndex => {
  const unknown = (compiled: { readonly policy: { readonly name: string; readonly namespace: string } }) => ({
    ...compiled,
    matches: () => ({ holds: 'unknown' as const, text: 'damaged', evidence: [], because: [] }),
  })
  const namespace = (index.policiesByNamespace.get('ns') ?? []).map(one => ({
    ...one,
    ...unknown(one),
    policy: one.policy,
  }))
  return { ...index, policiesByNamespace: new Map([['ns', namespace]]), policiesByKey: new Map() }
}
