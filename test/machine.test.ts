import { afterEach, expect, test, vi } from 'vitest'
import { lacks } from './machine.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('a missing tool skips its suite and is named, except in CI, where the suite has to fail', () => {
  const warn = vi.spyOn(console, 'warn').mockReturnValue()
  vi.stubEnv('CI', '')
  expect(lacks('sh', 'to run anything')).toBe(false)
  expect(lacks('no-such-tool', 'to try this')).toBe(true)
  expect(warn).toHaveBeenCalledExactlyOnceWith('skipped: no-such-tool is not installed, and it is needed to try this')
  vi.stubEnv('CI', 'true')
  expect(lacks('no-such-tool', 'to try this')).toBe(false)
})
