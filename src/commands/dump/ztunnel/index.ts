import { AmbientCommand } from '#cli/command.ts'
import { output, verbose } from '#cli/flags.ts'
import { present } from '#cli/terminal.ts'
import { orCommand } from '#cli/unknown-command.ts'
import { ztunnelArgs, ztunnelRequest, ztunnelState } from '#cli/ztunnel-flags.ts'
import { dumpZtunnelOverview } from '#pipeline/dump-ztunnel-overview.ts'
import { ztunnelTables } from '#pipeline/ztunnel-tables/index.ts'
import { ztunnelOverviewRenderers } from '#render/dump/ztunnel/overview.ts'

const tables = [...Object.keys(ztunnelTables), 'config', 'all']

export default class DumpZtunnel extends AmbientCommand {
  static override summary = 'What ztunnels hold, on one screen'
  static override description =
    'Version, node and counts, and what should be looked at: pods that are pending, workloads that are unhealthy, services without a healthy endpoint, certificates that failed, expired or were not renewed in time, references that lead nowhere, and resources on which several ztunnels differ.'
  static override examples = [
    {
      description: 'One ztunnel',
      command:
        '<%= config.bin %> dump ztunnel --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
  ]
  static override args = ztunnelArgs
  static override flags = { ...ztunnelState, output: output(ztunnelOverviewRenderers, 'text'), verbose }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnel)
    const request = { ...ztunnelRequest(flags, args, 'every'), present: present() }
    const overview = await dumpZtunnelOverview(request).catch((error: unknown) => {
      throw orCommand(error, args.pod, tables, `${this.config.bin} dump ztunnel`)
    })
    await this.print(ztunnelOverviewRenderers[flags.output], overview)
    await this.tellIssues(overview.issues, flags.verbose)
    await this.tellMoment(overview.moment)
  }
}
