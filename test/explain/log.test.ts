import { readdirSync, readFileSync } from 'node:fs'
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
    'ambientctl trace shop/web-1 cart.shop.svc.cluster.local:8080 --snapshot PATH',
  ])
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

test('every error of the recorded logs is known', () => {
  const folder = 'fixtures/recorded/ztunnel-logs'
  const lines = readdirSync(folder)
    .filter(file => file.endsWith('.log'))
    .flatMap(file => readFileSync(`${folder}/${file}`, 'utf8').split('\n'))
    .filter(line => /error="|"error":/.test(line) && /connection (complete|failed)/.test(line))
  expect(lines.length).toBeGreaterThan(20)
  expect(lines.filter(line => told(line).kind !== 'known')).toEqual([])
})

test('no line makes it fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const line = readLogLine(text)
      if (line !== undefined) classify(line)
    }),
  )
})
