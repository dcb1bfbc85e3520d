import { describe, expect, it } from 'vitest'
import { behaviourOf } from '#waypoint/behaviour.ts'
import { Headers } from '#waypoint/headers.ts'
import { locationOf } from '#waypoint/route/redirect.ts'

const location = (host: string, redirect: object): string => {
  const headers = new Headers([
    [':authority', host],
    [':path', '/x'],
    [':scheme', 'http'],
    ['x-forwarded-proto', 'http'],
  ])
  return locationOf({ ...redirect }, { prefix: '/' }, headers, behaviourOf('1.40.0'))
}

describe('the host of a redirect', () => {
  it.each([
    ['h:9', 'h:8080'],
    ['[::1]:9', '[::1]:8080'],
    ['[::1', '[::1:8080'],
    ['[a]b:9', '[a]b:9:8080'],
    ['a:b]', 'a:8080'],
    ['[a]:80]b:9', '[a]:8080'],
  ])('puts its port in the place of that of %j', (host, expected) => {
    expect(location(host, { port_redirect: 8080 })).toBe(`http://${expected}/x`)
  })

  it.each([
    ['h:80', 'h'],
    ['[::1]:80', '[::1]'],
    ['h:080', 'h:080'],
    ['[::1:80', '[::1:80'],
    ['h:9', 'h:9'],
  ])('leaves out the default port of the scheme that it changes, as written, in %j', (host, expected) => {
    expect(location(host, { scheme_redirect: 'https' })).toBe(`https://${expected}/x`)
  })
})
