/** What HTTP/1 says about one connection, or lets it name. */
export const hopByHop = [
  ['upgrade', 'websocket'],
  ['te', 'trailers'],
  ['te', 'trailers, gzip'],
  ['te', 'gzip'],
  ['keep-alive', '5'],
  ['proxy-connection', 'close'],
  ['connection', 'x-a'],
  ['connection', 'close, X-B'],
  ['connection', 'te, cookie'],
  ['connection', 'host'],
  ['connection', 'x-forwarded-for'],
  ['connection', ':path'],
  ['connection', 'a,b,c,d,e,f,g,h,i,j'],
  ['connection', 'upgrade, http2-settings'],
] as const

/** Faults that a client asks for. */
export const faults = [
  ['x-envoy-fault-abort-request', '418'],
  ['x-envoy-fault-abort-request', '199'],
  ['x-envoy-fault-abort-request', 'no'],
  ['x-envoy-fault-abort-grpc-request', '7'],
  ['x-envoy-fault-abort-request-percentage', '0'],
  ['x-envoy-fault-abort-request-percentage', '100'],
  ['x-envoy-fault-abort-request-percentage', '-1'],
  ['x-envoy-fault-delay-request', '10'],
  ['x-envoy-fault-delay-request-percentage', '0'],
] as const

/** Request targets that only HTTP/1 can carry, most of which it should not. */
export const oddTargets = [
  'x',
  '*',
  'ftp://foo.org/y',
  'ftp:/x',
  'http:/x',
  'http://',
  'http:///x',
  'http://foo.org',
  'HTTP://foo.org/foo',
  'http://foo.org?x=/foo',
  'https://a.com/foo',
  'http://user@foo.org/foo',
  'http://[::1]:80/foo',
  'http://foo.org:99999/foo',
  'http://foo.org:x/foo',
  'http://f_o,o/foo',
  'http://%61.com/foo',
  'foo.org:80',
  '/foo#part',
  '/foo?p=1#part',
  '?p=1',
  '/foo?p=1?q=2',
  '/"<>|{}',
] as const

/** Names that are no names of hosts. */
export const oddHosts = [
  'a b',
  'ü',
  'a/b',
  'a@b',
  'a,b',
  'a%20b',
  'a_b',
  'a"b',
  '[::1',
  'a:b:c',
  'a?b',
  'a#b',
  'a\\b',
  '.',
] as const

/** Characters that no path has as they are. */
export const oddPaths = ['/foo\u007f', '/\u0001', '/foo?p=\u001f', '/fo\to', '/foo\t', '/café', '/é?p=é'] as const

export const oddValues = ['a\u007f', '\u0001', 'a\tb', '\u0080'] as const

/** Names that other servers take for ones with a `-`. */
export const underscored = ['x_a', 'X_A', 'x-forwarded_for', 'content_length', '_'] as const

/** Headers of which Envoy keeps one line, and one of which it does not. */
export const repeated = [
  'x-envoy-attempt-count',
  'x-forwarded-port',
  'accept',
  'if-none-match',
  'accept-language',
] as const

export const schemes = ['http', 'http', 'http', 'http', 'http', 'https', 'HTTP', '', 'ftp', 'h:tp', 'a b'] as const
