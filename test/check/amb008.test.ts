import { expect, test } from 'vitest'
import { checkMesh } from '#pipeline/check-mesh.ts'

test('an ALLOW policy of which ztunnel gets no rule is told with what was stripped', async () => {
  const findings = await checkMesh(['fixtures/demo'])
  const finding = findings.find(({ code }) => code === 'AMB008')
  expect(finding?.objects).toEqual([{ kind: 'AuthorizationPolicy', namespace: 'pay', name: 'l7only-allow-path' }])
  expect(finding?.says).toMatch(/methods, paths.*denies everything/)
  expect(finding?.evidence.map(({ value }) => value)).toEqual(['methods, paths', '0 rules in ztunnel'])
})
