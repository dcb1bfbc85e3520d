import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

test('the manual pages, completions, help texts, schemas and the command snapshot are what `npm run docs` makes', {
  timeout: 300_000,
}, () => {
  const { status, stderr } = spawnSync(process.execPath, ['tools/run.mjs', 'tools/docs/main.ts', '--check'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_ENV: 'production' },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})
