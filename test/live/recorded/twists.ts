import type { Random } from '../../support/random.ts'

/** What an adversary, or a careless client, makes of a text. */
type Twist = (text: string, random: Random) => string

export const flipCase = (text: string): string =>
  [...text].map(letter => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())).join('')

const escaped = (letter: string): string => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`

/** Where one of the slashes of a path is. */
const someSlash = (path: string, random: Random): number =>
  random.pick([0, ...[...path].flatMap((letter, index) => (letter === '/' ? [index] : []))])

const beforeSlash =
  (put: string): Twist =>
  (path, random) => {
    const at = someSlash(path, random)
    return path.slice(0, at) + put + path.slice(at)
  }

const append =
  (end: string): Twist =>
  path =>
    path + end

export const pathTwists: readonly Twist[] = [
  ...['/', ';v=1', '.', '%', '%20', '%00', '#frag', '?', 'x', '/x/y', '"|<>', '\u00e9', '%E9'].map(append),
  append(`/${'y'.repeat(4000)}`),
  ...['/', '/.', '/x/..', '/..', ';a=b'].map(beforeSlash),
  flipCase,
  (path, random) => {
    const at = someSlash(path, random)
    return path.slice(0, at) + random.pick(['%2F', '%2f', '%5C', '\\']) + path.slice(at + 1)
  },
  (path, random) => {
    const at = random.below(path.length)
    return path.slice(0, at) + escaped(path[at] ?? '/') + path.slice(at + 1)
  },
  path => path.slice(0, -1) || '/',
  path => path.slice(1) || '/',
  path => path.replace('?', '%3F'),
  path => `http://foo.org${path}`,
  path => `https://foo.org:443${path}`,
  () => '*',
]

const withoutPort = (host: string): string => host.replace(/:\d+$/, '')

export const hostTwists: readonly Twist[] = [
  host => `${host}.`,
  flipCase,
  host => `${withoutPort(host)}:80`,
  withoutPort,
  host => `x.${host}`,
  host => `user@${host}`,
  (_, random) => random.pick(['', 'b a', 'a.com', 'a.com:0', 'a.com:99999', '[fd00::1]:9080', '10.96.1.2:9080']),
]

export const valueTwists: readonly Twist[] = [
  value => value,
  value => value,
  flipCase,
  value => `${value}x`,
  value => `x${value}`,
  value => ` ${value} `,
  value => `${value},${value}`,
  value => `${value}, other`,
  value => value.slice(0, -1),
  value => `"${value}"`,
  value => `${value}\u00e9`,
  (_, random) => random.pick(['', '0', '-1']),
]

const ports = ['0', '1', '53', '80', '443', '09080', '15008', '70000'] as const

export const authorityTwists: readonly Twist[] = [
  (authority, random) => `${withoutPort(authority)}:${random.pick(ports)}`,
  withoutPort,
  flipCase,
  authority => authority.replace(/(:\d+)$/, '.$1'),
  authority => `${authority}x`,
  (_, random) =>
    random.pick(['[fd00::1]:9080', '0.0.0.0:9080', 'nosuch:9080', '255.255.255.255:80', '[::ffff:10.0.0.1]:80']),
]
