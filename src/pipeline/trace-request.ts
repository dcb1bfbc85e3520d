import { follow } from '#trace/follow.ts'
import type { RequestOptions } from '#trace/request.ts'
import { parseTarget } from '#trace/request.ts'
import { resolveSource } from '#trace/source.ts'
import type { Trace } from '#trace/trace.ts'
import { worldOf } from '#trace/world.ts'
import { readMesh } from './read-mesh.ts'

export interface TraceQuestion {
  readonly snapshots: readonly string[]
  readonly from: string
  readonly to: string
  readonly namespace?: string
  readonly request: RequestOptions
}

/** `trace FROM TO`: collect → decode → model → trace. */
export const traceRequest = async ({ snapshots, from, to, namespace, request }: TraceQuestion): Promise<Trace> => {
  const target = parseTarget(to, request)
  const world = worldOf(await readMesh(snapshots))
  const source = resolveSource(world, from, {
    ...(namespace !== undefined && { namespace }),
    ...(request.sourceIp !== undefined && { sourceIp: request.sourceIp }),
  })
  return follow(world, source, target)
}
