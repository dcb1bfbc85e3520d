import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { traceRequest } from '#pipeline/trace-request.ts'
import { verdictsOf } from '#trace/trace.ts'

type Json = Record<string, unknown>
type Dump = Record<'workloads' | 'services' | 'policies', Json[]>

const recorded = readFileSync('fixtures/demo/ztunnel/node1/config_dump.json', 'utf8')
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ambientctl-damaged-'))
})
afterAll(() => rm(folder, { recursive: true }))

const traced = async (damage: (dump: Dump) => void) => {
  const dump = JSON.parse(recorded) as Dump
  damage(dump)
  const file = join(folder, 'config_dump.json')
  writeFileSync(file, JSON.stringify(dump))
  const state = { kind: 'files', paths: [file] } as const
  const trace = await traceRequest({ state, from: 'deploy/web.shop', to: 'http://ledger.pay/', request: {} })
  return { verdicts: verdictsOf(trace), issues: trace.issues }
}

const ledger = ({ workloads }: Dump) => workloads.find(({ name }) => String(name).startsWith('ledger')) ?? {}
const service = ({ services }: Dump) => services.find(({ hostname }) => String(hostname).startsWith('ledger.')) ?? {}
const replace = (list: Json[], record: Json, by: unknown) => list.splice(list.indexOf(record), 1, by as Json)

test('the dump as it was recorded decides', async () => {
  expect(await traced(() => undefined)).toMatchObject({ verdicts: [{ kind: 'delivered' }], issues: [] })
})

test.each<[string, (dump: Dump) => void]>([
  ['the addresses of the endpoint', dump => Object.assign(ledger(dump), { workloadIps: 'x' })],
  ['one address of the endpoint', dump => Object.assign(ledger(dump), { workloadIps: [7] })],
  ['the uid of the endpoint', dump => Object.assign(ledger(dump), { uid: 7 })],
  ['the endpoint', dump => replace(dump.workloads, ledger(dump), 'x')],
  ['the VIPs of the service', dump => Object.assign(service(dump), { vips: 'x' })],
  ['the ports of the service', dump => Object.assign(service(dump), { ports: 7 })],
  ['a policy', dump => dump.policies.push(null as unknown as Json)],
  ['the action of a policy', dump => Object.assign(dump.policies[0] ?? {}, { action: 'Audit' })],
])('without %s there is no verdict, and the issue is told', async (_, damage) => {
  const { verdicts, issues } = await traced(damage)
  expect(verdicts.map(({ kind }) => kind)).toEqual(['undetermined'])
  expect(issues.length).toBeGreaterThan(0)
})

test('a record that the request does not meet takes nothing away', async () => {
  const { verdicts, issues } = await traced(({ workloads }) => {
    const other = workloads.find(({ name }) => String(name).startsWith('cart'))
    Object.assign(other ?? {}, { workloadIps: 'x' })
  })
  expect(verdicts).toMatchObject([{ kind: 'delivered' }])
  expect(issues).toHaveLength(1)
})
