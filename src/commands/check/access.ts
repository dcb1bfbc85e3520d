import { clusterOf, clusterOnly } from '#cli/cluster-flags.ts'
import { AmbientCommand } from '#cli/command.ts'
import { namespace, output } from '#cli/flags.ts'
import type { AccessReport } from '#model/access.ts'
import { accessReport } from '#pipeline/check-access.ts'
import { accessRenderers } from '#render/access/index.ts'

export default class CheckAccess extends AmbientCommand {
  static override summary =
    'List what you may do in a cluster of what ambientctl needs, and what each missing right costs'
  static override description =
    'Asks the API server with SelfSubjectAccessReviews. For every right that is missing the RBAC rule to add is printed; docs/rbac.yaml in the sources has them all.'
  static override examples = [
    { description: 'As somebody else', command: '<%= config.bin %> check access --as ops' },
    { description: 'With a Role in one namespace', command: '<%= config.bin %> check access -n shop' },
  ]
  static override flags = {
    ...clusterOnly,
    namespace: { ...namespace, summary: 'Only what is needed in this namespace and that of Istio' },
    output: output(accessRenderers, 'text'),
  }

  async run(): Promise<AccessReport> {
    const { flags } = await this.parse(CheckAccess)
    const report = await accessReport(clusterOf(flags).cluster)
    if (report.checks.some(({ allowed }) => !allowed)) this.exitAs('findings')
    return this.print(accessRenderers[flags.output], report)
  }
}
