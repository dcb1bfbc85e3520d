import { decodeZtunnel } from '#decode/ztunnel/dump.ts'
import { KubernetesObjects } from '#model/kubernetes.ts'
import type { Mesh } from '#model/mesh.ts'
import { syntheticDump } from './ztunnel.ts'

/** A mesh of one ztunnel's dump, decoded, and nothing else. */
export const syntheticMesh = (workloads: number): Mesh => ({
  ztunnels: [decodeZtunnel(syntheticDump(workloads), 'synthetic.json')],
  waypoints: [],
  netns: [],
  logs: [],
  failures: [],
  kubernetes: new KubernetesObjects([]),
  issues: [],
})
