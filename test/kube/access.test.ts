import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { accessReport } from '#pipeline/check-access.ts'
import { ambientctl } from '../cli/ambientctl.ts'
import { questionOf } from './asking.ts'
import { type Authority, makeAuthority } from './certificates.ts'
import { demoContents, writeKubeconfig } from './demo-cluster.ts'
import type { Rule } from './rbac.ts'
import { TestCluster } from './server.ts'

const documented: readonly Rule[] = parse(readFileSync('docs/rbac.yaml', 'utf8')).rules
let authority: Authority
let cluster: TestCluster | undefined
beforeAll(() => {
  authority = makeAuthority()
})
afterEach(() => cluster?.stop())

const allowedTo = async (rules: readonly Rule[]): Promise<string> => {
  cluster = await TestCluster.start(demoContents(), { identity: authority.server, rules })
  return writeKubeconfig({ server: cluster.url, ca: authority.ca })
}

test('docs/rbac.yaml is enough for a snapshot of everything', async () => {
  const kubeconfig = await allowedTo(documented)
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-rbac-'))
  const { code, err } = await ambientctl(['snapshot', '-c', kubeconfig, '-o', join(folder, 'mesh')])
  rmSync(folder, { recursive: true })
  expect([code, err]).toEqual([0, expect.not.stringMatching(/missing|not permitted/)])
})

/** Each right that a rule gives, by itself. */
const rightsOf = ({ apiGroups, resources, verbs, resourceNames = ['*'] }: Rule): readonly string[] =>
  apiGroups.flatMap(group =>
    resources.flatMap(resource =>
      verbs.flatMap(verb => resourceNames.map(name => `${verb} ${resource}.${group} ${name}`)),
    ),
  )

test('docs/rbac.yaml is all that check access asks for, and nothing else', async () => {
  expect((await ambientctl(['check', 'access', '-c', await allowedTo(documented)])).code).toBe(0)
  await cluster?.stop()
  const { checks } = await accessReport(questionOf(await allowedTo([]), { requestTimeout: 20_000 }))
  const asked = new Set(checks.flatMap(({ rule }) => rightsOf(parse(rule)[0])))
  expect(documented.flatMap(rightsOf).sort()).toEqual([...asked].sort())
  expect(checks.filter(({ allowed }) => allowed)).toEqual([])
})

test('the JSON fits its published schema', async () => {
  const { out } = await ambientctl(['check', 'access', '-c', await allowedTo([]), '-o', 'json'])
  const validate = new Ajv2020().compile(JSON.parse(readFileSync('schemas/check-access.schema.json', 'utf8')))
  expect([validate(JSON.parse(out)), validate.errors]).toEqual([true, null])
})

test('somebody without rights learns what to add', async () => {
  const { code, out } = await ambientctl(['check', 'access', '-c', await allowedTo([])])
  expect(code).toBe(2)
  expect(out).toMatch(/^context test: 0 of \d+ rights\n/)
  expect(out).toMatch(/no {3}list pods +nothing can be found/)
  expect(out).toContain('- {apiGroups: [""], resources: ["pods/portforward"], verbs: ["get", "create"]}')
})
