import { expect, test } from 'vitest'
import { traceRequest } from '#pipeline/trace-request.ts'
import { traceRenderers } from '#render/trace/index.ts'

const plain = { colour: false, width: Number.POSITIVE_INFINITY }
const trace = (from: string, to: string, paths: readonly string[]) =>
  traceRequest({ state: { kind: 'files', paths }, from, to, request: {} })

test('a trace ends with what is wrong along its path, and with the fix', async () => {
  const found = await trace('deploy/web.shop', 'http://l7only.pay/', ['fixtures/demo'])
  expect(found.findings?.map(({ code }) => code)).toContain('AMB008')
  const text = [...traceRenderers('summary').text(found, plain)].join('\n')
  expect(text).toMatch(
    /^why {2}AMB008 HTTP conditions in a policy that ztunnel enforces\n.*\nfix {2}Attach the policy/m,
  )
})

test('JSON has the same findings, whole', async () => {
  const found = await trace('deploy/web.shop', 'http://l7only.pay/', ['fixtures/demo'])
  const { findings } = JSON.parse([...traceRenderers('summary').json(found, plain)].join('\n'))
  expect(findings).toEqual(found.findings)
  expect(findings[0]).toMatchObject({ code: 'AMB008', severity: 'error', evidence: expect.any(Array) })
})

test('what is wrong elsewhere in the mesh is not told', async () => {
  const found = await trace('deploy/web.shop', 'http://ledger.pay/', ['fixtures/demo'])
  expect(found.findings?.map(({ objects }) => objects[0].name)).not.toContain('l7only-allow-path')
})

test('what is wrong with another port of the service is not told', async () => {
  const codes = async (to: string) =>
    (await trace('deploy/web.shop', to, ['fixtures/demo'])).findings?.map(({ code, says }) => `${code} ${says}`)
  const deaf = 'AMB015 misc/multi:82 has a named target port that no endpoint maps'
  expect(await codes('http://multi.misc:82/')).toContain(deaf)
  expect(await codes('http://multi.misc/')).not.toContain(deaf)
})
