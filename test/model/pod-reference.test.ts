import { describe, expect, test } from 'vitest'
import { isMeant } from '#model/pod-reference.ts'

const web = { namespace: 'shop', pod: 'web-84c57879c9-lr4pm', aliases: ['storefront'] }

describe('a pod is meant by', () => {
  test.each([
    'shop/web-84c57879c9-lr4pm',
    'web-84c57879c9-lr4pm.shop',
    'web-84c57879c9-lr4pm',
    'pod/web-84c57879c9-lr4pm.shop',
    'pods/shop/web-84c57879c9-lr4pm',
    'deploy/web.shop',
    'Deployment/shop/web',
    'deploy/web',
    'storefront',
    'gateway/storefront',
  ])('%s', reference => {
    expect(isMeant(reference, web, undefined)).toBe(true)
  })
})

describe('it is not meant by', () => {
  test.each(['deploy/web.pay', 'pay/web-84c57879c9-lr4pm', 'web', 'web.shop', 'ds/web', 'deploy/we', 'shop/', ''])(
    '%s',
    reference => {
      expect(isMeant(reference, web, undefined)).toBe(false)
    },
  )
})

test('a name without its namespace is of the given one', () => {
  expect(isMeant('deploy/web', web, 'pay')).toBe(false)
  expect(isMeant('deploy/web', web, 'shop')).toBe(true)
  expect(isMeant('web-84c57879c9-lr4pm.shop', web, 'pay')).toBe(true)
})

test('a namespace may be called like a kind', () => {
  const job = { namespace: 'jobs', pod: 'nightly-x7k2p' }
  expect(isMeant('jobs/nightly-x7k2p', job, undefined)).toBe(true)
  expect(isMeant('jobs/nightly', job, undefined)).toBe(true)
})

test('the pods of a DaemonSet and of a StatefulSet have one part more than it', () => {
  expect(isMeant('ds/ztunnel', { namespace: 'istio-system', pod: 'ztunnel-6hrtd' }, undefined)).toBe(true)
  expect(isMeant('sts/ledger.pay', { namespace: 'pay', pod: 'ledger-0' }, undefined)).toBe(true)
})
