import { allNodes, listFlags, listRequest, policyFilters, ztunnelArgs, ztunnelRequest } from '#cli/ztunnel-flags.ts'
import { ZtunnelTableCommand } from '#cli/ztunnel-table-command.ts'
import { dumpZtunnel } from '#pipeline/dump-ztunnel.ts'

export default class DumpZtunnelPolicies extends ZtunnelTableCommand {
  static override summary = 'The authorization policies that a ztunnel holds'
  static override description =
    '`-o wide` puts the rules in words, says what is a dry run, and which workloads each policy binds.'
  static override aliases = ['dump:ztunnel:policy', 'dump:ztunnel:pol', 'dump:ztunnel:p']
  static override examples = [
    {
      description: 'The table that istioctl prints',
      command:
        '<%= config.bin %> dump ztunnel policies --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
    {
      description: 'With everything that is known',
      command:
        '<%= config.bin %> dump ztunnel policies --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/k8s --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json -o wide',
    },
  ]
  static override args = ztunnelArgs
  static override flags = { ...listFlags, ...allNodes, ...policyFilters }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnelPolicies)
    const filter = { namespace: flags['policy-namespace'] }
    const table = await dumpZtunnel({
      ...listRequest(flags),
      ...ztunnelRequest(flags, args, 'any'),
      table: 'policies',
      filter,
    })
    await this.printTable(table, flags)
  }
}
