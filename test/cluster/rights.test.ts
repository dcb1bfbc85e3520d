import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { ambientctl } from '../cli/ambientctl.ts'
import type { Rule } from '../kube/rbac.ts'
import { imageName } from './image.ts'
import { waypointPod, webPod } from './mesh.ts'
import { documented, People } from './people.ts'

const mesh = inject('mesh')
let people: People
beforeAll(async () => {
  people = await People.arrive()
})
afterAll(() => people.leave())

const without = (...resources: readonly string[]): readonly Rule[] =>
  documented.filter(rule => !rule.resources.some(resource => resources.includes(resource)))

/** The rules that a message says to add. */
const rulesIn = (text: string): readonly Rule[] => (text.match(/- \{apiGroups.*\}/g) ?? []).flatMap(line => parse(line))

test('somebody without rights learns what to add, and with it everything is read', async () => {
  const nobody = await people.person('nobody')
  const refused = await nobody.ambientctl('dump', 'ztunnel', 'workloads')
  expect([refused.code, refused.err]).toEqual([77, expect.stringMatching(/not permitted: list pods\n/)])
  const access = await nobody.ambientctl('check', 'access')
  expect([access.code, access.out]).toEqual([2, expect.stringMatching(/^context test: 0 of \d+ rights\n/)])
  await nobody.allow(rulesIn(access.out))
  expect((await nobody.ambientctl('check', 'access')).code).toBe(0)
  expect((await nobody.ambientctl('dump', 'ztunnel', 'workloads')).code).toBe(0)
})

test('each refusal on the way names the rule that ends it', async () => {
  const learner = await people.person('learner')
  const said: string[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    const { code, err } = await learner.ambientctl('dump', 'ztunnel', 'workloads')
    const refused = [...new Set(err.match(/not permitted: [^:\n]+/g))]
    if (refused.length === 0) {
      expect(code).toBe(0)
      break
    }
    said.push(...refused)
    await learner.allow(rulesIn(err))
  }
  expect(said.length).toBe(new Set(said).size)
  expect(said[0]).toBe('not permitted: list pods')
  expect(said).toContain('not permitted: get and create pods/portforward in namespace istio-system')
})

test('a Role in the namespace of Istio is enough for ztunnels and rules, and waypoints are missed', async () => {
  const streams = ['pods/portforward', 'pods/exec', 'pods/log']
  const narrow = await people.person('narrow', without(...streams))
  await narrow.allow(
    documented.filter(rule => rule.resources.some(resource => streams.includes(resource))),
    'istio-system',
  )
  expect((await narrow.ambientctl('dump', 'ztunnel')).code).toBe(0)
  expect((await narrow.ambientctl('dump', 'redirection', webPod)).err).toMatch(
    /read from the kernel, through istio-cni/,
  )
  const { code, err } = await narrow.ambientctl('check', '--fail-on', 'never')
  expect(code).toBe(0)
  expect(err).toMatch(
    `missing: dump of ${waypointPod}: not permitted: get and create pods/portforward in namespace shop`,
  )
})

describe('rules of a pod, when istio-cni may not be entered', () => {
  test('are those that its log says it programmed', async () => {
    const watcher = await people.person('watcher', without('pods/exec'))
    const { code, err } = await watcher.ambientctl('dump', 'redirection', webPod)
    expect([code, err]).toEqual([0, expect.stringMatching(/istio-cni/)])
    expect(err).toMatch(/intended: what istio-cni's log says it programmed, not what the kernel holds/)
    expect(err).toMatch(/because: not permitted: get and create pods\/exec in namespace istio-system/)
  })

  test('are not known without its log', async () => {
    const blind = await people.person('blind', without('pods/exec', 'pods/log'))
    const { err } = await blind.ambientctl('trace', 'deploy/web.shop', 'http://ledger.pay/')
    expect(err).toMatch(/assumed: not collected/)
    expect(err).toMatch(/because: not permitted: get pods\/log in namespace istio-system/)
  })

  test('are read in a debug container, when that is asked for and allowed', async () => {
    const more: Rule = { apiGroups: [''], resources: ['pods/ephemeralcontainers'], verbs: ['patch'] }
    const debugger_ = await people.person('debugger', [...without('pods/exec'), more])
    const { code, err, out } = await debugger_.ambientctl('dump', 'redirection', webPod, '--debug-container', imageName)
    expect([code, err]).toEqual([
      0,
      expect.stringMatching(/read from the kernel, in a debug container that stays in the pod/),
    ])
    expect(out).toMatch(/TCP to others +IPv4 +ztunnel, port 15001 \(outbound\)/)
  })
})

test('kinds that may not be listed are missed and nothing else', async () => {
  const partial = await people.person('partial', without('authorizationpolicies', 'gateways'))
  const { code, err } = await partial.ambientctl('trace', 'deploy/web.shop', 'http://ledger.pay/')
  expect(code).toBe(0)
  expect(err).toMatch(/missing: authorizationpolicies: not permitted: list authorizationpolicies.security.istio.io/)
})

test('impersonation is held against the rights of both', async () => {
  const as = ['--as', 'system:serviceaccount:default:nobody-else']
  const { code, err } = await ambientctl(['dump', 'ztunnel', ...as, '-c', inject('kubeconfig')])
  expect([code, err]).toEqual([77, expect.stringMatching(/not permitted: list pods/)])
  const plain = await people.person('plain', documented)
  const refused = await plain.ambientctl('dump', 'ztunnel', '--as', 'system:admin')
  expect([refused.code, refused.err]).toEqual([77, expect.stringMatching(/cannot impersonate/)])
})

describe('credentials that are not accepted', () => {
  const refusal = [77, expect.stringMatching(/the API server does not accept the credentials: has the token expired\?/)]

  test('an invented token', async () => {
    const kubeconfig = await people.kubeconfigWith('invented')
    const { code, err } = await ambientctl(['trace', 'shop/web', 'http://ledger.pay/', '-c', kubeconfig])
    expect([code, err]).toEqual(refusal)
  })

  test('the token of an account that is gone', async () => {
    const leaver = await people.person('leaver', documented)
    expect((await leaver.ambientctl('dump', 'ztunnel', '--node', mesh.node)).code).toBe(0)
    await people.remove('leaver')
    await expect
      .poll(() => leaver.ambientctl('dump', 'ztunnel').then(({ code, err }) => [code, err]), { timeout: 60_000 })
      .toEqual(refusal)
  })
})
