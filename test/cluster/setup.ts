import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { AdminApi } from './admin-api.ts'
import { deployMesh, type LiveMesh } from './mesh.ts'
import { startNode } from './node.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Of somebody who may do everything. */
    readonly kubeconfig: string
    readonly mesh: LiveMesh
    /** The cluster is a node of this machine, and has its file system. */
    readonly ownNode: boolean
  }
}

/** A mesh for the whole run: in the cluster that KUBECONFIG names, or in one that ends with the run. */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  execFileSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' })
  const given = process.env.KUBECONFIG
  if (given) console.warn('skipped: the test in a pod, which needs a node that has the files of this machine')
  const node = given ? { kubeconfig: given, stop: async () => undefined } : await startNode()
  const api = await AdminApi.of(node.kubeconfig)
  const end = async (): Promise<void> => {
    if (given) await api.removeCreated()
    await node.stop()
  }
  try {
    project.provide('mesh', await deployMesh(api))
    project.provide('kubeconfig', node.kubeconfig)
    project.provide('ownNode', !given)
    return end
  } catch (error) {
    await end()
    throw error
  }
}
