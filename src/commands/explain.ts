import { Args, Flags } from '@oclif/core'
import { AmbientCommand } from '#cli/command.ts'
import { output } from '#cli/flags.ts'
import type { Explanation } from '#explain/explanation.ts'
import { explainCode, explainLog } from '#pipeline/explain-code.ts'
import { explainRenderers } from '#render/explain/index.ts'

export default class ExplainCommand extends AmbientCommand {
  static override summary = 'Say what a code means, why it usually happens, and what to do'

  static override description =
    `CODE is a finding of check, the code of a rejected trace, a verdict, or a response flag of a waypoint or ztunnel.
Without CODE all are listed.`

  static override examples = [
    { description: 'A finding', command: '<%= config.bin %> explain AMB008' },
    { description: 'Why a trace was rejected', command: '<%= config.bin %> explain rbac-no-allow' },
    {
      description: 'What a line of ztunnel says, and what to run next',
      command: `<%= config.bin %> explain --log 'error access connection complete src.workload="web-1" src.namespace="shop" dst.service="ledger.pay.svc.cluster.local" dst.hbone_addr=10.0.0.7:8080 direction="outbound" error="http status: 401 Unauthorized"'`,
    },
    { description: 'The response flags of a waypoint', command: '<%= config.bin %> explain --log UF,URX' },
    { description: 'Every code', command: '<%= config.bin %> explain' },
  ]

  static override args = { code: Args.string({ description: 'The code to explain' }) }

  static override flags = {
    log: Flags.string({
      summary: 'A line of the access log of a ztunnel or a waypoint, or its response flags',
      helpValue: 'LINE',
    }),
    output: output(explainRenderers, 'text'),
  }

  async run(): Promise<Explanation> {
    const { args, flags } = await this.parse(ExplainCommand)
    return this.print(
      explainRenderers[flags.output],
      flags.log === undefined ? explainCode(args.code) : explainLog(flags.log),
    )
  }
}
