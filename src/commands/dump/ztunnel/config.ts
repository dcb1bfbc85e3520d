import { listFlags, listRequest, ztunnelArgs, ztunnelRequest } from '#cli/ztunnel-flags.ts'
import { ZtunnelTableCommand } from '#cli/ztunnel-table-command.ts'
import { dumpZtunnelConfig } from '#pipeline/dump-ztunnel-config.ts'

export default class DumpZtunnelConfig extends ZtunnelTableCommand {
  static override summary = "A ztunnel's own settings and version"
  static override description =
    'What the ztunnel was built from and what it was told: network, ports, proxy mode, limits. The values of headers are left out, as they may be tokens.'
  static override examples = [
    {
      description: 'Settings and version',
      command:
        '<%= config.bin %> dump ztunnel config --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
  ]
  static override args = ztunnelArgs
  static override flags = listFlags

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnelConfig)
    const table = await dumpZtunnelConfig({ ...listRequest(flags), ...ztunnelRequest(flags, args, 'every') })
    await this.printTable(table, flags)
  }
}
