import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Moment } from '#model/moment.ts'
import { testMesh } from '#pipeline/test-mesh.ts'
import { assertionFile } from './files.ts'

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-invariants-'))
afterAll(() => rmSync(folder, { recursive: true }))
const present: Moment = { at: new Date('2026-11-25T12:00:00Z'), from: 'asked' }

const hold = async (snapshot: string, invariant: string) => {
  const file = assertionFile(`suite: s\ntests:\n- {name: t, ${invariant}}\n`)
  const { results } = await testMesh({ files: [file], state: { kind: 'files', paths: [snapshot] }, present })
  const [result] = results
  if (result === undefined) throw new Error('no result')
  return {
    outcome: result.outcome,
    tried: result.tried,
    notes: result.notes,
    says: [...result.contradicted, ...result.open].map(({ says }) => says),
  }
}

type Json = Record<string, unknown>
const edit = (file: string, change: (value: Json) => Json): void =>
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))))

const demoDump = 'fixtures/demo/ztunnel/node1/config_dump.json'

/** The client of the demo alone, with all that was recorded in its network namespace. */
const oneClient = (name: string): string => {
  const copy = join(folder, name)
  mkdirSync(copy)
  cpSync('fixtures/demo/netns/shop', `${copy}/netns/shop`, { recursive: true })
  const [pod = ''] = readdirSync(`${copy}/netns/shop`)
  cpSync('fixtures/demo/kubernetes/pods.json', `${copy}/pods.json`)
  edit(`${copy}/pods.json`, list => ({
    ...list,
    items: (list.items as { metadata: { name: string } }[]).filter(({ metadata }) => metadata.name === pod),
  }))
  cpSync(demoDump, `${copy}/ztunnel.json`)
  edit(`${copy}/ztunnel.json`, dump => ({
    ...dump,
    workloads: (dump.workloads as { name: string }[]).filter(one => one.name === pod),
  }))
  return copy
}

const rulesOf = (snapshot: string): string => {
  const [pod = ''] = readdirSync(`${snapshot}/netns/shop`)
  return `${snapshot}/netns/shop/${pod}`
}

describe('redirect-verified', () => {
  test('holds for a pod whose recorded rules redirect it both ways', async () => {
    expect(await hold(oneClient('whole'), 'invariant: redirect-verified')).toEqual({
      outcome: 'passed',
      tried: 1,
      notes: [],
      says: [],
    })
  })

  test('fails where the rules are gone, and says in which direction', async () => {
    const snapshot = oneClient('flushed')
    writeFileSync(
      `${rulesOf(snapshot)}/iptables-save.txt`,
      '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
    )
    const { outcome, says } = await hold(snapshot, 'invariant: redirect-verified')
    expect(outcome).toBe('failed')
    expect(says[0]).toMatch(/^traffic out of shop\/web-\S+ is passed, not captured$/)
  })

  test('fails where the answers cannot come back', async () => {
    const snapshot = oneClient('table-100')
    const routes = `${rulesOf(snapshot)}/ip-route-all.txt`
    writeFileSync(routes, readFileSync(routes, 'utf8').replace(/^local default dev lo table 100.*\n/m, ''))
    expect((await hold(snapshot, 'invariant: redirect-verified')).outcome).not.toBe('unclear')
  })
})

describe('divergence-free', () => {
  const twoNodes = (name: string, change: (dump: Json) => Json): string => {
    const copy = join(folder, name)
    mkdirSync(copy)
    cpSync(demoDump, `${copy}/one.json`)
    cpSync(demoDump, `${copy}/two.json`)
    edit(`${copy}/two.json`, dump => change({ ...dump, config: { ...(dump.config as Json), localNode: 'node2' } }))
    return copy
  }

  test('holds for two ztunnels that were sent the same, in whatever order', async () => {
    const snapshot = twoNodes('same', dump => ({ ...dump, policies: (dump.policies as unknown[]).toReversed() }))
    expect((await hold(snapshot, 'invariant: divergence-free')).outcome).toBe('passed')
  })

  test('fails where one lacks a policy, and names it', async () => {
    const snapshot = twoNodes('lacking', dump => ({ ...dump, policies: (dump.policies as unknown[]).slice(1) }))
    const { outcome, says } = await hold(snapshot, 'invariant: divergence-free')
    expect(outcome).toBe('failed')
    expect(says).toEqual([expect.stringMatching(/^policy \S+\/\S+ only in .*one\.json$/)])
  })
})

describe('whose requests count', () => {
  test('of the whole mesh: somebody outside, other nodes and pods beside it, no proxy, and no receiver in a namespace without a pod in it', async () => {
    const { says } = await hold('fixtures/demo', 'invariant: no-plaintext-into')
    for (const client of ['external', 'node2', 'istio-system/istio-cni-'])
      expect(says.filter(line => line.startsWith(client) && line.endsWith('arrives in plaintext'))).not.toEqual([])
    for (const proxy of ['egress/egress-wp', 'shop/waypoint', 'istio-system/ztunnel'])
      expect(says.filter(line => line.startsWith(proxy))).toEqual([])
    expect(says.filter(line => /kube-dns|istiod|kube-system.*arrives/.test(line.split('→')[1] ?? ''))).toEqual([])
    expect(says.some(line => line.includes('→ http://optout.misc'))).toBe(true)
  })

  test('the own node of a pod, and the pod itself, are told and not counted, until from names them', async () => {
    const usual = await hold('fixtures/demo', 'invariant: "no-plaintext-into:shop"')
    expect(usual.says.filter(line => line.startsWith('node1 '))).toEqual([])
    expect(usual.notes).toEqual([
      expect.stringMatching(/^not counted: \d+ requests of processes on the node of the pod.*AMB055/),
      expect.stringMatching(/^not counted: \d+ requests of pods to themselves/),
    ])
    const named = await hold('fixtures/demo', 'from: "node/*", invariant: "no-plaintext-into:shop"')
    expect(named.says.filter(line => line.startsWith('node1 '))).not.toEqual([])
    expect(named.notes).toEqual([])
  })
})

test('an invariant takes its clients from `from`: those of the host network, nodes, and from outside', async () => {
  const { tried, says } = await hold(
    'fixtures/demo',
    'from: [misc/hostnet, "node/*"], invariant: "no-plaintext-into:pay"',
  )
  expect(tried).toBeGreaterThan(0)
  expect(says.some(line => line.startsWith('node1 →') || line.startsWith('node/node1 →'))).toBe(true)
  expect(says.every(line => !line.startsWith('shop/'))).toBe(true)
})

test('a mesh with more pairs than can be tried is answered in bounded time, and the rest told', async () => {
  const snapshot = join(folder, 'large')
  mkdirSync(snapshot)
  cpSync(demoDump, `${snapshot}/dump.json`)
  edit(`${snapshot}/dump.json`, dump => {
    const [template] = dump.workloads as Json[]
    const many = Array.from({ length: 300 }, (_, index) => ({
      ...template,
      uid: `u${index}`,
      name: `w${index}`,
      workloadName: `w${index}`,
      namespace: `ns${index}`,
      workloadIps: [`10.9.${Math.floor(index / 250)}.${index % 250}`],
    }))
    return { ...dump, workloads: [...(dump.workloads as Json[]), ...many] }
  })
  const { tried, says } = await hold(snapshot, 'invariant: no-plaintext-into')
  expect(tried).toBeGreaterThan(14_900)
  expect(says.find(line => line.includes('were tried'))).toMatch(/^\d+ of \d+ requests were tried/)
})
