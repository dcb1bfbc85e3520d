import { isElementFormat, listFlags, listRequest, ztunnelArgs, ztunnelRequest } from '#cli/ztunnel-flags.ts'
import { ZtunnelTableCommand } from '#cli/ztunnel-table-command.ts'
import { dumpZtunnel } from '#pipeline/dump-ztunnel.ts'

export default class DumpZtunnelCertificates extends ZtunnelTableCommand {
  static override summary = 'The certificates of the workloads that a ztunnel serves'
  static override description =
    '`-o wide` adds what only the certificate tells: names, issuer, fingerprint, whether the chain holds, when it expires, and the reason of a failure.'
  static override aliases = ['dump:ztunnel:certificate', 'dump:ztunnel:certs', 'dump:ztunnel:cert']
  static override examples = [
    {
      description: 'The table that istioctl prints',
      command:
        '<%= config.bin %> dump ztunnel certificates --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json',
    },
    {
      description: 'With everything that is known',
      command:
        '<%= config.bin %> dump ztunnel certificates --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/k8s --snapshot fixtures/recorded/mesh-1.30/scenario-00-base/ztunnel-config_dump.json -o wide',
    },
  ]
  static override args = ztunnelArgs
  static override flags = listFlags

  async run(): Promise<void> {
    const { args, flags } = await this.parse(DumpZtunnelCertificates)
    const filter = {}
    const table = await dumpZtunnel({
      ...listRequest(flags),
      ...ztunnelRequest(flags, args, 'every'),
      table: 'certificates',
      filter,
    })
    await this.printTable(table, flags)
    if (!isElementFormat(flags.output)) await this.tellMoment(table.moment)
  }
}
