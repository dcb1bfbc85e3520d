import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { ambientctl } from './ambientctl.ts'

const lab = 'fixtures/recorded/mesh-1.30/scenario-00-base'
const dump = `${lab}/ztunnel-config_dump.json`
/** istioctl's own copy of the dump, fetched when its tables were recorded: one connection less. */
const asked = 'fixtures/recorded/istioctl-lists/ztunnel-config-all.json'
const now = { AMBIENTCTL_NOW: '2026-11-23T20:00:00Z' }

const run = (args: string, place = {}) => ambientctl(['dump', 'ztunnel', ...args.split(' ')], { env: now, ...place })
const out = async (args: string) => {
  const { code, out, err } = await run(args)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out
}
const recorded = (name: string) => readFileSync(`${lab}/istioctl/ztunnel-config-${name}.txt`, 'utf8')

test.each(['all', 'workload', 'service', 'policy', 'certificate', 'connections'])(
  '%s prints what istioctl printed, byte for byte',
  async name => {
    expect(await out(`${name} -f ${asked}`)).toBe(recorded(name))
  },
)

test.each(['workload', 'service'])('%s of 10,000 workloads prints what istioctl printed', async name => {
  const large = 'fixtures/recorded/mesh-1.30/large'
  const expected = gunzipSync(readFileSync(`${large}/istioctl-${name}-10k.txt.gz`)).toString()
  expect(await out(`${name} -f ${large}/ztunnel-config_dump-10k.json.gz`)).toBe(expected)
})

test.each([
  ['workloads', ['workload', 'w']],
  ['services', ['service', 'svc', 's']],
  ['policies', ['policy', 'pol', 'p']],
  ['certificates', ['certificate', 'certs', 'cert']],
  ['connections', ['cons']],
])('%s has the aliases of istioctl', async (name, aliases) => {
  const expected = await out(`${name} -f ${dump}`)
  for (const alias of aliases) expect(await out(`${alias} -f ${dump}`)).toBe(expected)
})

test.each([
  ['workloads --workload-namespace SHOP', 'shop', 6],
  ['workloads --address 10.244.0.36', 'shop', 1],
  ['workloads --workload-node node1 --workload-namespace pay', 'pay', 7],
  ['services --service-namespace tenant', 'tenant', 2],
  ['policies --policy-namespace istio-system', 'istio-system', 2],
])('%s filters as istioctl does', async (args, namespace, count) => {
  const lines = (await out(`${args} --no-headers -f ${dump}`)).trimEnd().split('\n')
  expect(lines).toHaveLength(count)
  for (const line of lines) expect(line.startsWith(namespace)).toBe(true)
  const json = JSON.parse(await out(`${args} -o json -f ${dump}`)) as { namespace: string }[]
  expect(json.map(element => element.namespace)).toEqual(Array(count).fill(namespace))
})

test('connections are filtered by direction, and shown raw', async () => {
  const lines = (await out(`connections --direction outbound --raw --no-headers -f ${dump}`)).trimEnd().split('\n')
  expect(lines).toHaveLength(3)
  expect(lines[0]).toMatch(/Outbound +10\.244\.0\.38:\d+ +10\.244\.0\.44:15008 +10\.96\.\d+\.\d+:9000/)
})

interface Raw {
  readonly [member: string]: unknown
}
const original = JSON.parse(readFileSync(dump, 'utf8')) as Raw

test.each(['workloads', 'services', 'policies', 'certificates'])(
  '-o json, yaml and ndjson of %s are what the proxy sent',
  async name => {
    expect(JSON.parse(await out(`${name} -o json -f ${dump}`))).toEqual(original[name])
    expect(parse(await out(`${name} -o yaml -f ${dump}`))).toEqual(original[name])
    const lines = (await out(`${name} -o ndjson -f ${dump}`)).trimEnd().split('\n')
    expect(lines.map(line => JSON.parse(line))).toEqual(original[name])
  },
)

test('-o json and yaml of all are the dump', async () => {
  expect(JSON.parse(await out(`all -o json -f ${dump}`))).toEqual(original)
  expect(parse(await out(`all -o yaml -f ${dump}`))).toEqual(original)
})

/** Every text and number of `theirs` stands at the same place in `ours`; empty values are istioctl's inventions. */
const holdsAll = (ours: unknown, theirs: unknown, path = ''): void => {
  if (theirs === '' || theirs === null) return
  if (typeof theirs !== 'object') expect(ours, path).toBe(theirs)
  else
    for (const [key, value] of Object.entries(theirs)) {
      if (typeof value === 'object' && value !== null && Object.values(value).every(one => one === '')) continue
      holdsAll((ours as Raw | undefined)?.[key], value, `${path}/${key}`)
    }
}

test.each([
  ['workload', 'json'],
  ['service', 'json'],
  ['policy', 'json'],
  ['certificate', 'yaml'],
  ['workload', 'yaml'],
  ['service', 'yaml'],
])('every fact of istioctl’s %s list as %s is in ours', async (name, format) => {
  const theirs = parse(
    readFileSync(`fixtures/recorded/istioctl-lists/ztunnel-config-${name}.${format}`, 'utf8'),
  ) as Raw[]
  const ours = JSON.parse(await out(`${name} -o json -f ${dump}`)) as Raw[]
  const keyOf = (element: Raw) =>
    JSON.stringify([element.uid, element.hostname, element.namespace, element.name, element.identity])
  const known = new Map(ours.map(element => [keyOf(element), element]))
  for (const element of theirs) {
    const hostname = element.hostname === '' ? undefined : element.hostname
    holdsAll(known.get(keyOf(element)) ?? known.get(keyOf({ ...element, hostname })), element)
  }
})

/** Texts and numbers with the names that lead to them; places in a list do not count. */
const factsOf = (value: unknown, path = ''): readonly string[] => {
  if (value === '' || value === null) return []
  if (typeof value !== 'object') return [`${path} ${String(value)}`]
  return Object.entries(value).flatMap(([name, member]) =>
    factsOf(member, `${path}/${Array.isArray(value) ? '' : name}`),
  )
}

test.each([
  ['all', 'yaml'],
  ['policy', 'yaml'],
  ['connections', 'json'],
  ['connections', 'yaml'],
])('every fact of istioctl’s %s as %s is in ours as often', async (name, format) => {
  const theirs = readFileSync(`fixtures/recorded/istioctl-lists/ztunnel-config-${name}.${format}`, 'utf8')
  const left = new Map<string, number>()
  for (const fact of factsOf(parse(await out(`${name} -o ${format} -f ${asked}`))))
    left.set(fact, (left.get(fact) ?? 0) + 1)
  const missing = factsOf(parse(theirs)).filter(fact => {
    const times = left.get(fact) ?? 0
    left.set(fact, times - 1)
    return times <= 0
  })
  expect(missing).toEqual([])
})

test('connections as JSON keep the uid of each pod, which istioctl loses', async () => {
  const pods = JSON.parse(await out(`connections -o json -f ${dump}`)) as { podUid: string }[]
  expect(pods.map(pod => pod.podUid).sort()).toEqual(Object.keys(original.workloadState as object).sort())
})

test('the reason stands beside None, TCP and 0/1, and says where it is from', async () => {
  const wide = await out(`workloads -o wide -f ${lab}/k8s -f ${dump}`)
  const line = (text: string, name: string) => text.split('\n').find(line => line.includes(` ${name}`))
  expect(line(wide, 'cart-7547b8b4c7-cwdkc')).toContain(
    'None: Gateway shop/waypoint is for service traffic only, asked for by Namespace shop (objects)',
  )
  expect(line(wide, 'optout-5668cc6f79-b2hmk')).toContain(
    'istio.io/dataplane-mode=none on Pod misc/optout-5668cc6f79-b2hmk (objects)',
  )
  expect(line(wide, 'direct-5d886ffbdc-qdvf4')).toContain('svcacct/wp-workload:15008')
  const services = await out(`services -o wide -f ${lab}/k8s -f ${dump}`)
  expect(line(services, 'app-missing-wp')).toContain('None: Gateway tenant/ghost does not exist')
  expect(line(services, 'notready ')).toContain('notready-568668bdd5-cm7sn: not ready, so not sent as an endpoint')
  expect(line(services, 'notready-pub')).toContain('unhealthy, taken as the health policy is AllowAll')
})

test('where only the namespace was collected, the cell says that the label of the object is not known', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ambientctl-objects-'))
  const labels = { 'istio.io/use-waypoint': 'none' }
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }
  writeFileSync(join(folder, 'shop.json'), JSON.stringify(namespace))
  const cells = await out(`services --service-namespace shop --columns why-waypoint -f ${folder} -f ${dump}`)
  expect(cells).toContain(
    'None: istio.io/use-waypoint=none on Namespace shop; its own object is not in the snapshot (objects)',
  )
})

test('Markdown is a table for a ticket, in which no cell is markup', async () => {
  const table = await out(`policies --columns policy-name,rules -o markdown -f ${dump}`)
  const lines = table.split('\n')
  expect(lines.slice(0, 3)).toEqual([
    '| POLICY NAME | RULES |',
    '| --- | --- |',
    '| istio\\_converted\\_static\\_strict | principal not present |',
  ])
  expect(lines.find(line => line.startsWith('| ipgate-allow'))).toContain(
    'source not 10.244.0.47/32\\|10.244.0.57/32\\]',
  )
  const all = await out(`all --with-headers -o markdown -f ${dump}`)
  expect(all.startsWith('## workloads\n\n| NAMESPACE | POD NAME |')).toBe(true)
  expect(all).toContain('\n\n## services\n\n| NAMESPACE | SERVICE NAME |')
})

test.each([
  ['shop/cart-7547b8b4c7-cwdkc', ['cart-7547b8b4c7-cwdkc']],
  ['cart-7547b8b4c7-cwdkc.shop', ['cart-7547b8b4c7-cwdkc']],
  ['cart-7547b8b4c7-cwdkc', ['cart-7547b8b4c7-cwdkc']],
])('the dump alone tells the node of pod %s, whose rows are shown', async (pod, names) => {
  const table = await out(`workloads ${pod} --columns pod-name --no-headers -f ${dump}`)
  expect(table.trim().split('\n')).toEqual(names)
})

test('a ztunnel that is named stands for all that it holds', async () => {
  expect(await out(`workloads ztunnel-thphm.istio-system -f ${dump}`)).toBe(await out(`workloads -f ${dump}`))
})

test('without objects the dump is all there is, and the cell says so', async () => {
  const wide = await out(`workloads -o wide -f ${dump}`)
  expect(wide).toContain('None: why is not in a dump; give the Kubernetes objects as well (dump)')
  expect(wide).toContain("on the node's network, never captured (dump)")
})

test('descending order is asked for also where the letter after the minus is a flag', async () => {
  const names = (await out(`workloads --sort-by -node --columns node --no-headers -f ${dump}`)).split('\n')
  expect(names[0]).toBe('node1')
  expect((await run(`workloads --sort-by -n shop -f ${dump}`)).err).toContain('Flag --sort-by expects a value')
})

test('columns are chosen and sorted by name', async () => {
  const csv = await out(`services --columns service-name,ports --sort-by -endpoints -o csv -f ${dump}`)
  expect(csv.split('\n')[0]).toBe('service-name,ports')
  const { code, err } = await run(`services --columns nothing -f ${dump}`)
  expect(code).toBe(64)
  expect(err).toContain('there is no column nothing')
  expect(err).toContain('service-vip')
})

test('-o name has one name a line', async () => {
  expect((await out(`policies -o name -f ${dump}`)).split('\n')[0]).toBe(
    'policy/istio-system/istio_converted_static_strict',
  )
})

test('the overview fits on a screen and names what stands out', async () => {
  const text = await out(`-f ${dump}`)
  expect(text.split('\n').length).toBeLessThan(24)
  expect(text).toContain('29 HBONE, 22 TCP')
  expect(text).toMatch(/unhealthy +3 {2}misc\/half-bad/)
  const json = JSON.parse(await out(`-o json -f ${dump}`)) as { schemaVersion: number; ztunnels: { node: string }[] }
  expect(json).toMatchObject({ schemaVersion: 1, ztunnels: [{ node: 'node1', workloads: { total: 51 } }] })
})

test('config shows settings and build, without the values of headers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  const config = { ...(original.config as Raw), caHeaders: [['authorization', 'Bearer secret']] }
  writeFileSync(join(folder, 'dump.json'), JSON.stringify({ ...original, config }))
  const text = await out(`config -f ${folder}/dump.json`)
  expect(text).toContain('config  localNode                node1')
  expect(text).toContain('["authorization","<redacted>"]')
  for (const format of ['json', 'yaml', 'ndjson'])
    expect(await out(`config -o ${format} -f ${folder}/dump.json`)).not.toContain('secret"')
  expect(await out(`all -o json -f ${folder}/dump.json`)).not.toContain('Bearer')
})

test.each([
  ['all', [dump]],
  ['all', [dump, asked]],
  ['workloads', [dump]],
  ['policies', [dump, asked]],
])('-o json of %s of %j is laid out as JSON is everywhere', async (table, dumps) => {
  const text = await out(`${table} -o json ${dumps.map(file => `-f ${file}`).join(' ')}`)
  expect(lines(text)).toEqual(lines(JSON.stringify(JSON.parse(text), null, 2)))
})

/** Without the order of members, which `JSON.parse` changes where keys are numbers. */
const lines = (json: string) =>
  json
    .trimEnd()
    .split('\n')
    .map(line => line.replace(/,$/, ''))
    .sort()

test('-o json of all is the dump as the ztunnel printed it', async () => {
  expect(await out(`all -o json -f ${dump}`)).toBe(`${readFileSync(dump, 'utf8').trimEnd()}\n`)
})

test('several dumps become one list, and what differs between them is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  const workloads = (original.workloads as Raw[])
    .slice(1)
    .map((one, index) => (index === 0 ? { ...one, status: 'Unhealthy' } : one))
  const config = { ...(original.config as Raw), localNode: 'node2' }
  writeFileSync(join(folder, 'node2.json'), JSON.stringify({ ...original, config, workloads }))
  const text = await out(`workloads -f ${dump} -f ${folder}/node2.json`)
  expect(text.startsWith(recorded('workload'))).toBe(true)
  expect(text).toContain('2 resources differ between 2 dumps')
  expect(text).toMatch(/workload Kubernetes\/\/Pod\/blocked\/evil.*\n {2}held by .*\n {2}absent from .*node2\.json/)
  expect(text).toContain('with another status (Unhealthy, not Healthy)')
  expect(await out(`-f ${dump} -f ${folder}/node2.json`)).toMatch(
    /another status( \(Unhealthy, not Healthy\))? in 1 of 2/,
  )
  const long = {
    ...original,
    config,
    workloads: workloads.map((one, index) =>
      index === 0 ? { ...one, trustDomain: '\u202e'.repeat(9) + 'x'.repeat(99), services: ['a/b'] } : one,
    ),
  }
  writeFileSync(join(folder, 'node3.json'), JSON.stringify(long))
  const odd = await out(`workloads -f ${dump} -f ${folder}/node3.json`)
  expect(odd).toMatch(
    /another services, status \(Unhealthy, not Healthy\), trustDomain \(\\u202e.*…, not cluster\.local\)\n/,
  )
  const json = JSON.parse(await out(`workloads -o json -f ${dump} -f ${folder}/node2.json`)) as {
    dumps: { node: string; workloads: unknown[] }[]
    divergence: unknown[]
  }
  expect(json.dumps.map(one => [one.node, one.workloads.length])).toEqual([
    ['node1', 51],
    ['node2', 50],
  ])
  expect(json.divergence).toHaveLength(2)
  expect(parse(await out(`workloads -o yaml -f ${dump} -f ${folder}/node2.json`))).toEqual(json)
})

test('a dump comes from standard input, packed too', async () => {
  const { code, out } = await run('policy -f -', { input: readFileSync(dump, 'utf8') })
  expect({ code, out }).toEqual({ code: 0, out: recorded('policy') })
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  writeFileSync(join(folder, 'dump.json.gz'), gzipSync(readFileSync(dump)))
  expect((await run(`policy -f ${folder}/dump.json.gz`)).out).toBe(recorded('policy'))
})

test.each([
  ['a cut-off dump', (text: string) => text.slice(0, 50_000), 'is cut off'],
  ['no dump', () => '{"a": 1}', 'is no input that is known'],
  ['nothing', () => '', 'is no input that is known'],
])('%s is one clear error', async (_, made, message) => {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  writeFileSync(join(folder, 'dump.json'), made(readFileSync(dump, 'utf8')))
  const { code, out, err } = await run(`workloads -f ${folder}/dump.json`)
  expect({ code, out }).toEqual({ code: 65, out: '' })
  expect(err).toContain(message)
})

test('an unreadable element costs itself and is counted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  const workloads = [{ uid: 7 }, 'x', ...(original.workloads as Raw[])]
  writeFileSync(join(folder, 'dump.json'), JSON.stringify({ ...original, workloads }))
  const { code, out, err } = await run(`workloads -f ${folder}/dump.json`)
  expect({ code, out }).toEqual({ code: 0, out: recorded('workload') })
  expect(err).not.toBe('')
  expect((await run(`workloads -v -f ${folder}/dump.json`)).err).toContain('/workloads/1')
})

test.each([
  ['an element of another section', '"services": [', '"services": [ 7,', '/services/0: expected an object, found 7'],
  ['a section of the wrong type', '"stagedServices": {}', '"stagedServices": 5', '/stagedServices: expected an array'],
  ['a broken token', /"canonical": true(?![\s\S]*"canonical": true)/, '"canonical": tru', 'expected valid JSON'],
])('%s that the table does not need is counted all the same', async (_, old, broken, told) => {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  const file = join(folder, 'dump.json')
  writeFileSync(file, readFileSync(asked, 'utf8').replace(old, broken))
  for (const args of ['policy', 'certificate', 'config']) {
    const { code, err } = await run(`${args} -f ${file}`)
    expect({ args, code, err }).toEqual({ args, code: 0, err: '1 error in what was read; --verbose lists them\n' })
    expect((await run(`${args} -v -f ${file}`)).err).toContain(told)
  }
  expect((await run(`policy -f ${file}`)).out).toBe(recorded('policy'))
})

const widths = (text: string) => text.split('\n').map(line => line.length)
const overviewAt = (args: string, columns: string) => run(args, { env: { ...now, COLUMNS: columns } })

test.each(['80', '100', '120'])('on a screen of %s columns the overview is a box that fits', async columns => {
  const { out: text, err } = await overviewAt(`-f ${dump}`, columns)
  expect(err).toBe('')
  expect(text).toMatch(/┌─+┬─+┬─+┐\n│ workloads +│ +51 │ 29 HBONE, 22 TCP +│/)
  expect(Math.max(...widths(text))).toBeLessThanOrEqual(Number(columns))
  expect(text.split('\n').length).toBeLessThan(24)
})

test('in a pipe the overview is lines of 80 columns', async () => {
  const text = await out(`-f ${dump}`)
  expect(text).not.toContain('│')
  expect(Math.max(...widths(text))).toBeLessThanOrEqual(80)
})

const ztunnelsOn = async (nodes: readonly string[], changed: (dump: Raw, node: string) => Raw = dump => dump) => {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  for (const localNode of nodes) {
    const config = { ...(original.config as Raw), localNode }
    writeFileSync(join(folder, `${localNode}.json`), JSON.stringify(changed({ ...original, config }, localNode)))
  }
  return folder
}

test('a certificate that ztunnel should have replaced by now stands out as expiring', async () => {
  const at = async (time: string) => (await run(`-f ${dump}`, { env: { AMBIENTCTL_NOW: time } })).out
  expect(await at('2026-11-24T12:00:00Z')).not.toContain('expiring')
  expect(await at('2026-11-24T17:00:00Z')).toMatch(/expiring +19 {2}ns\/blocked\/sa\/evil, /)
})

test('a member that releases 1.19 to 1.21 print twice is no error', async () => {
  for (const release of ['1.19.10', '1.20.8', '1.21.6'])
    await out(`policies -f fixtures/recorded/ztunnel-eras/${release}/config_dump.json`)
})

test('the overview of many ztunnels has a line for each, and says once what all hold', async () => {
  const { out } = await run(`-f ${await ztunnelsOn(['n1', 'n2', 'n3'])}`)
  expect(out).toMatch(
    /^3 ztunnels, all 1\.30.*\neach holds 51 workloads, 56 services and 9 policies\nZTUNNEL +PODS.*STANDS OUT\nn1 .*\d unhealthy.*\nn2 .*\nn3 .*\n\nThe 3 dumps agree\.\n$/,
  )
})

test('of forty ztunnels that differ the overview is still one screen', async () => {
  const nodes = Array.from({ length: 40 }, (_, index) => `pool-1-with-a-long-name-in-europe-west4-${index}`)
  const folder = await ztunnelsOn(nodes, (dump, node) => ({
    ...dump,
    workloads: [],
    services: node.endsWith('7') ? (dump.services as Raw[]).slice(20) : dump.services,
  }))
  const { out } = await overviewAt(`-f ${folder}`, '100')
  expect(out).toContain('36 to 56 services')
  expect(out).toContain('and 34 more')
  expect(out).toMatch(/│ service egress\/\*\.wild\.example\.com +│ absent from 4 of 40 │/)
  expect(out).toContain('and 15 more, which workloads, services and policies list with --all-nodes')
  expect(Math.max(...widths(out))).toBeLessThanOrEqual(100)
  expect(out.split('\n').length).toBeLessThan(30)
})

test('what differs between dumps is a box on a screen', async () => {
  const folder = await ztunnelsOn(['n1', 'n2'], (dump, node) =>
    node === 'n1' ? dump : { ...dump, policies: (dump.policies as Raw[]).slice(1) },
  )
  const { out } = await overviewAt(`policies -f ${folder}`, '80')
  expect(out).toMatch(/│ RESOURCE +│ CONTENT +│ DUMPS +│\n├[─┼]+┤\n│ policy .*│ held .*│ .*│/)
  expect(out).toMatch(/│ absent +│/)
})

test.each([
  [
    'an old dump',
    'fixtures/recorded/ztunnel-eras/1.18.0/config_dump.json',
    /pods +unknown/,
    /policies.* unknown which are/,
  ],
  [
    "istioctl's list",
    'fixtures/recorded/istioctl-lists/ztunnel-config-workload.json',
    /services +unknown {2}this dump does not tell/,
    /certificates +unknown/,
  ],
])('%s shows as unknown what it does not tell', async (_, file, ...expected) => {
  const text = await out(`-f ${file}`)
  for (const part of expected) expect(text).toMatch(part)
})

test.each(['web-84c57879c9-lr4pm.shop', 'shop/web-84c57879c9-lr4pm', 'pod/web-84c57879c9-lr4pm -n shop'])(
  'the argument %s is a pod: its node has the ztunnel, and its rows alone are shown, as in istioctl',
  async pod => {
    const names = (text: string) => text.trimEnd().split('\n')
    expect(names(await out(`workloads ${pod} -o name -f ${lab}`))).toEqual(['workload/shop/web-84c57879c9-lr4pm'])
    expect(names(await out(`connections ${pod} -o name -f ${lab}`))).toEqual(['pod/shop/web-84c57879c9-lr4pm'])
    const json = JSON.parse(await out(`connections ${pod} -o json -f ${lab}`)) as unknown[]
    expect(json).toMatchObject([{ info: { namespace: 'shop', name: 'web-84c57879c9-lr4pm' } }])
    expect(names(await out(`policies ${pod} -o name -f ${lab}`))).toHaveLength(9)
  },
)

test.each(['ztunnel-thphm.istio-system', 'ds/ztunnel'])('the argument %s is a ztunnel: all is shown', async ztunnel => {
  expect(await out(`workloads ${ztunnel} -f ${lab}`)).toBe(await out(`workloads -f ${lab}`))
})

test.each([
  ['workloads --workload-namespace none', dump, 'note: none of the workloads is what was asked for\n'],
  [
    'connections',
    'fixtures/recorded/ztunnel-eras/1.18.0/config_dump.json',
    'note: fixtures/recorded/ztunnel-eras/1.18.0/config_dump.json does not tell the connections: a dump of this age or form has none\n',
  ],
  [
    'policies',
    'fixtures/recorded/istioctl-lists/ztunnel-config-workload.json',
    'note: fixtures/recorded/istioctl-lists/ztunnel-config-workload.json does not tell the policies: a dump of this age or form has none\n',
  ],
  [
    'workloads -o ndjson --sort-by name',
    dump,
    'note: --sort-by counts for rows only; this format prints what the proxy sent\n',
  ],
])('%s says on standard error what its rows do not', async (args, file, note) => {
  const { code, err } = await run(`${args} -f ${file}`)
  expect({ code, err }).toEqual({ code: 0, err: note })
})

test('a column is unknown up to the last release that does not print its member', async () => {
  const cells = async (args: string, release: string) => {
    const file = `fixtures/recorded/ztunnel-eras/${release}/config_dump.json`
    return new Set((await out(`${args} --no-headers -f ${file}`)).trimEnd().split('\n'))
  }
  const known = async (args: string, before: string, since: string) => {
    expect(await cells(args, before)).toEqual(new Set(['unknown']))
    expect(await cells(args, since)).not.toContain('unknown')
  }
  await known('services --columns cidr-vips', '1.29.6', '1.30.3')
  await known('services --columns weighted-waypoints', '1.30.3', '1.31')
  await known('services --columns canonical', '1.28.10', '1.29.6')
  await known('policies --columns dry-run', '1.28.10', '1.29.6')
  await known('workloads --columns gateway', '1.18.0', '1.19.10')
  await known('workloads --columns state', '1.21.6', '1.22.8')
})

test('a workload without services has none, unless the dump never names any', async () => {
  const services = async (file: string) =>
    (await out(`workloads --columns pod-name,services -o csv -f ${file}`)).split('\n')
  expect(await services(dump)).toContain('old-68667874b-26nch,-')
  const [, ...rows] = (await services('fixtures/recorded/ztunnel-eras/1.26.8/config_dump.json')).filter(Boolean)
  for (const row of rows) expect(row).toMatch(/,unknown$/)
})

test('a waypoint is not said to lead nowhere by a dump that has no services to look it up in', async () => {
  const text = await out('workloads -o wide -f fixtures/recorded/istioctl-lists/ztunnel-config-workload.json')
  expect(text).toContain(
    'NA: infra/shared.infra.svc.cluster.local (port unknown), and services are not in this dump (dump)',
  )
  expect(text).not.toContain('traffic to it fails')
})

test('all has names and CSV too', async () => {
  const lists = ['workloads', 'services', 'policies', 'certificates', 'connections']
  const each = async (format: string) => Promise.all(lists.map(name => out(`${name} -o ${format} -f ${dump}`)))
  expect(await out(`all -o name -f ${dump}`)).toBe((await each('name')).join(''))
  expect(await out(`all -o csv -f ${dump}`)).toBe((await each('csv')).join('\n'))
})

test("what one of istioctl's lists alone cannot tell is unknown in its wide table", async () => {
  const column = async (table: string, columns: string) =>
    (
      await out(
        `${table}s --columns ${columns} --no-headers -f fixtures/recorded/istioctl-lists/ztunnel-config-${table}.json`,
      )
    )
      .trimEnd()
      .split('\n')
      .map(line => line.trimEnd())
  expect(new Set(await column('workload', 'state'))).toEqual(new Set(['unknown']))
  for (const line of await column('workload', 'policies')) expect(line).toMatch(/unknown$/)
  expect(new Set(await column('service', 'why-endpoints'))).toEqual(
    new Set(['unknown: workloads are not in this dump (dump)']),
  )
  const binds = await out(
    'policies --columns binds --no-headers -f fixtures/recorded/istioctl-lists/ztunnel-config-policy.json',
  )
  expect(binds).toBe('unknown\n'.repeat(9))
})

test('two paths with dumps of one node are compared; a folder with copies counts a ztunnel once', async () => {
  const folder = await ztunnelsOn(['node1'], dump => ({ ...dump, policies: (dump.policies as Raw[]).slice(1) }))
  const two = await out(`policies -o wide -f ${dump} -f ${folder}`)
  expect(two).toContain('1 resource differs between 2 dumps')
  expect(two).toMatch(/SEEN BY[\s\S]*istio_converted_static_strict .* fixtures\/.*\.json\n/)
  writeFileSync(join(folder, 'same.json'), readFileSync(dump))
  expect(await out(`policies -f ${folder}`)).not.toContain('dumps')
  expect(await out(`policies -f ${folder} -f ${folder}/node1.json`)).not.toContain('dumps')
})

test.each(['services', 'all'])('%s in a format of lines alone says how much differs between dumps', async table => {
  const folder = await ztunnelsOn(['n1', 'n2'], (dump, node) =>
    node === 'n1' ? dump : { ...dump, services: (dump.services as Raw[]).slice(1) },
  )
  for (const format of ['csv', 'name', 'ndjson']) {
    const { code, err } = await run(`${table} -o ${format} -f ${folder}`)
    expect({ code, err }).toEqual({
      code: 0,
      err: 'note: 1 resource differs between the dumps; -o text, json and yaml tell which\n',
    })
  }
})

test('control and bidirectional characters are shown, not obeyed, and wide ones keep the columns, in lists and boxes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ambient-'))
  const [first, ...others] = original.workloads as Raw[]
  const odd = { ...first, namespace: '日本', name: 'e\u001b[31m\u202e\u0007\n本', status: 'Unhealthy' }
  writeFileSync(join(folder, 'dump.json'), JSON.stringify({ ...original, workloads: [odd, ...others] }))
  for (const args of ['workloads', 'workloads -o wide', 'workloads -o csv', 'workloads -o name', '']) {
    const { out } = await overviewAt(`${args} -f ${folder}`.trim(), '100')
    expect(out).toContain('日本')
    expect(out).toContain('e\\x1b[31m\\u202e\\x07\\n本')
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e/u)
  }
  const { out: box } = await overviewAt(`-f ${folder}`, '100')
  const lines = box.split('\n').filter(line => /^[│┌└]/.test(line))
  expect(new Set(lines.map(line => stringWidth(line))).size).toBe(1)
})

test.each([
  ['-o', 'jsonpath={[?(@.namespace=="pay")].name}'],
  ['-ojsonpath={[?(@.namespace=="pay")].name}'],
  ['--output=jsonpath={[?(@.namespace=="pay")].name}'],
  ['-o', 'jsonpath', '--template', '{[?(@.namespace=="pay")].name}'],
])('a template is taken as kubectl takes it: %s', async (...flags) => {
  const { code, out } = await ambientctl(['dump', 'ztunnel', 'policies', '-f', dump, ...flags], { env: now })
  const policies: { name: string; namespace: string }[] = JSON.parse(readFileSync(dump, 'utf8')).policies
  expect(code).toBe(0)
  expect(out).toBe(
    `${policies
      .filter(({ namespace }) => namespace === 'pay')
      .map(({ name }) => name)
      .join(' ')}\n`,
  )
})

test('a template that is none is one error with an example', async () => {
  const { code, err } = await run(`workloads -f ${dump} -o jsonpath={.items[*].name}`)
  expect({ code, err }).toEqual({
    code: 64,
    err: expect.stringMatching(/^error: the template of -o jsonpath .*\n {2}try: -o jsonpath='\{range \[\*\]\}/),
  })
})
