import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readLogLine } from '#decode/access-log/line.ts'
import { classify } from '#explain/classify.ts'

const told = (line: string) => {
  const read = readLogLine(line)
  if (read === undefined) throw new Error(`no line: ${line}`)
  const { kind, entries, next } = classify(read)
  return { kind, codes: entries.map(({ code }) => code), next }
}

const ztunnel = (direction: string, error: string) =>
  `2026-11-23T18:58:24.163117Z\terror\taccess\tconnection complete\tsrc.addr=10.0.0.1:5 src.workload="web-1" src.namespace="shop" dst.addr=10.0.0.2:15008 dst.hbone_addr=10.0.0.2:8080 dst.service="cart.shop.svc.cluster.local" direction="${direction}" error="${error}"`

/** Appendix A of specs/failure-modes.md, the first code of each row. */
test.each([
  [
    'outbound',
    'connection timed out, maybe a NetworkPolicy is blocking HBONE port 15008: deadline has elapsed',
    'AMB001',
  ],
  ['outbound', 'io error: Connection refused (os error 111)', 'AMB003'],
  ['inbound', 'connection failed: Connection refused (os error 111)', 'no-listener'],
  [
    'inbound',
    'connection closed due to policy rejection: explicitly denied by: istio-system/istio_converted_static_strict',
    'AMB011',
  ],
  ['inbound', 'connection closed due to policy rejection: explicitly denied by: shop/no-web', 'rbac-explicit-deny'],
  ['inbound', 'connection closed due to policy rejection: allow policies exist, but none allowed', 'AMB009'],
  ['outbound', 'connection closed due to policy change', 'AMB031'],
  ['outbound', 'connection closed due to connection drain', 'AMB032'],
  ['inbound', 'connection closed: peer certificate revoked by CRL', 'AMB048'],
  ['outbound', 'http status: 401 Unauthorized', 'rbac-no-allow'],
  ['outbound', 'http status: 400 Bad Request', 'AMB023'],
  ['outbound', 'http status: 503 Service Unavailable', 'AMB013'],
  ['outbound', 'h2 failed: connection error received: frame with invalid size', 'AMB020'],
  ['outbound', 'io error: invalid peer certificate: UnknownIssuer', 'AMB022'],
  ['outbound', 'identity error: signing gRPC error (Unauthenticated): no', 'AMB021'],
  ['outbound', 'failed to fetch information about local workload: web.shop (web-1)', 'AMB013'],
  ['outbound', 'unknown waypoint: waypoint wp.shop not found', 'AMB004'],
  ['outbound', 'no valid routing destination for workload: w', 'AMB026'],
  ['outbound', 'no healthy upstream: 10.0.0.9:80', 'AMB015'],
  ['inbound', 'requested service cart:80 found, but cannot resolve port', 'AMB015'],
  ['inbound', 'no service or workload for hostname: cart', 'AMB046'],
  ['inbound', 'ip mismatch: 10.0.0.1 != 10.0.0.2', 'AMB023'],
  ['outbound', 'attempted recursive call to ourselves', 'AMB036'],
  ['outbound', 'io error: received corrupt message of type InvalidContentType', 'AMB020'],
  ['inbound', 'connection failed: deadline has elapsed', 'AMB003'],
  ['inbound', 'expected method CONNECT, got GET', 'AMB020'],
])('%s "%s" leads to %s', (direction, error, code) => {
  expect(told(ztunnel(direction, error)).codes).toContain(code)
})

test('the next command has the names of the line', () => {
  expect(told(ztunnel('outbound', 'no healthy upstream: 10.0.0.9:80')).next).toEqual([
    'ambientctl trace shop/web-1 10.0.0.2:8080 --snapshot PATH',
  ])
})

test('an early line names the sender by its address alone', () => {
  const line =
    '2026-11-23T19:05:22Z\twarn\taccess\tconnection failed\tsrc.addr=10.244.1.10:39474 dst.addr=10.244.1.20:80 direction="outbound" error="unknown source: 10.244.1.10"'
  expect(told(line).next).toEqual(['ambientctl trace 10.244.1.10 10.244.1.20:80 --snapshot PATH'])
})

test('a path that a client chose stays one word of the shell', () => {
  const line = `{"method":"GET","path":"/x';rm -rf ~;$&'","authority":"cart:80","response_code":503,"response_flags":"UF","downstream_remote_address":"10.0.0.1:0"}`
  expect(told(line).next).toEqual([`ambientctl trace 10.0.0.1 'http://cart:80/x'\\'';rm' --snapshot PATH`])
})

const refusedPlainly = ztunnel('outbound', 'io error: Connection refused (os error 111)').replace(
  /dst\.hbone_addr=\S+ /,
  '',
)

test('a plain connection that was refused has nothing to do with port 15008', () => {
  expect(told(refusedPlainly).codes).toEqual(['no-listener', 'AMB015', 'AMB020'])
  expect(told(ztunnel('outbound', 'io error: Connection refused (os error 111)')).codes[0]).toBe('tunnel-refused')
})

test('a text that means different things at the two ends tells both', () => {
  expect(told('connection failed: Connection refused (os error 111)').codes).toEqual(
    expect.arrayContaining(['tunnel-refused', 'no-listener']),
  )
})

test('tabs may have become spaces, and kubectl may have put its prefix before', () => {
  const line = ztunnel('outbound', 'http status: 401 Unauthorized')
  for (const copied of [line.replaceAll('\t', '  '), `[pod/ztunnel-x/istio-proxy] 2026-11-23T18:58:24Z ${line}`])
    expect(told(copied)).toEqual(told(line))
})

test.each([
  ['info\tdns::server\tdns server drained', 'no-failure'],
  ['debug\tpool\tconnection ConnectionMeta { key: 1 } was removed/checked out/timed out of the pool', 'no-failure'],
  ['warn\tsomething\ta text that nobody has seen', 'unknown'],
  [
    'debug\tstate:proxy{wl=shop/cart-1}:inbound{id=1 peer=1.2.3.4:5}\tdry-run: deny policy match\tpolicy="shop/x"',
    'known',
  ],
])('%s: %s', (rest, kind) => {
  expect(told(`2026-11-23T19:06:40.452661Z\t${rest}`).kind).toBe(kind)
})

test('what the kubelet met is no tunnel', () => {
  const line =
    '2026-11-23T18:00:00Z pay Warning Unhealthy Pod/ledger x3: Readiness probe failed: Get "http://10.0.0.1:80/healthz": dial tcp 10.0.0.1:80: connect: connection refused'
  expect(told(line).codes[0]).toBe('AMB028')
})

test('a bare text counts as an error, JSON as text', () => {
  expect(told('http status: 401 Unauthorized').codes[0]).toBe('rbac-explicit-deny')
  expect(
    told('{"scope":"access","message":"connection complete","direction":"inbound","error":"ip mismatch: a != b"}')
      .codes[0],
  ).toBe('ip-mismatch')
})

test.each([
  ['UF,URX', ['UF', 'URX']],
  ['URX,UC', ['UC', 'URX']],
  [
    '[2026-11-25T01:02:03.004Z] "GET /x HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 0 - "-" "curl"',
    ['waypoint-no-healthy-upstream', 'UH'],
  ],
  [
    '[2026-11-25T01:02:03.004Z] "GET / HTTP/1.1" 403 - rbac_access_denied_matched_policy[none] - "-" 0 19',
    ['waypoint-rbac-denied'],
  ],
  ['[2026-11-25T01:02:03.004Z] "- - -" 0 NR filter_chain_not_found - "-" 0 0', ['NR']],
  [
    '{"response_code":404,"response_flags":"NR","response_code_details":"route_not_found"}',
    ['waypoint-no-route', 'NR'],
  ],
])('Envoy: %s', (line, codes) => {
  expect(told(line).codes.slice(0, codes.length)).toEqual(codes)
})

test('a success is told as one', () => {
  const line = '[2026-11-25T01:02:03.004Z] "GET / HTTP/1.1" 200 - via_upstream - "-" 0 19 2 1 "-" "curl" "id" "cart"'
  expect(told(line)).toEqual({ kind: 'no-failure', codes: [], next: [] })
})

/** What was done before the lines that follow, and a code that one of them must lead to. */
const sections: Readonly<Record<string, string>> = {
  'DENY policy matches': 'rbac-explicit-deny',
  'ALLOW policy exists, none matches': 'rbac-no-allow',
  'TCP workload port closed': 'no-listener',
  'TLS without client certificate to 15008': 'tls-handshake',
  'WDS says HBONE but nothing listens on 15008': 'tunnel-refused',
  'address really belongs to another pod: wrong certificate': 'AMB023',
  'unknown destination, passthrough': 'AMB014',
  'waypoint endpoint address is another pod with same identity: ip mismatch': 'ip-mismatch',
}

test('what was done to a real ztunnel is what its lines are explained with, in every release', () => {
  const folder = 'fixtures/recorded/ztunnel-logs'
  for (const file of readdirSync(folder).filter(name => name.endsWith('.log')))
    for (const section of readFileSync(`${folder}/${file}`, 'utf8').split(/^### (?!client saw)/m)) {
      const [title = '', ...lines] = section.split('\n')
      const wanted = sections[title.replace(/ \(.*$/, '')]
      // 1.22 follows no waypoint that is named by host name, and says so.
      if (wanted === undefined || lines.join().includes('unsupported feature')) continue
      const codes = lines.filter(line => /^(20|\{)/.test(line)).flatMap(line => told(line).codes)
      expect(codes, `${file}: ${title}`).toContain(wanted)
    }
})

const logsOf = (folder: string): readonly string[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .filter(file => /\.log$|ztunnel\.txt$|log-tail\.txt$/.test(file))
    .flatMap(file => readFileSync(`${folder}/${file}`, 'utf8').split('\n'))

test('every warning and error of the recorded logs is known, and leads on', () => {
  const lines = ['ztunnel-logs', 'broken-1.30', 'mesh-1.30']
    .flatMap(kind => logsOf(`fixtures/recorded/${kind}`))
    .filter(line => /\t(warn|error)\t|"level":"(warn|error)"/.test(line))
  expect(lines.length).toBeGreaterThan(100)
  expect(lines.filter(line => told(line).kind !== 'known' || told(line).next.length === 0)).toEqual([])
})

/** As Istio's text format and its JSON have the answer of each listener that a request met in a real waypoint. */
const recordedHops = () =>
  (readdirSync('fixtures/recorded/waypoint-1.30', { recursive: true }) as string[])
    .filter(file => file.endsWith('verdicts.jsonl.gz'))
    .flatMap(file =>
      gunzipSync(readFileSync(`fixtures/recorded/waypoint-1.30/${file}`))
        .toString()
        .trim()
        .split('\n'),
    )
    .flatMap(line => JSON.parse(line).verdict.hops ?? [])
    .map(({ method = '-', path = '-', protocol = '-', code = 0, flags = '-', details = '-' }) => ({
      code,
      flags,
      details,
      text: `[2026-11-25T01:02:03.004Z] "${method} ${path} ${protocol}" ${code} ${flags} ${details} - "-" 0 19 2 1 "-" "curl" "id" "cart" "1.2.3.4:80"`,
      json: JSON.stringify({ response_code: code, response_flags: flags, response_code_details: details }),
    }))

test('every answer of a recorded waypoint is explained, the same in both formats', () => {
  const hops = recordedHops()
  expect(hops.length).toBeGreaterThan(50)
  for (const { code, flags, details, text, json } of hops) {
    const failed = flags !== '-' || (code >= 400 && details !== 'via_upstream')
    const both = [text, json].map(line => told(line))
    expect(both[0], text).toMatchObject({ kind: both[1]?.kind, codes: both[1]?.codes })
    if (failed) expect(both[0], text).toMatchObject({ kind: 'known' })
    if (flags !== '-' && code === 0) expect(both[0]?.codes, text).toEqual(expect.arrayContaining(flags.split(',')))
  }
})

test('a flag that is not known is said to be, beside those that are', () => {
  expect(told('UF,QQ')).toMatchObject({ kind: 'unknown', codes: expect.arrayContaining(['UF']) })
})

test('no line makes it fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const line = readLogLine(text)
      if (line !== undefined) classify(line)
    }),
  )
})
