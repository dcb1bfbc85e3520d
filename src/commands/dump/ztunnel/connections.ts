import { connectionFilters, listFlags, listRequest, ztunnelArgs, ztunnelRequest } from '#cli/ztunnel-flags.ts'
import { ZtunnelTableCommand } from '#cli/ztunnel-table-command.ts'
import { dumpZtunnel } from '#pipeline/dump-ztunnel.ts'

export default class DumpZtunnelConnections extends ZtunnelTableCommand {
  static override summary = 'The connections that a ztunnel has open'
  static override description =
    "`-o wide` also shows pods without connections, with their state: `Pending` is a pod whose listeners are not up. It names each end on the pod's own network, secondary addresses included."
  static override aliases = ['dump:ztunnel:connection', 'dump:ztunnel:cons']
  static override examples = [
    {
      description: 'The table that istioctl prints',
      command:
        '<%= config.bin %> dump ztunnel connections --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
    {
      description: 'With everything that is known',
      command:
        '<%= config.bin %> dump ztunnel connections --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/k8s --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json -o wide',
    },
  ]
  static override args = ztunnelArgs
  static override flags = { ...listFlags, ...connectionFilters }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnelConnections)
    const filter = { namespace: flags['workload-namespace'], direction: flags.direction, raw: flags.raw }
    const table = await dumpZtunnel({
      ...listRequest(flags),
      ...ztunnelRequest(flags, args, 'every'),
      table: 'connections',
      filter,
    })
    await this.printTable(table, flags)
  }
}
