import { spawnSync } from 'node:child_process'
import { playScenario } from './run.ts'
import { keepScenario, readScenario } from './scenario.ts'

/** `node tools/run.mjs test/live/recorded/main.ts --binary=PATH [--seed=N] [--requests=N] [--keep=FOLDER] FOLDER…`; without requests, the recorded ones. */
const argument = (name: string): string | undefined =>
  process.argv.find(text => text.startsWith(`--${name}=`))?.slice(name.length + 3)

/** A network in which every address is this machine's own, so that recorded addresses stay what they are. */
const ownNetwork = [
  'ip link set lo up',
  'ip route add local default dev lo',
  'ip -6 route add local default dev lo',
  'sysctl -qw net.ipv6.ip_nonlocal_bind=1',
  'exec "$@"',
].join(' && ')

const isInside = 'AMBIENTCTL_TEST_NETWORK'

const enter = (): number => {
  const command = ['-n', 'sh', '-c', ownNetwork, 'sh', process.execPath, ...process.argv.slice(1)]
  return spawnSync('unshare', command, { stdio: 'inherit', env: { ...process.env, [isInside]: '1' } }).status ?? 1
}

const mostShown = 5

const playAll = async (): Promise<void> => {
  const binary = argument('binary') ?? process.env.AMBIENTCTL_TEST_ENVOY?.split(':').at(-1)
  if (binary === undefined) throw new Error('no Envoy: give --binary=PATH or set AMBIENTCTL_TEST_ENVOY')
  const seed = Number(argument('seed') ?? Math.floor(Math.random() * 1_000_000_000))
  const counts = { agreed: 0, disagreed: 0, undetermined: 0 }
  const folders = process.argv.slice(2).filter(text => !text.startsWith('--'))
  for (const [index, folder] of folders.entries()) {
    const options = { binary, seed: seed + index, requests: Number(argument('requests') ?? 0) }
    const scenario = readScenario(folder)
    const outcomes = await playScenario(scenario, options)
    const into = argument('keep')
    if (into !== undefined) keepScenario(into, scenario, outcomes)
    for (const { judgement, verdict } of outcomes) {
      counts[judgement.kind]++
      if (judgement.kind !== 'disagreed' || counts.disagreed > mostShown) continue
      const { where, recorded, predicted } = judgement.disagreement
      console.log(`✗ ${where}\n    recorded:  ${recorded}\n    predicted: ${predicted}\n    ${JSON.stringify(verdict)}`)
    }
  }
  console.log(JSON.stringify({ seed, configurations: folders.length, ...counts }))
}

if (process.env[isInside] === undefined) process.exit(enter())
await playAll()
process.exit(0)
