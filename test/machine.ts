import { spawnSync } from 'node:child_process'

/**
 * Whether a tool that a suite needs is not on this machine: `describe.skipIf(lacks('mandoc', 'to lint the manual pages'))`.
 * It says what is skipped and why. With CI=true nothing is skipped: a suite that cannot run fails there.
 */
export const lacks = (tool: string, purpose: string): boolean => {
  if (process.env.CI === 'true') return false
  if (spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0) return false
  console.warn(`skipped: ${tool} is not installed, and it is needed ${purpose}`)
  return true
}
