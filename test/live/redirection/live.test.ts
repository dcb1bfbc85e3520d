import { spawn, spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { toleratedOf } from '../../support/fresh-seeds.ts'

const tools = ['ip', 'nft', 'iptables-nft-restore', 'iptables-legacy-restore', 'ipset', 'python3', 'sysctl']

/** Why this machine cannot play the live suite; undefined when it can. */
const obstacle = (): string | undefined => {
  if (process.getuid?.() !== 0) return 'the live redirection suite needs root to make network namespaces'
  const absent = tools.filter(tool => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  if (absent.length > 0) return `the live redirection suite needs ${absent.join(', ')}`
  const made = spawnSync('sh', ['-c', 'ip netns add ambientctl-try && ip netns del ambientctl-try'])
  return made.status === 0 ? undefined : 'the live redirection suite may not make network namespaces here'
}

const seconds = Number(process.env.LIVE_SECONDS ?? (process.env.CI === 'true' ? 120 : 10))
const why = obstacle()
if (why !== undefined) console.warn(`skipped: ${why}`)

/** Never blocks: a worker that is silent for a minute is taken for dead. */
const played = (): Promise<{ readonly printed: string; readonly status: number | null }> =>
  new Promise((done, fail) => {
    const run = spawn('node', ['tools/run.mjs', 'test/live/redirection/main.ts', '--seconds', `${seconds}`])
    let printed = ''
    for (const stream of [run.stdout, run.stderr])
      stream.on('data', data => {
        printed += String(data)
      })
    run.on('error', fail)
    run.on('close', status => done({ printed, status }))
  })

test.skipIf(why !== undefined && process.env.CI !== 'true')(
  'the evaluator agrees with a real kernel on random rule sets',
  { timeout: (seconds + 300) * 1000 },
  async () => {
    expect(why).toBeUndefined()
    const { printed, status } = await played()
    console.log(printed)
    const [, agreed = 0, disagreed = 0] = (/(\d+) agreed, (\d+) disagreed/.exec(printed) ?? []).map(Number)
    expect(agreed).toBeGreaterThan(0)
    expect(disagreed).toBeLessThanOrEqual(toleratedOf(agreed))
    if (disagreed === 0) expect(status).toBe(0)
    else console.warn('fresh seeds disagreed: keep them in fixtures/redirection/seeds and fix the rule')
  },
)
