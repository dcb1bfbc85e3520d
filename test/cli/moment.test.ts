import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ambientctl } from './ambientctl.ts'

/** The demo was taken on 23 November 2026, and its certificates are valid for a day. */
const demo = 'fixtures/demo'
const dump = `${demo}/ztunnel/node1/config_dump.json`
const onClock = { env: { AMBIENTCTL_NOW: '' } }
const asOfSnapshot = /^note: expiry is judged as of 2026-11-23T19:14:00\.000Z, when the snapshot was taken/m

const folder = mkdtempSync(join(tmpdir(), 'ambientctl-moment-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a snapshot is judged as of the time it was taken', () => {
  test('its certificates are valid, and standard error says which time was used', async () => {
    const { out, err } = await ambientctl(['dump', 'ztunnel', '--snapshot', demo], onClock)
    expect(out).toContain('next to expire in')
    expect(out).not.toContain('none is valid')
    expect(err).toMatch(asOfSnapshot)
  })

  test('programs read the time in the result', async () => {
    const { out } = await ambientctl(['dump', 'ztunnel', '--snapshot', demo, '-o', 'json'], onClock)
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, asOf: '2026-11-23T19:14:00.000Z' })
  })

  test.each([
    ['dump ztunnel certificates', ['dump', 'ztunnel', 'certificates', '-o', 'wide']],
    ['dump ztunnel all', ['dump', 'ztunnel', 'all', '-o', 'wide']],
    ['dump waypoint secrets', ['dump', 'waypoint', 'secrets']],
  ])('%s too', async (_, command) => {
    const { out, err } = await ambientctl([...command, '--snapshot', demo], onClock)
    expect(out).not.toContain('expired')
    expect(err).toMatch(asOfSnapshot)
  })

  test('whoever asks for a time gets it', async () => {
    const asked = { env: { AMBIENTCTL_NOW: '2026-11-25T12:00:00Z' } }
    const { out, err } = await ambientctl(['dump', 'ztunnel', '--snapshot', demo], asked)
    expect(out).toContain('none is valid')
    expect(err).not.toContain('note:')
  })
})

describe('the overview of a ztunnel begins with where its state is from', () => {
  const later = { env: { AMBIENTCTL_NOW: '2026-11-25T19:14:00Z' } }

  test('its pod by the objects, the time by the index, and the age', async () => {
    const { out } = await ambientctl(['dump', 'ztunnel', '--snapshot', demo], later)
    expect(out.split('\n').slice(0, 3)).toEqual([
      'ztunnel 1.30 (by its shape) on node1, network default',
      dump,
      'pod istio-system/ztunnel-thphm, captured 2026-11-23T19:14:00.000Z, 2d ago',
    ])
    const { out: json } = await ambientctl(['dump', 'ztunnel', '--snapshot', demo, '-o', 'json'], later)
    expect(JSON.parse(json)).toMatchObject({
      ztunnels: [{ pod: 'istio-system/ztunnel-thphm', node: 'node1', capturedAt: '2026-11-23T19:14:00.000Z' }],
    })
  })

  test('each of several states has its own time and pod, and a dump beside them neither', async () => {
    const earlier = join(folder, 'earlier')
    cpSync(demo, earlier, { recursive: true })
    const index = join(earlier, 'snapshot.json')
    writeFileSync(index, readFileSync(index, 'utf8').replaceAll('2026-11-23T19:14:00', '2026-11-20T19:14:00'))
    const alone = join(folder, 'alone.json')
    cpSync(dump, alone)
    const states = ['--snapshot', earlier, '--snapshot', demo, '--snapshot', alone]
    const { out: json } = await ambientctl(['dump', 'ztunnel', ...states, '-o', 'json'], later)
    const { ztunnels } = JSON.parse(json) as { ztunnels: { file: string; pod?: string; capturedAt?: string }[] }
    expect(ztunnels.map(({ file, pod, capturedAt }) => [file, pod, capturedAt])).toEqual([
      [join(earlier, 'ztunnel/node1/config_dump.json'), 'istio-system/ztunnel-thphm', '2026-11-20T19:14:00.000Z'],
      [dump, 'istio-system/ztunnel-thphm', '2026-11-23T19:14:00.000Z'],
      [alone, undefined, undefined],
    ])
    const { out } = await ambientctl(['dump', 'ztunnel', ...states], later)
    expect(out).toContain('captured 2026-11-20T19:14:00.000Z to 2026-11-23T19:14:00.000Z, 1 unknown')
    expect(out).toMatch(/CAPTURED.*\n.* 5d ago .*\n.* 2d ago .*\n.* unknown /)
  })

  test('so does a wide table, unless headers are not wanted; the columns of istioctl stay as they are', async () => {
    const line =
      'ztunnel 1.30 (by its shape) on node1, pod istio-system/ztunnel-thphm, from fixtures/demo/ztunnel/node1/config_dump.json, captured 2026-11-23T19:14:00.000Z, 2d ago'
    const table = async (...args: string[]) => {
      const { out } = await ambientctl(['dump', 'ztunnel', ...args, '--snapshot', demo], later)
      return out.split('\n')
    }
    expect(await table('policies', '-o', 'wide')).toEqual([
      line,
      expect.stringMatching(/^NAMESPACE +POLICY NAME/),
      ...Array(9).fill(expect.anything()),
      '',
    ])
    expect((await table('config', '-o', 'wide'))[0]).toBe(line)
    expect((await table('all', '-o', 'wide')).filter(found => found === line)).toHaveLength(1)
    for (const format of ['text', 'csv', 'markdown', 'name', 'ndjson', 'json', 'yaml'])
      expect(await table('policies', '-o', format)).not.toContain(line)
    expect(await table('policies', '-o', 'wide', '--no-headers')).not.toContain(line)
    expect(await table('all', '-o', 'wide', '--no-headers')).not.toContain(line)
  })

  test('a dump alone tells neither', async () => {
    const { out } = await ambientctl(['dump', 'ztunnel', '--snapshot', dump], later)
    expect(out).not.toMatch(/captured|pod istio-system/)
  })
})

describe('the overview of a waypoint begins with where its state is from', () => {
  const later = { env: { AMBIENTCTL_NOW: '2026-11-25T19:14:00Z' } }
  const file = `${demo}/waypoint/shop/waypoint-6dcd798b58-cl4g5/config_dump.json`
  const title = 'waypoint waypoint-6dcd798b58-cl4g5.shop of Gateway shop/waypoint: Istio 1.30.3, Envoy 1.38.3'
  const source = `from ${file}, captured 2026-11-23T19:14:00.000Z, 2d ago`

  test('its file, the time by the index, and the age', async () => {
    const { out } = await ambientctl(['dump', 'waypoint', '--snapshot', demo], later)
    expect(out.split('\n').slice(0, 2)).toEqual([title, source])
  })

  test('programs read them beside the dump, which can be read again', async () => {
    const { out } = await ambientctl(['dump', 'waypoint', '--snapshot', demo, '-o', 'json'], later)
    expect(JSON.parse(out)).toMatchObject({
      proxy: 'waypoint-6dcd798b58-cl4g5.shop',
      pod: 'shop/waypoint-6dcd798b58-cl4g5',
      envoy: '1.38.3',
      file,
      capturedAt: '2026-11-23T19:14:00.000Z',
      configs: expect.any(Array),
    })
    const again = join(folder, 'waypoint.json')
    writeFileSync(again, out)
    const tables = [demo, again].map(state => ambientctl(['dump', 'waypoint', 'clusters', '--snapshot', state], later))
    const [first, second] = await Promise.all(tables)
    expect(second?.out).toBe(first?.out)
  })

  test('a dump that is not in the index has no time, in a list of several too', async () => {
    const alone = join(folder, 'waypoint-alone.json')
    writeFileSync(
      alone,
      readFileSync(file, 'utf8').replaceAll('waypoint-6dcd798b58-cl4g5', 'waypoint-6dcd798b58-other'),
    )
    const { out } = await ambientctl(['dump', 'waypoint', '--snapshot', demo, '--snapshot', alone, '-o', 'json'], later)
    const { proxies } = JSON.parse(out) as { proxies: { file: string; capturedAt?: string }[] }
    expect(proxies.map(proxy => [proxy.file, proxy.capturedAt])).toEqual([
      [file, '2026-11-23T19:14:00.000Z'],
      [alone, undefined],
    ])
    const { out: text } = await ambientctl(['dump', 'waypoint', '--snapshot', alone], later)
    expect(text.split('\n')[1]).toBe(`from ${alone}`)
  })

  test('so does a wide table, unless headers are not wanted; the columns of istioctl stay as they are', async () => {
    const table = async (...args: string[]) => {
      const { out } = await ambientctl(['dump', 'waypoint', ...args, '--snapshot', demo], later)
      return out.split('\n')
    }
    const line = `${title}, ${source}`
    expect((await table('clusters', '-o', 'wide'))[0]).toBe(line)
    expect((await table('all', '-o', 'wide')).filter(found => found === line)).toHaveLength(1)
    for (const format of ['text', 'csv', 'name', 'ndjson', 'json', 'yaml'])
      expect(await table('clusters', '-o', format)).not.toContain(line)
    expect(await table('clusters', '-o', 'wide', '--no-headers')).not.toContain(line)
  })
})

test('a dump alone has no time of its own: the clock judges it', async () => {
  const { out, err } = await ambientctl(['dump', 'ztunnel', '--snapshot', dump, '-o', 'json'], onClock)
  expect(Math.abs(Date.parse(JSON.parse(out).asOf) - Date.now())).toBeLessThan(60_000)
  expect(err).not.toContain('note:')
})

test('a snapshot of today needs no word about its time', async () => {
  const today = join(folder, 'today')
  cpSync(demo, today, { recursive: true })
  const index = JSON.parse(readFileSync(join(today, 'snapshot.json'), 'utf8'))
  writeFileSync(join(today, 'snapshot.json'), JSON.stringify({ ...index, takenAt: new Date().toISOString() }))
  const { err } = await ambientctl(['dump', 'ztunnel', '--snapshot', today], onClock)
  expect(err).not.toContain('note:')
})

test.each([['not a time'], [undefined], [17]])('an index whose time is %s is judged by the clock', async takenAt => {
  const odd = join(folder, `odd-${takenAt}`)
  cpSync(demo, odd, { recursive: true })
  const index = JSON.parse(readFileSync(join(odd, 'snapshot.json'), 'utf8'))
  writeFileSync(join(odd, 'snapshot.json'), JSON.stringify({ ...index, takenAt }))
  const { code, err } = await ambientctl(['dump', 'ztunnel', '--snapshot', odd], onClock)
  expect(code).toBe(0)
  expect(err).not.toContain('as of')
})

test('a trace names the time when a token is sent, which expires', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'HS256' })}.${part({ exp: Date.parse('2026-11-23T20:00:00Z') / 1000 })}.AAAA`
  const args = ['trace', 'deploy/web.shop', 'http://cart.shop:8080/', '-H', `Authorization: Bearer ${token}`]
  const { err } = await ambientctl([...args, '--snapshot', demo], onClock)
  expect(err).toMatch(asOfSnapshot)
  expect((await ambientctl([...args.slice(0, 3), '--snapshot', demo], onClock)).err).toBe('')
})
