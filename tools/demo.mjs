// Traces three requests through the recorded mesh in fixtures/demo: one delivered, one refused by a policy, one that the input does not decide.
import { spawnSync } from 'node:child_process'

const requests = [
  ['deploy/web.shop', 'http://ledger.pay/'],
  ['deploy/web.shop', 'http://vault.pay:8081/'],
  ['deploy/web.shop', 'http://203.0.113.20:8080/'],
]
for (const [from, to] of requests) {
  process.stdout.write(`\n$ ambientctl trace ${from} ${to} --snapshot fixtures/demo\n\n`)
  const { status } = spawnSync(process.execPath, ['bin/run.js', 'trace', from, to, '--snapshot', 'fixtures/demo'], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
