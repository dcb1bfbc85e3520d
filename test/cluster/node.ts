import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AdminApi, holds } from './admin-api.ts'
import { built } from './go.ts'
import { requireNodeTools } from './needs.ts'
import { type Plan, writeNodeFiles } from './node-files.ts'

/** Milliseconds from start to a node that is ready. */
const patience = 180_000

/** A cluster of one node on this machine, run as root. */
export interface TestNode {
  /** A kubeconfig of somebody who may do everything. */
  readonly kubeconfig: string
  /** Takes everything down. */
  stop(): Promise<void>
}

/** Starts a node and waits until it is ready. Throws with the ends of all logs when it does not become so. */
export const startNode = async (): Promise<TestNode> => {
  requireNodeTools()
  const number = freeNumber()
  const kube = built('test/cluster/node')
  const folder = mkdtempSync(join(tmpdir(), 'ambientctl-cluster-'))
  const kubeconfig = filled({ folder, number, kube })
  const outside = spawn('bash', ['test/cluster/node/outside.sh', folder, String(number)], {
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
  })
  const stop = async (): Promise<void> => {
    const ended = hasEnded(outside)
    outside.stdin.end()
    await ended
  }
  const begin = Date.now()
  try {
    await untilReady(await AdminApi.of(kubeconfig), outside)
    console.log(`the node is ready after ${((Date.now() - begin) / 1000).toFixed(1)} s`)
    return { kubeconfig, stop }
  } catch (error) {
    const logs = endsOfLogs(join(folder, 'log'))
    await stop()
    throw new Error(`the node did not become ready\n${logs}`, { cause: error })
  }
}

const filled = (plan: Plan): string => {
  try {
    return writeNodeFiles(plan)
  } catch (error) {
    rmSync(plan.folder, { recursive: true })
    throw error
  }
}

const hasEnded = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise(ended => child.once('close', () => ended()))

const untilReady = async (api: AdminApi, outside: ChildProcess): Promise<void> => {
  let last: unknown
  for (const end = Date.now() + patience; Date.now() < end; await sleep(250)) {
    if (outside.exitCode !== null) throw new Error(`a part of it ended: exit code ${outside.exitCode}`)
    try {
      const node = await api.get('/api/v1/nodes/node1')
      await api.get('/api/v1/namespaces/default/serviceaccounts/default')
      if (holds(node, 'Ready')) return
      last = node.status
    } catch (error) {
      last = error
    }
  }
  throw new Error('it took too long', { cause: last })
}

/** Nothing when the node has ended: then it has told its logs itself. */
const endsOfLogs = (folder: string): string =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .map(file => `== ${file}\n${readFileSync(join(folder, file), 'utf8').slice(-1500)}`)
    .join('\n')

/** Nodes of other runs on this machine have other numbers. */
const freeNumber = (): number => {
  const taken = new Set(Object.keys(networkInterfaces()))
  const first = process.pid % 250
  for (let step = 0; step < 250; step++) {
    const number = 1 + ((first + step) % 250)
    if (!taken.has(`ambientctl${number}`)) return number
  }
  throw new Error('250 test clusters run on this machine')
}
