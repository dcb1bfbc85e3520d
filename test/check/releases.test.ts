import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checks } from '#check/checks.ts'
import { checkMesh } from '#pipeline/check-mesh.ts'

const findings = async (code: string, name: string) =>
  (await checkMesh([join('fixtures/checks', code, name)])).filter(finding => finding.code === code)

test('a release that cures is told as MAJOR.MINOR.PATCH, the first of each minor', () => {
  for (const { code, fixedIn = [] } of checks) {
    expect(fixedIn.filter(release => !/^1\.\d+\.\d+$/.test(release))).toEqual([])
    const minors = fixedIn.map(release => release.split('.')[1])
    expect(minors, code).toEqual([...new Set(minors)].toSorted((one, other) => Number(one) - Number(other)))
  }
})

describe('a finding names the release that cures it', () => {
  test.each([
    ['AMB040', 'fires-tunnels', ['1.29.0']],
    ['AMB059', 'fires-before-1.24', ['1.24.0']],
  ])('%s %s', async (code, name, fixedIn) => {
    expect((await findings(code, name)).map(finding => finding.fixedIn)).toEqual([fixedIn])
  })

  test('and none where the mesh runs it already', async () => {
    for (const { fixedIn } of await findings('AMB040', 'fires')) expect(fixedIn).toBeUndefined()
  })
})
