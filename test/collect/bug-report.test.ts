import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseYaml } from '#decode/yaml.ts'
import { readMesh } from '#pipeline/read-mesh.ts'
import { ambientctl } from '../cli/ambientctl.ts'
import { bugReportArchive, bugReportFiles, kubectlList } from './bug-report.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ambientctl-bug-report-'))
  writeFileSync(join(folder, 'bug-report.tar.gz'), bugReportArchive())
  for (const [name, content] of Object.entries(bugReportFiles())) {
    const file = join(folder, 'unpacked', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.each(['bug-report.tar.gz', 'unpacked'])('istioctl bug-report: %s', place => {
  const asked = (...args: string[]) => ambientctl([...args, '--snapshot', join(folder, place)])

  test('has ztunnels, waypoints, objects and logs', async () => {
    const mesh = await readMesh([join(folder, place)])
    expect(mesh.ztunnels.map(({ config }) => config.localNode)).toEqual(['node1'])
    expect(mesh.waypoints.map(({ subject }) => `${subject.namespace}/${subject.pod}`)).toEqual([
      'shop/waypoint-6dcd798b58-cl4g5',
    ])
    expect(mesh.kubernetes.of('Pod').length).toBeGreaterThan(20)
    expect(mesh.kubernetes.of('AuthorizationPolicy').length).toBeGreaterThan(5)
    expect(new Set(mesh.logs.map(({ scope }) => scope))).toContain('access')
    expect(mesh.issues.filter(({ severity }) => severity === 'error')).toEqual([])
  })

  test('a request is traced through it as in a snapshot, but for the rules that it has not', async () => {
    const [here, there] = [
      await asked('trace', 'deploy/web.shop', 'http://ledger.pay/', '--verbosity', 'minimal'),
      await ambientctl([
        'trace',
        'deploy/web.shop',
        'http://ledger.pay/',
        '--verbosity',
        'minimal',
        '--snapshot',
        'fixtures/demo',
      ]),
    ]
    expect([here.code, here.out]).toEqual([0, there.out])
  })

  test.each([
    [['dump', 'ztunnel', 'workloads']],
    [['dump', 'waypoint', 'listeners']],
    [['dump', 'ztunnel', 'policies']],
  ])('%s', async args => {
    const [here, there] = [await asked(...args), await ambientctl([...args, '--snapshot', 'fixtures/demo'])]
    expect([here.code, here.out]).toEqual([0, there.out])
  })

  test('what is wrong is found, with its place in the archive', async () => {
    const { out } = await asked('check', '--fail-on', 'never')
    expect(out).toMatch(/AMB008/)
    expect(out).toContain(`${place}${place.endsWith('gz') ? '/bug-report' : ''}/cluster/crs /items/`)
  })
})

describe('what kubectl prints', () => {
  const kinds = () => readdirSync('fixtures/demo/kubernetes').map(file => file.replace('.json', ''))

  test('kubectl get -A -o yaml of everything, in one file of more than 64 kB', async () => {
    const file = join(folder, 'all.yaml')
    writeFileSync(file, kubectlList(...kinds()))
    const { kubernetes } = await readMesh([file])
    const demo = (await readMesh(['fixtures/demo'])).kubernetes
    for (const kind of ['Pod', 'Service', 'Gateway', 'AuthorizationPolicy', 'EndpointSlice'])
      expect([kind, kubernetes.of(kind).map(({ raw }) => raw)]).toEqual([kind, demo.of(kind).map(({ raw }) => raw)])
  })

  test('one file a kind beside a dump answers as JSON does', async () => {
    const place = join(folder, 'kinds')
    mkdirSync(place)
    for (const kind of kinds()) writeFileSync(join(place, `${kind}.yaml`), kubectlList(kind))
    const { code, out } = await ambientctl([
      'trace',
      'deploy/web.shop',
      'http://ledger.pay/',
      '--snapshot',
      place,
      '--snapshot',
      'fixtures/demo/ztunnel',
    ])
    expect([code, out]).toEqual([0, expect.stringMatching(/DELIVERED/)])
  })

  test('items that hold lists, texts of many lines and dashes are read whole', () => {
    const items = [
      { kind: 'ConfigMap', data: { mesh: '- a\n- b\nkind: List\n', empty: '' }, list: ['- x', '---', 'kind: List'] },
      { kind: 'Pod', spec: { containers: [{ args: ['- |', '\n- y\n'] }] } },
    ]
    const text = kubectlText(items)
    expect(parseYaml(text)).toEqual({
      ok: true,
      documents: [{ value: { apiVersion: 'v1', items, kind: 'List' }, pointer: '' }],
    })
  })

  test('a broken item is told as a broken file', () => {
    expect(parseYaml('apiVersion: v1\nitems:\n- kind: Pod\n- {kind: [\nkind: List\n')).toMatchObject({ ok: false })
  })
})

const kubectlText = (items: readonly unknown[]): string =>
  `apiVersion: v1\nitems:\n${items
    .map(item =>
      JSON.stringify(item, undefined, 2)
        .split('\n')
        .map((line, at) => `${at === 0 ? '- ' : '  '}${line}`)
        .join('\n'),
    )
    .join('\n')}\nkind: List\n`
