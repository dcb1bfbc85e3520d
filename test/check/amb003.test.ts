import { expect, test } from 'vitest'
import { checkMesh } from '#pipeline/check-mesh.ts'
import { citedText } from '#render/check/report.ts'

test('what a file lacks is said once', async () => {
  const snapshot = 'fixtures/recorded/broken-1.30/AMB003-ip-rule-deleted'
  const [found] = (await checkMesh([snapshot])).filter(({ code }) => code === 'AMB003')
  expect(found?.evidence.map(citedText)).toEqual([
    `${snapshot}/netns/pod-pay-dry/ip-rule.txt has no fwmark 0x111/0xfff`,
  ])
})
