import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { forwarded, only, toC } from './deciding.ts'
import { filter, get, httpWaypoint, router, routes } from './made.ts'

describe('JWT', () => {
  const key = Buffer.from('a shared key')
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = (claims: object) => {
    const signed = `${part({ alg: 'HS256' })}.${part(claims)}`
    return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
  }
  const jwks = JSON.stringify({ keys: [{ kty: 'oct', alg: 'HS256', k: key.toString('base64url') }] })
  const index = (provider: object, requires: object = { provider_name: 'p' }, more: object = {}) =>
    httpWaypoint({
      ...routes(toC),
      http_filters: [
        filter('jwt', 'extensions.filters.http.jwt_authn.v3.JwtAuthentication', {
          providers: { p: { issuer: 'https://a', ...provider } },
          rules: [{ match: { prefix: '/' }, requires }],
          ...more,
        }),
        router,
      ],
    })
  const local = { local_jwks: { inline_string: jwks } }
  const bearer = (text: string) => get('/', { headers: [['Authorization', `Bearer ${text}`]] })
  const at = { now: 1_000_000 }

  it('checks signature and time against the given clock', () => {
    expect(only(index(local), bearer(token({ iss: 'https://a', exp: 1_100 })), at).ending.kind).toBe('forwarded')
    expect(only(index(local), bearer(token({ iss: 'https://a', exp: 900 })), at).ending).toMatchObject({
      status: 401,
      details: 'jwt_authn_access_denied{Jwt_is_expired}',
    })
    expect(only(index(local), bearer(`${token({ iss: 'https://a' }).slice(0, -4)}AAAA`), at).ending).toMatchObject({
      details: 'jwt_authn_access_denied{Jwt_verification_fails}',
    })
  })

  it.each([
    [' ', ''],
    ['', ' '],
    ['', '\t'],
    ['', '.'],
    ['..', ''],
    ['', '='],
  ])('takes a token with %j before and %j behind it', (before, behind) => {
    const shown = `${before}${token({ iss: 'https://a' })}${behind}`
    const asked = get('/', { version: '2', headers: [['authorization', `Bearer ${shown}`]] })
    expect(only(index(local), asked, at).ending.kind).toBe('forwarded')
  })

  it('counts blanks in what is signed, and not in the signature', () => {
    const inHeader = { from_headers: [{ name: 'x-jwt' }], ...local }
    const shown = (text: string) => only(index(inHeader), get('/', { version: '2', headers: [['x-jwt', text]] }), at)
    const fails = { details: 'jwt_authn_access_denied{Jwt_verification_fails}' }
    expect(shown(`${token({ iss: 'https://a' })} `).ending.kind).toBe('forwarded')
    expect(shown(` ${token({ iss: 'https://a' })}`).ending).toMatchObject(fails)
  })

  it('does not judge expiry without a clock, nor a signature whose keys are remote', () => {
    expect(only(index(local), bearer(token({ iss: 'https://a', exp: 1 }))).assumptions).toHaveLength(1)
    const remote = index({ remote_jwks: {} })
    expect(only(remote, bearer(token({ iss: 'https://a' })), at).assumptions).toHaveLength(1)
    expect(only(remote, bearer(token({ iss: 'https://a' })), { ...at, jwtClaims: { sub: 'x' } }).assumptions).toEqual(
      [],
    )
  })

  it('takes vouched claims of the issuer for a token that is not shown, at their time', () => {
    const remote = index({ remote_jwks: {} })
    const vouching = (claims: object) => only(remote, get('/'), { ...at, jwtClaims: { ...claims } }).ending
    expect(vouching({ iss: 'https://a', exp: 1_100 }).kind).toBe('forwarded')
    expect(vouching({ iss: 'https://a', exp: 900 })).toMatchObject({ status: 401 })
    expect(vouching({ iss: 'https://b' })).toMatchObject({ details: 'jwt_authn_access_denied{Jwt_is_missing}' })
  })

  it('lets a request without a token pass where that is allowed, but no bad token', () => {
    const requires = { requires_any: { requirements: [{ provider_name: 'p' }, { allow_missing: {} }] } }
    expect(only(index(local, requires), get('/'), at).ending.kind).toBe('forwarded')
    expect(only(index(local, requires), bearer('not.a.jwt'), at).ending).toMatchObject({ status: 401 })
    const leniently = { requires_any: { requirements: [{ allow_missing: {} }, { allow_missing: {} }] } }
    expect(only(index(local, leniently), get('/'), at).ending.kind).toBe('forwarded')
    expect(only(index(local, leniently), bearer('not.a.jwt'), at).ending).toMatchObject({ status: 401 })
  })

  it('does not find a token again that it took away, unless it is forwarded', () => {
    const twice = { requires_all: { requirements: [{ provider_name: 'p' }, { provider_name: 'p' }] } }
    const good = bearer(token({ iss: 'https://a' }))
    expect(only(index(local, twice), good, at).ending).toMatchObject({
      details: 'jwt_authn_access_denied{Jwt_is_missing}',
    })
    expect(only(index({ ...local, forward: true }, twice), good, at).ending.kind).toBe('forwarded')
  })

  it('keeps away a token that was good for a part of what failed', () => {
    const twice = { requires_all: { requirements: [{ provider_name: 'p' }, { provider_name: 'p' }] } }
    const requires = { requires_any: { requirements: [twice, { allow_missing_or_failed: {} }] } }
    const made = index({ ...local, forward_payload_header: 'x-payload' }, requires)
    const { path } = forwarded(only(made, get(`/x?b&access_token=${token({ iss: 'https://a' })}&a`), at).ending).request
    expect(path).toBe('/x?a=&b=')
  })

  it('tells a claim once however often it looks, and not when a provider with the same header looked last', () => {
    const told = { ...local, forward: true, claim_to_headers: [{ header_name: 'x-sub', claim_name: 'sub' }] }
    const providers = {
      p: { issuer: 'https://a', ...told },
      q: { ...told, issuer: 'https://q', from_headers: [{ name: 'x-q' }] },
    }
    const subs = (...requirements: readonly object[]) => {
      const made = index({}, { requires_all: { requirements } }, { providers })
      const shown = [
        ['authorization', `Bearer ${token({ iss: 'https://a', sub: 'x' })}`],
        ['x-sub', 'forged'],
      ] as const
      const { headers } = forwarded(only(made, get('/', { headers: shown }), at).ending).request
      return headers.flatMap(([name, value]) => (name === 'x-sub' ? [value] : []))
    }
    const [p, lenient] = [{ provider_name: 'p' }, { allow_missing: {} }]
    expect(subs(p, p)).toEqual(['x'])
    expect(subs(p, lenient)).toEqual(['x'])
    expect(subs(p, { requires_any: { requirements: [{ provider_name: 'q' }, lenient] } })).toEqual([])
  })

  it('what lets requests pass beside other requirements looks at no token of its own', () => {
    const group = { requires_all: { requirements: [{ provider_name: 'q' }, { provider_name: 'p' }] } }
    const others = { provider_and_audiences: { provider_name: 'p', audiences: ['others'] } }
    const beside = (regular: object, lenient: object) =>
      index(
        {},
        { requires_any: { requirements: [regular, lenient] } },
        {
          providers: {
            p: { ...local, forward: false },
            q: { ...local, issuer: 'https://q', from_headers: [{ name: 'x-q' }] },
          },
        },
      )
    const good = bearer(token({ iss: 'https://a' }))
    const bad = bearer(token({ iss: 'https://a', exp: 900 }))
    expect(only(beside(group, { allow_missing: {} }), bad, at).ending.kind).toBe('forwarded')
    const { headers } = forwarded(only(beside(others, { allow_missing_or_failed: {} }), good, at).ending).request
    expect(headers.map(([name]) => name)).toContain('authorization')
  })

  it('does not guess which of two providers without an issuer takes a token', () => {
    const requires = { allow_missing: {} }
    const providers = (one: object, other: object) => ({
      providers: { p: { ...local, ...one }, q: { ...local, ...other } },
    })
    const judged = (one: object, other: object) =>
      only(index({}, requires, providers(one, other)), bearer(token({ iss: 'https://a' })), at).assumptions
    expect(judged({}, {})).toEqual([])
    expect(judged({}, { forward: true })).toHaveLength(1)
  })

  it('tells claims of every good token in headers that no client can send itself', () => {
    const telling = { ...local, forward: true, claim_to_headers: [{ claim_name: 'sub', header_name: 'x-sub' }] }
    const lenient = { requires_any: { requirements: [{ provider_name: 'p' }, { allow_missing: {} }] } }
    const sent = (...headers: readonly (readonly [string, string])[]) =>
      forwarded(only(index(telling, lenient), get('/', { headers }), at).ending)
        .request.headers.filter(([name]) => name === 'x-sub')
        .map(([, value]) => value)
    const [alice, bob] = ['alice', 'bob'].map(sub => token({ iss: 'https://a', sub })) as [string, string]
    expect(sent(['x-sub', 'forged'])).toEqual([])
    expect(sent(['x-sub', 'forged'], ['authorization', `Bearer ${alice}`])).toEqual(['alice'])
    const both = get(`/?access_token=${bob}`, { headers: [['authorization', `Bearer ${alice}`]] })
    const { request } = forwarded(only(index(telling, lenient), both, at).ending)
    expect(request.headers.filter(([name]) => name === 'x-sub')).toEqual([
      ['x-sub', 'bob'],
      ['x-sub', 'alice'],
    ])
  })

  it('verifies cookies before parameters before headers, and those of a kind backwards by name', () => {
    const places = {
      from_headers: [{ name: 'x-one', value_prefix: 'T ' }, { name: 'X-Two' }],
      from_params: ['tok'],
      from_cookies: ['jar'],
    }
    const refused = (path: string, ...headers: readonly (readonly [string, string])[]) =>
      only(index({ ...local, ...places }), get(path, { headers }), at).ending
    const old = token({ iss: 'https://a', exp: 1 })
    const early = token({ iss: 'https://a', nbf: 9_000 })
    const other = token({ iss: 'https://b' })
    const headers = [['x-one', `T ${other}`] as const, ['x-two', early] as const]
    expect(refused('/', ...headers)).toMatchObject({ body: 'Jwt not yet valid' })
    expect(refused(`/?tok=${old}`, ...headers)).toMatchObject({ body: 'Jwt is expired' })
    expect(refused(`/?tok=${old}`, ...headers, ['cookie', 'a=b; jar="x" ; jar=y'])).toMatchObject({
      body: expect.stringContaining('two dots'),
    })
  })

  it('takes a token for itself where a header comes twice, from its first good character behind a prefix', () => {
    const places = { from_headers: [{ name: 'x-one', value_prefix: 'T' }, { name: 'x-bare' }] }
    const good = token({ iss: 'https://a' })
    const ending = (...headers: readonly (readonly [string, string])[]) =>
      only(index({ ...local, ...places }), get('/', { headers }), at).ending
    expect(ending(['x-one', `T:  ${good}`], ['x-one', `T ${good}`]).kind).toBe('forwarded')
    expect(ending(['x-one', `T:  ${good}`], ['x-bare', '']).kind).toBe('reply')
  })

  it('tells lists in padded Base64 and numbers in digits, and nothing of an empty claim', () => {
    const names = ['groups', 'below', 'big', 'none', 'in.side']
    const telling = {
      ...local,
      forward_payload_header: 'x-payload',
      pad_forward_payload_header: true,
      claim_to_headers: names.map(name => ({ claim_name: name, header_name: `x-${name}` })),
    }
    const claims = {
      iss: 'https://a',
      groups: ['g1', 'g2'],
      below: -5,
      big: 4_102_444_800,
      none: '',
      in: { side: true },
    }
    const { request } = forwarded(only(index(telling), bearer(token(claims)), at).ending)
    expect(request.headers.filter(([name]) => names.includes(name.slice(2)))).toEqual([
      ['x-groups', 'WyJnMSIsImcyIl0='],
      ['x-below', '-5.000000'],
      ['x-big', '4102444800'],
      ['x-in.side', 'true'],
    ])
    expect(request.headers.find(([name]) => name === 'x-payload')?.[1]).toHaveLength(
      4 * Math.ceil(JSON.stringify(claims).length / 3),
    )
  })

  it('writes the rest of a query anew where it takes a token out of it', () => {
    const path = `/x?q=%62&access_token=${token({ iss: 'https://a' })}&a/=1&q`
    expect(forwarded(only(index(local), get(path), at).ending).request.path).toBe('/x?a/=1&q=b&q=')
  })

  it('lets no OPTIONS request without an origin pass for a CORS preflight', () => {
    const lenient = index(local, { provider_name: 'p' }, { bypass_cors_preflight: true })
    const endingFor = (origin: string) => {
      const headers: [string, string][] = [
        ['Origin', origin],
        ['Access-Control-Request-Method', 'GET'],
      ]
      return only(lenient, get('/', { method: 'OPTIONS', headers }), at).ending
    }
    expect(endingFor('http://a.com').kind).toBe('forwarded')
    expect(endingFor('')).toMatchObject({ status: 401 })
  })
})
