import type { AccessReport } from '#model/access.ts'
import type { ClusterQuestion } from '#model/state.ts'
import { withCluster } from './collect-state.ts'

/** `check access`: what this user may do in the cluster of all that answers need. */
export const accessReport = (question: ClusterQuestion): Promise<AccessReport> =>
  withCluster(question, async cluster => ({
    context: cluster.server.access.context,
    checks: await cluster.access(),
  }))
