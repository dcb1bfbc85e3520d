import { allNodes, listFlags, listRequest, workloadFilters, ztunnelArgs, ztunnelRequest } from '#cli/ztunnel-flags.ts'
import { ZtunnelTableCommand } from '#cli/ztunnel-table-command.ts'
import { dumpZtunnel } from '#pipeline/dump-ztunnel.ts'

export default class DumpZtunnelWorkloads extends ZtunnelTableCommand {
  static override summary = 'The workloads that a ztunnel holds'
  static override description =
    "Pods, WorkloadEntries and other endpoints as ztunnel knows them. The default columns are istioctl's; `-o wide` adds the reason beside every empty or odd cell: why there is no waypoint, why traffic is plain TCP. It uses the Kubernetes objects of the snapshot where they are there, and says which it used."
  static override aliases = ['dump:ztunnel:workload', 'dump:ztunnel:w']
  static override examples = [
    {
      description: 'The table that istioctl prints',
      command:
        '<%= config.bin %> dump ztunnel workloads --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
    {
      description: 'With everything that is known',
      command:
        '<%= config.bin %> dump ztunnel workloads --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/k8s --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json -o wide',
    },
  ]
  static override args = ztunnelArgs
  static override flags = { ...listFlags, ...allNodes, ...workloadFilters }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnelWorkloads)
    const filter = { address: flags.address, namespace: flags['workload-namespace'], node: flags['workload-node'] }
    const table = await dumpZtunnel({
      ...listRequest(flags),
      ...ztunnelRequest(flags, args, 'any'),
      table: 'workloads',
      filter,
    })
    await this.printTable(table, flags)
  }
}
