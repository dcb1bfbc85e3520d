import { allNodes, listFlags, listRequest, serviceFilters, ztunnelArgs, ztunnelRequest } from '#cli/ztunnel-flags.ts'
import { ZtunnelTableCommand } from '#cli/ztunnel-table-command.ts'
import { dumpZtunnel } from '#pipeline/dump-ztunnel.ts'

export default class DumpZtunnelServices extends ZtunnelTableCommand {
  static override summary = 'The services that a ztunnel holds'
  static override description =
    'ENDPOINTS counts the healthy of all endpoints, as in istioctl. `-o wide` says of each endpoint whether it can be chosen and why not, and shows ports, load balancing, visibility and the waypoint with its reason.'
  static override aliases = ['dump:ztunnel:service', 'dump:ztunnel:svc', 'dump:ztunnel:s']
  static override examples = [
    {
      description: 'The table that istioctl prints',
      command:
        '<%= config.bin %> dump ztunnel services --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
    {
      description: 'With everything that is known',
      command:
        '<%= config.bin %> dump ztunnel services --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/k8s --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json -o wide',
    },
  ]
  static override args = ztunnelArgs
  static override flags = { ...listFlags, ...allNodes, ...serviceFilters }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnelServices)
    const filter = { namespace: flags['service-namespace'] }
    const table = await dumpZtunnel({
      ...listRequest(flags),
      ...ztunnelRequest(flags, args, 'any'),
      table: 'services',
      filter,
    })
    await this.printTable(table, flags)
  }
}
