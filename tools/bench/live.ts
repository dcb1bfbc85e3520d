import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority } from '../../test/kube/certificates.ts'
import { demoContents, waypointPod, writeKubeconfig, ztunnelPod } from '../../test/kube/demo-cluster.ts'
import { type Contents, TestCluster } from '../../test/kube/server.ts'
import type { PodPort } from '../../test/kube/streams.ts'
import type { Bench } from './bench.ts'
import { largeWaypoints, largeZtunnels, nameIn, podLike, waypoints, ztunnels } from './large-snapshot.ts'
import type { Usage } from './processes.ts'

const rssLimit = 1024

/** A mesh of many large proxies, none of which waits for another. */
const largeMesh = (ztunnelDump: (at: number) => Buffer, waypointDump: (at: number) => Buffer): Contents => {
  const demo = demoContents()
  const clones = (pod: string, count: number) =>
    Array.from({ length: count }, (_, at) => podLike(pod, `${nameIn(pod)}-${at}`, `node${at}`))
  const ports: Record<string, PodPort> = {}
  const logs: Record<string, string> = {}
  for (let at = 0; at < ztunnels; at++) {
    const name = `${ztunnelPod}-${at}`
    ports[`${name}:15000`] = path => (path === '/config_dump' ? ztunnelDump(at) : undefined)
    ports[`${name}:15020`] = path => demo.ports[`${ztunnelPod}:15020`]?.(path)
    logs[name] = demo.logs?.[ztunnelPod] ?? ''
  }
  for (let at = 0; at < waypoints; at++)
    ports[`${waypointPod}-${at}:15000`] = path =>
      path.startsWith('/config_dump') ? waypointDump(at) : demo.ports[`${waypointPod}:15000`]?.(path)
  return {
    ...demo,
    objects: { ...demo.objects, '/v1/pods': [...clones(ztunnelPod, ztunnels), ...clones(waypointPod, waypoints)] },
    ports,
    logs,
  }
}

const run = (args: readonly string[]): Promise<Usage> => {
  const begin = performance.now()
  const child = spawn(process.execPath, ['--require', './tools/bench/usage.cjs', 'bin/run.js', ...args], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  let told = ''
  child.stdio[3]?.on('data', piece => (told += piece))
  return new Promise((ended, failed) =>
    child.on('close', code => {
      if (code !== 0) return failed(new Error(`ambientctl ${args.join(' ')} ended with ${code}`))
      const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(told) as NodeJS.ResourceUsage
      const wall = (performance.now() - begin) / 1000
      ended({ cpu: (userCPUTime + systemCPUTime) / 1e6, wall, memory: maxRSS / 1024 })
    }),
  )
}

export const live: Bench = {
  name: 'live',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ambientctl-bench-'))
    const authority = makeAuthority()
    const cluster = await TestCluster.start(largeMesh(await largeZtunnels(folder), largeWaypoints()), {
      identity: authority.server,
    })
    try {
      const kubeconfig = writeKubeconfig({ server: cluster.url, ca: authority.ca })
      const out = join(folder, 'mesh')
      const usage = await run(['snapshot', '-c', kubeconfig, '--no-rules', '-o', out])
      const { items, missing } = JSON.parse(readFileSync(join(out, 'snapshot.json'), 'utf8'))
      const dumps = items.filter(({ path }: { path: string }) => path.endsWith('config_dump.json')).length
      const what = `\`snapshot\` of ${ztunnels} ztunnels and ${waypoints} waypoints, 20 MB each`
      return [
        { what: `${what}: peak memory`, value: usage.memory, unit: 'MiB', bound: { atMost: rssLimit } },
        { what: `${what}: wall time for each dump`, value: usage.wall / (ztunnels + waypoints), unit: 's' },
        { what: `${what}: CPU for each dump`, value: usage.cpu / (ztunnels + waypoints), unit: 's' },
        { what: 'dumps in the snapshot', value: dumps, unit: '', bound: { atLeast: ztunnels + waypoints } },
        { what: 'files that are missing', value: missing.length, unit: '', bound: { atMost: 0 } },
        { what: 'connections to the API server at a time', value: cluster.mostOpen, unit: '', bound: { atMost: 32 } },
      ]
    } finally {
      await cluster.stop()
      rmSync(folder, { recursive: true })
    }
  },
}
