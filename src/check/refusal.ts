import type { Workload } from '#model/ztunnel.ts'
import type { ArrivingConnection } from '#ztunnel/authorize.ts'
import { decideWorkloadAuthorization } from '#ztunnel/authorize.ts'
import type { ZtunnelIndex } from '#ztunnel/ztunnel-index.ts'

/** Why the policies of a workload refuse a connection; undefined when they let it in or nobody can tell. */
export const refusalOf = (
  index: ZtunnelIndex,
  workload: Workload,
  connection: ArrivingConnection,
): { readonly code: string; readonly text: string } | undefined => {
  const { outcomes } = decideWorkloadAuthorization(index, workload, connection)
  const [first] = outcomes.map(({ result }) => result)
  return first?.kind === 'refused' && outcomes.every(({ result }) => result.kind === 'refused')
    ? { code: first.code, text: first.text }
    : undefined
}
