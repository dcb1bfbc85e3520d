import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { demoContents, waypointPod, ztunnelPod } from '../../test/kube/demo-cluster.ts'
import { writeDump } from './synthetic-dump.ts'

type Members = Readonly<Record<string, unknown>>

export const ztunnels = 200
export const waypoints = 50
const dumpBytes = 20e6

/** Workloads of a ztunnel dump of 20 MB. */
const workloads = 21_500

/** A pod of the demo under another name, on another node. */
export const podLike = (pod: string, name: string, nodeName: string): Members => {
  const found = (demoContents().objects['/v1/pods'] ?? []).find(
    ({ metadata }) => (metadata as Members).name === nameIn(pod),
  )
  if (found === undefined) throw new Error(`the demo has no pod ${pod}`)
  return {
    ...found,
    metadata: { ...(found.metadata as Members), name },
    spec: { ...(found.spec as Members), nodeName },
  }
}

export const nameIn = (pod: string): string => pod.slice(pod.indexOf('/') + 1)

/** Dumps of 20 MB, each with the name of its own node. */
export const largeZtunnels = async (folder: string): Promise<(at: number) => Buffer> => {
  const file = join(folder, 'ztunnel.json')
  await writeDump(file, workloads)
  return withName(readFileSync(file), '"localNode": "node-1"', at => `"localNode": "node-${at}"`)
}

/** The demo's waypoint with its clusters again and again, each with the name of its own pod. */
export const largeWaypoints = (): ((at: number) => Buffer) => {
  const dump = JSON.parse(String(demoContents().ports[`${waypointPod}:15000`]?.('/config_dump?include_eds')))
  const clusters = dump.configs.find((section: Members) => String(section['@type']).endsWith('ClustersConfigDump'))
  const original = [...clusters.dynamic_active_clusters]
  const size = JSON.stringify(original, undefined, 1).length
  for (let copies = 1; copies * size < dumpBytes; copies++) clusters.dynamic_active_clusters.push(...original)
  const name = nameIn(waypointPod)
  return withName(Buffer.from(JSON.stringify(dump, undefined, 1)), name, at => `${name}-${at}`)
}

const withName = (bytes: Buffer, text: string, name: (at: number) => string): ((at: number) => Buffer) => {
  const pieces = bytes
    .toString()
    .split(text)
    .map(piece => Buffer.from(piece))
  if (pieces.length < 2) throw new Error(`no ${text} in the dump`)
  return at => Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from(name(at)), piece])))
}

/** What `snapshot` would write of such a mesh: 5 GB. */
export const writeLargeSnapshot = async (folder: string): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  const [ztunnelDump, waypointDump] = [await largeZtunnels(dirname(folder)), largeWaypoints()]
  const items: Members[] = []
  const write = (path: string, kind: string, subject: Members, bytes: Buffer | string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
    items.push({ path, kind, subject, sha256: createHash('sha256').update(bytes).digest('hex') })
  }
  const { objects, ports } = demoContents()
  const pods = [
    ...(objects['/v1/pods'] ?? []),
    ...Array.from({ length: ztunnels }, (_, at) => podLike(ztunnelPod, `${nameIn(ztunnelPod)}-${at}`, `node-${at}`)),
    ...Array.from({ length: waypoints }, (_, at) => podLike(waypointPod, `${nameIn(waypointPod)}-${at}`, `node-${at}`)),
  ]
  write('kubernetes/pods.json', 'kubernetes', {}, JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: pods }))
  for (let at = 0; at < waypoints; at++) {
    const [pod, namespace] = [`${nameIn(waypointPod)}-${at}`, waypointPod.split('/')[0]]
    const place = `waypoint/${namespace}/${pod}`
    write(
      `${place}/clusters.json`,
      'envoy-clusters',
      { namespace, pod },
      String(ports[`${waypointPod}:15000`]?.('/clusters?format=json')),
    )
    write(`${place}/config_dump.json`, 'envoy-config-dump', { namespace, pod }, waypointDump(at))
  }
  for (let at = 0; at < ztunnels; at++)
    write(`ztunnel/node-${at}/config_dump.json`, 'ztunnel-config-dump', { node: `node-${at}` }, ztunnelDump(at))
  const index = { schemaVersion: 1, context: 'test', takenAt: '2026-01-01T00:00:00.000Z', items, missing: [] }
  writeFileSync(join(folder, 'snapshot.json'), JSON.stringify(index, undefined, 2))
}
