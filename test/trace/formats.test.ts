import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { traceRequest } from '#pipeline/trace-request.ts'
import type { Look } from '#render/look.ts'
import { traceRenderers } from '#render/trace/index.ts'
import type { Density } from '#render/trace/text.ts'
import type { Trace } from '#trace/trace.ts'

const look: Look = { colour: false, width: Number.POSITIVE_INFINITY }
const ask = (from: string, to: string): Promise<Trace> =>
  traceRequest({ state: { kind: 'files', paths: ['fixtures/demo'] }, from, to, request: {} })
const shown = (
  trace: Trace,
  format: 'text' | 'json' | 'yaml' | 'mermaid' | 'dot',
  density: Density = 'summary',
): string => [...traceRenderers(density)[format](trace, look)].join('\n')

/** Without the marks that lead branches down the page. */
const wordsOf = (lines: readonly string[]): readonly string[] =>
  lines
    .join(' ')
    .split(/[ │├┆┄]+/)
    .filter(word => word !== '')

const requests: readonly (readonly [string, string])[] = [
  ['deploy/web.shop', 'http://ledger.pay/'],
  ['deploy/web.shop', 'http://vault.pay:8081/'],
  ['deploy/web.shop', 'http://multi.misc/'],
  ['legacy/old', 'http://empty.misc/'],
  ['deploy/web.shop', 'http://203.0.113.20:8080/'],
  ['node/node1', 'http://10.244.0.40:8080/'],
]

describe('a trace as JSON', () => {
  const validate = new Ajv2020({ strict: true }).compile(JSON.parse(readFileSync('schemas/trace.schema.json', 'utf8')))

  test.each(requests)('%s → %s fits the published schema', async (from, to) => {
    const trace = await ask(from, to)
    const document = JSON.parse(shown(trace, 'json'))
    validate(document)
    expect(validate.errors).toBeNull()
    expect(parse(shown(trace, 'yaml'))).toEqual(document)
  })

  test('is the same for the same input', async () => {
    const [from, to] = ['deploy/web.shop', 'http://multi.misc/']
    expect(shown(await ask(from, to), 'json')).toBe(shown(await ask(from, to), 'json'))
  })
})

describe('a trace as text', () => {
  test('names the verdict, the deciding policy and what the client sees', async () => {
    const text = shown(await ask('deploy/web.shop', 'http://vault.pay:8081/'), 'text')
    expect(text).toMatch(/REJECTED {2}rbac-explicit-deny/)
    expect(text).toMatch(/denied by pay\/vault-deny-admin/)
    expect(text).toMatch(/client sees: a connection that opens, then is reset or closed/)
  })

  test('in detail cites file and pointer of what decided and of what lost', async () => {
    const text = shown(await ask('deploy/web.shop', 'http://vault.pay:8081/'), 'text', 'detailed')
    expect(text).toMatch(/config_dump\.json \/policies\/6 .*AuthorizationPolicy pay\/vault-deny-admin/)
    expect(text).toMatch(/✗ DENY pay\/vault-deny-not-payapi/)
  })

  test.each([
    ['http://vault.pay:9999/', 'service pay/vault has ports 80, 8081, 9000; none is 9999'],
    ['http://empty.misc/', 'service misc/empty has no endpoint'],
    ['http://notready.misc/', 'service misc/notready has no endpoint: 1 workload is not healthy'],
    ['http://multi.misc:82/', 'none of 2 endpoints of service misc/multi may be used: 2 do not serve this port'],
  ])('%s: tells why there is no healthy upstream', async (to, why) => {
    const lines = shown(await ask('deploy/web.shop', to), 'text').split('\n')
    const at = lines.findIndex(line => line.includes('no healthy upstream'))
    expect(lines[at - 1]?.trim()).toBe(why)
  })

  test('a port that a service behind a waypoint does not have is named where the waypoint is chosen', async () => {
    const text = shown(await ask('deploy/web.shop', 'http://cart.shop:9999/'), 'text')
    expect(text).toMatch(/service shop\/cart has waypoint shop\/waypoint and ports? .*\b(none is|not) 9999$/m)
    expect(text).toMatch(/REJECTED {2}waypoint-closed/)
    const served = shown(await ask('deploy/web.shop', 'http://cart.shop/'), 'text')
    expect(served).toMatch(/service shop\/cart has waypoint shop\/waypoint$/m)
  })

  test.each([80, 100, 120])('keeps to %i columns, and says the same words', async width => {
    for (const [from, to] of requests) {
      const trace = await ask(from, to)
      const within = [...traceRenderers('summary').text(trace, { colour: false, width })]
      expect(within.filter(line => line.length > width)).toEqual([])
      expect(wordsOf(within)).toEqual(wordsOf([...traceRenderers('summary').text(trace, look)]))
    }
  })

  test('puts steps beside their hop where there is room, and below it on a narrow terminal', async () => {
    const trace = await ask('deploy/web.shop', 'http://vault.pay:8081/')
    const at = (width: number) => [...traceRenderers('summary').text(trace, { colour: false, width })].join('\n')
    expect(at(120)).toMatch(/^ 3 outbound +ztunnel on node1 +10\.96\.255\.63 is service pay\/vault$/m)
    expect(at(80)).toMatch(/^ 3 outbound +ztunnel on node1\n {4}10\.96\.255\.63 is service pay\/vault$/m)
  })

  test('a mapped address is the IPv4 address that the kernel sends to', async () => {
    const text = shown(await ask('::ffff:10.244.0.35', 'http://[::ffff:10.96.255.63]:8081/'), 'text')
    expect(text).toContain('10.96.255.63 is service pay/vault')
    expect(text).toContain('REJECTED')
  })

  test('in its minimal form has no address', async () => {
    const text = shown(await ask('deploy/web.shop', 'http://multi.misc/'), 'text', 'minimal')
    expect(text.split('\n').slice(1).join('\n')).not.toMatch(/\d+\.\d+\.\d+\.\d+/)
  })

  test('shows branches that differ only in the endpoint once', async () => {
    const text = shown(await ask('deploy/web.shop', 'http://multi.misc/'), 'text')
    expect(text.match(/DELIVERED/g)).toHaveLength(2)
    expect(text).toMatch(/and alike 50 % 10\.244\.0\.52:8080/)
  })
})

describe('a trace as a drawing', () => {
  test('has a node for every hop and verdict, and quotes what Mermaid would read', async () => {
    const text = shown(await ask('deploy/web.shop', 'http://multi.misc/'), 'mermaid')
    expect(text.match(/:::delivered/g)).toHaveLength(2)
    expect(text.split('\n')[0]).toBe('flowchart TD')
  })

  test('is balanced Graphviz', async () => {
    const text = shown(await ask('deploy/web.shop', 'http://vault.pay:8081/'), 'dot')
    expect(text).toMatch(/^digraph trace \{\n[\s\S]*\n\}$/)
    expect(text).toMatch(/rejected: rbac-explicit-deny/)
  })
})
